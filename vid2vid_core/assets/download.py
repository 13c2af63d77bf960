"""One file over HTTP, through pooch: progress, resuming, retries with growing waits.

The bytes go to `staged`; beside it a small JSON file remembers of which version of the remote file they are, so that a
later call goes on only if it is still the same. Nothing is left behind unless going on is possible.
"""

import http
import json
import logging
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tqdm import tqdm

from vid2vid_core.assets.content import SNIFFED, is_html
from vid2vid_core.assets.errors import RefusedError, SourceError, library_for_downloads
from vid2vid_core.assets.registry import AssetFile
from vid2vid_core.storage import write_json

if TYPE_CHECKING:
    import requests

logger = logging.getLogger("vid2vid_core.assets")

_CHUNK = 1 << 18
"""Bytes; a dropped connection costs at most so many that had arrived."""
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
"""Answers after which another try may work."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a server that does not answer well is tried."""

    tries: int = 5
    """Tries in a row that bring no new byte."""
    first_wait: float = 1.0
    """Seconds before the second try; doubled before each further one."""
    longest_wait: float = 30.0
    """Seconds."""
    timeout: float = 60.0
    """Seconds without a byte after which a connection counts as dropped."""

    def wait(self, failures: int) -> None:
        """Sleep before the next try; a random part keeps many clients from coming back together."""
        longest = min(self.longest_wait, self.first_wait * 2 ** (failures - 1))
        time.sleep(random.uniform(0.5, 1.0) * longest)


class TemporaryError(SourceError):
    """A failure after which another try may work."""


@dataclass(frozen=True)
class _Version:
    """Which version of a remote file the bytes on disk belong to."""

    url: str
    validator: str
    """ETag or time of last change; the server compares it before it goes on."""
    total: int
    """Bytes of the whole file."""


def download(url: str, staged: Path, file: AssetFile, patience: Patience) -> None:
    """Bring the file at `url` to `staged`, going on with what an earlier call left there.

    Raises:
        SourceError: The server does not deliver.
        RefusedError: What it sends cannot be the file.
    """
    failures = 0
    while not _is_whole(staged, url):
        before = _size(staged)
        try:
            _Attempt(url, staged, file).run(patience.timeout)
            return
        except TemporaryError as error:
            failures = 1 if _version_file(staged).exists() and _size(staged) > before else failures + 1
            if failures >= patience.tries:
                if not _version_file(staged).exists():
                    discard(staged)
                raise SourceError(f"{error}, after {failures} tries") from None
            logger.info("%s: %s; trying again", url, error)
            patience.wait(failures)
        except KeyboardInterrupt:
            if not _version_file(staged).exists():
                discard(staged)
            raise
        except BaseException:
            discard(staged)
            raise


def discard(staged: Path) -> None:
    """Remove what was downloaded."""
    staged.unlink(missing_ok=True)
    _version_file(staged).unlink(missing_ok=True)


