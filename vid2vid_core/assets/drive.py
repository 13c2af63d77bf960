"""One file from Google Drive, through gdown, which knows Drive's pages of confirmation."""

import logging
from pathlib import Path

from tqdm import tqdm

from vid2vid_core.assets.download import Patience
from vid2vid_core.assets.errors import SourceError, library_for_downloads
from vid2vid_core.assets.registry import AssetFile

logger = logging.getLogger("vid2vid_core.assets")


def download_from_drive(identifier: str, staged: Path, file: AssetFile, patience: Patience) -> None:
    """Bring the Drive file with this id to `staged`; gdown goes on with what an earlier call left beside it.

    Raises:
        SourceError: Drive does not deliver it.
    """
    with library_for_downloads():
        import gdown
        import gdown.exceptions
        import requests

    before = _parts(staged)
    with tqdm(desc=file.name, unit="B", unit_scale=True, disable=None, leave=False) as bar:

        def show(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            gdown.download(
                id=identifier,
                output=str(staged),
                quiet=True,
                use_cookies=False,
                resume=True,
                progress=show,
                timeout=(15, patience.timeout),
                retries=patience.tries - 1,
            )
        except (gdown.exceptions.DownloadError, requests.RequestException) as error:
            if _parts(staged) == before:
                discard_drive(staged)  # Going on brought nothing, so the next call begins anew.
            raise SourceError(_plain(error)) from error


def discard_drive(staged: Path) -> None:
    """Remove what was downloaded: the whole file, and gdown's parts of it."""
    for path in staged.parent.glob(f"{staged.name}*"):
        path.unlink()


def _parts(staged: Path) -> int:
    """Bytes of what gdown left to go on with."""
    return sum(path.stat().st_size for path in staged.parent.glob(f"{staged.name}*"))


def _plain(error: Exception) -> str:
    """What Drive answered, in one line."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"Google Drive answered {response.status_code} ({response.reason})"
    return " ".join(str(error).split())[:300]
