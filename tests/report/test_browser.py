"""The page in a real browser: it loads without complaint, fits the window, and its videos play."""

import pytest
from chromium import Browser, find_chromium

PROGRAM = find_chromium()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium found on PATH (Debian: apt-get install chromium)")

PLAY_ALL = """
Promise.all([...document.querySelectorAll("video")].map(async (video) => {
  await video.play();
  const start = performance.now();
  while (video.currentTime < 0.2 && performance.now() - start < 10000) await new Promise((r) => setTimeout(r, 20));
  return [video.readyState, video.videoWidth, video.currentTime, video.error === null];
}))
"""
WIDER = """
[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5
  && !e.closest(".scroll, .sheet, pre, svg")).map((e) => e.outerHTML.slice(0, 120))
"""


@pytest.fixture(scope="module")
def browser():
    with Browser(PROGRAM) as opened:
        yield opened


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_page_fits_the_window_and_the_console_stays_empty(browser, finished, width, dark):
    browser.resize(width, dark=dark)
    browser.open(finished.out)
    assert browser.errors() == []
    assert browser.requests() == [finished.out.resolve().as_uri()]
    assert browser.evaluate("innerWidth") == width
    assert browser.evaluate("document.scrollingElement.scrollWidth") <= width
    assert browser.evaluate(WIDER) == []
    background = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(","))) < 3 * 128) == dark


def test_page_still_fits_with_everything_unfolded(browser, finished):
    browser.resize(400)
    browser.open(finished.out)
    browser.evaluate("document.querySelectorAll('details').forEach((part) => part.open = true)")
    assert browser.evaluate("document.scrollingElement.scrollWidth") <= 400
    assert browser.evaluate(WIDER) == []


def test_videos_play(browser, finished):
    browser.resize(1400)
    browser.open(finished.out)
    played = browser.evaluate(PLAY_ALL)
    assert len(played) == 2
    for ready, width, time, sound in played:
        assert ready >= 2
        assert width == 576
        assert time >= 0.2
        assert sound


def test_first_video_starts_by_itself(browser, finished):
    browser.resize(1400)
    browser.open(finished.out)
    moved = "new Promise((r) => setTimeout(() => r(!document.querySelector('.hero video').paused), 300))"
    assert browser.evaluate(moved)


def test_pictures_are_decoded(browser, finished):
    browser.resize(1400)
    browser.open(finished.out)
    blank = "[...document.images].filter((image) => !image.naturalWidth).map((image) => image.alt)"
    assert browser.evaluate(blank) == []
