"""The page of a face or pose run."""

import html
import re
from pathlib import Path

import pytest
from chromium import Browser, find_chromium
from fabricated_drawn import DrawnRun

from vid2vid_core.report.page import build_report


def page_of(run: DrawnRun) -> str:
    build_report(*run.arguments())
    return run.out.read_text(encoding="utf-8")


def text_of(page: str) -> str:
    body = re.sub(r"<(style|script)>.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def strips(page: str) -> list[str]:
    """Titles of the strips of the first sheet of the maps."""
    maps = page[page.index('id="maps"') : page.index('id="flow"')]
    sheet = maps[maps.index('class="strips"') :]
    sheet = sheet[: sheet.index('class="moment"')]
    return re.findall(r'<div class="name">([^<]*)', sheet)


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(DrawnRun(tmp_path_factory.mktemp("face"), "face"))


@pytest.fixture(scope="module")
def pose(tmp_path_factory: pytest.TempPathFactory) -> DrawnRun:
    run = DrawnRun(tmp_path_factory.mktemp("pose"), "pose")
    build_report(*run.arguments())
    return run


def test_a_face_is_shown_as_landmarks_edges_and_distances(face: str) -> None:
    assert strips(face) == ["Frame", "Landmarks", "Edges", "Distance maps"]
    assert face.count('alt="Landmarks of train-a-000') == 6 == face.count('alt="Rendered of test-b-000')
    text = text_of(face)
    assert "in its mean colour" in text and "every part of the face" in text and "each label" not in text
    assert "How often each label occurs" not in text and "Labels from" not in text
    assert "Landmarks from dlib" in text
    assert " 96×96 " in text  # of the square that is cut out, not of the frame


def test_how_well_the_face_was_found(face: str) -> None:
    text = text_of(face)
    assert "found in 83 % of 24 frames; landmarks come from dlib." in text
    assert "In 4 frames they were filled in between neighbours." in text
    assert "2 jumps may be changes to another face" in text
    assert "train-a-000 train 12 10 (83 %) 2 0 2 1 13.2 px" in text
    assert "Left hand" not in text


def test_a_pose_is_shown_as_skeleton_and_body_parts(pose: DrawnRun) -> None:
    page = pose.out.read_text(encoding="utf-8")
    assert strips(page) == ["Skeleton", "Body parts", "Cut out", "Controls"]
    text = text_of(page)
    assert "Body parts: drawn from silhouette and skeleton, not by DensePose." in text
    assert "They stand in for DensePose's" in text
    assert "of what is cut out; drawn from silhouette and skeleton, not by DensePose" in text
    assert "test-b-000 test 12 10 (83 %) 2 0 2 1 12.0 px 50 % 100 % –" in text
    assert "Key points from mediapipe" in text


def test_other_origins_of_body_parts(tmp_path: Path) -> None:
    given = text_of(page_of(DrawnRun(tmp_path / "given", "pose", densepose="given")))
    assert "Body parts: pictures that came with the data." in given and "stand in for" not in given
    page = page_of(DrawnRun(tmp_path / "none", "pose", densepose="none", openpose_only=True))
    assert strips(page) == ["Skeleton", "Cut out", "Controls"]
    assert "There are no body parts: the model sees key points alone." in text_of(page)


def test_edges_alone(tmp_path: Path) -> None:
    page = page_of(DrawnRun(tmp_path, "face", no_dist_map=True, no_canny_edge=True))
    assert strips(page) == ["Frame", "Landmarks", "Edges"]


@pytest.mark.skipif(find_chromium() is None, reason="no Chromium found on PATH")
def test_the_page_fits_and_its_pictures_are_decoded(pose: DrawnRun) -> None:
    with Browser(str(find_chromium())) as browser:
        for width in (400, 1400):
            browser.resize(width)
            browser.open(pose.out)
            assert browser.errors() == []
            assert browser.evaluate("document.scrollingElement.scrollWidth") <= width
            blank = "[...document.images].filter((image) => !image.naturalWidth).map((image) => image.alt)"
            assert browser.evaluate(blank) == []