class _Attempt:
    """One request, and where its bytes go; pooch writes into it as into a file."""

    def __init__(self, url: str, staged: Path, file: AssetFile) -> None:
        self._url = url
        self._staged = staged
        self._file = file
        self._version = _read_version(staged, url)
        self._start = _size(staged) if self._version else 0
        self._total: int | None = None
        self._handle: BinaryIO | None = None
        self._bar: tqdm | None = None

    def run(self, timeout: float) -> None:
        """Ask for the file, or for what is missing of it."""
        with library_for_downloads():
            import pooch
            import requests

        headers = {"Accept-Encoding": "identity", "User-Agent": "vid2vid"}
        if self._version:
            headers |= {"Range": f"bytes={self._start}-", "If-Range": self._version.validator}
        hooks = {"response": lambda response, *_, **__: self._receive(response)}
        try:
            pooch.HTTPDownloader(chunk_size=_CHUNK, headers=headers, hooks=hooks, timeout=(15, timeout))(
                self._url, self, None
            )
        except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
            raise SourceError(_short(error)) from error
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise TemporaryError(f"the connection failed or was dropped ({_short(error)})") from error
        except requests.RequestException as error:
            raise SourceError(_short(error)) from error
        finally:
            if self._handle is not None:
                self._handle.close()
            if self._bar is not None:
                self._bar.close()
        if self._total is not None and _size(self._staged) != self._total:
            raise TemporaryError(f"{_size(self._staged):,} bytes arrived, expected {self._total:,}")

    def write(self, chunk: bytes) -> int:
        """Called by pooch for every piece of the body."""
        if self._handle is None or self._bar is None:
            raise SourceError("the server sent a body that was not asked for")
        if self._handle.tell() == 0 and is_html(chunk[:SNIFFED]):
            raise RefusedError("a web page was sent in place of the file")
        self._bar.update(len(chunk))
        return self._handle.write(chunk)

    def flush(self) -> None:
        """Called by pooch after every piece; what is on disk is what a killed process leaves to go on with."""
        if self._handle is not None:
            self._handle.flush()

    def _receive(self, response: "requests.Response") -> None:
        """Look at the answer before its body is read, and open the file at the right place."""
        if response.is_redirect:
            return
        status = response.status_code
        if status == 206:
            self._continue(response)
        elif status == 200:
            self._begin(response)
        elif status == 416:
            # What is on disk is no beginning of what is there now.
            discard(self._staged)
            raise TemporaryError("the server has no such part of the file")
        else:
            reason = http.HTTPStatus(status).phrase if status in set(http.HTTPStatus) else "unknown"
            error = TemporaryError if status in _AGAIN else SourceError
            raise error(f"the server answered {status} ({reason})")

    def _begin(self, response: "requests.Response") -> None:
        """The whole file follows."""
        if "html" in response.headers.get("Content-Type", "").lower():
            raise RefusedError("a web page was sent in place of the file")
        total = _announced(response)
        if total is not None and not self._file.fits(total):
            raise RefusedError(f"the server's file has {total:,} bytes, expected {self._file.size_text()}")
        discard(self._staged)
        self._version = _version(response, self._url, total)
        if self._version:
            write_json(_version_file(self._staged), asdict(self._version))
        self._open(0, total)

    def _continue(self, response: "requests.Response") -> None:
        """What is missing follows; anything else than exactly that would make a mixed file."""
        total = self._version.total if self._version else 0
        expected = f"bytes {self._start}-{total - 1}/{total}"
        if response.headers.get("Content-Range") != expected:
            found = response.headers.get("Content-Range")
            discard(self._staged)
            raise TemporaryError(f"the server went on with {found}, not with {expected}")
        logger.info("%s: going on at %.0f %%", self._file.name, 100 * self._start / total)
        self._open(self._start, total)

    def _open(self, start: int, total: int | None) -> None:
        self._total = total
        self._handle = self._staged.open("r+b" if start else "wb")
        self._handle.seek(start)
        self._bar = tqdm(
            desc=self._file.name, initial=start, total=total, unit="B", unit_scale=True, disable=None, leave=False
        )


def _announced(response: "requests.Response") -> int | None:
    """Bytes of the body; unknown if the server compresses it on the way although it was asked not to."""
    length = response.headers.get("Content-Length", "")
    is_plain = response.headers.get("Content-Encoding", "identity") == "identity"
    return int(length) if length.isdigit() and is_plain else None


def _version(response: "requests.Response", url: str, total: int | None) -> _Version | None:
    """What later tells whether going on is possible; None if the server cannot or does not say."""
    etag = response.headers.get("ETag", "")
    validator = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
    can = response.headers.get("Accept-Ranges", "").lower() == "bytes"
    return _Version(url, validator, total) if can and validator and total else None


def _read_version(staged: Path, url: str) -> _Version | None:
    """The version the staged bytes belong to, if it is one of this address."""
    try:
        version = _Version(**json.loads(_version_file(staged).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return version if version.url == url and 0 < _size(staged) <= version.total else None


def _is_whole(staged: Path, url: str) -> bool:
    """Whether an earlier call brought all of the file and was stopped before it was taken in."""
    version = _read_version(staged, url)
    return version is not None and _size(staged) == version.total


def _version_file(staged: Path) -> Path:
    return staged.with_name(f"{staged.name}.json")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _short(error: Exception) -> str:
    """One line of an error of requests, whose own text nests several."""
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else f"{text[:200]}..."
