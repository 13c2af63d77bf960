"""A shard: the files of one folder in one Arrow IPC file.

Columns are `name`, `content` and `crc32` (of the content); a file is a record batch of its own, so that reading it is
one read of its bytes wherever they lie. All names also stand, in order, in the schema's metadata (`files`, JSON), so
that a shard is opened without a look at its contents. Any reader of Arrow can read it.
"""

import errno
import json
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vid2vid_core.storage import atomic_file

if TYPE_CHECKING:
    import pyarrow as pa

ENDING = ".arrow"
_NAMES = b"files"


class DamagedShardError(ValueError):
    """A shard that is cut off, changed, or no shard at all."""


def write_shard(path: Path, names: Sequence[str], read: Callable[[str], bytes | memoryview]) -> None:
    """Write a shard atomically, file by file, so that one file is in memory at a time.

    Args:
        path: of the shard.
        names: of its files, each once, in the order in which they will lie.
        read: gives the content of a file.

    Raises:
        OSError: it cannot be written, or `read` fails.
    """
    import pyarrow as pa

    schema = _schema().with_metadata({_NAMES: json.dumps(list(names))})
    with (
        atomic_file(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, schema) as writer,
    ):
        for name in names:
            content = read(name)
            writer.write_batch(pa.record_batch([[name], [content], [zlib.crc32(content)]], schema=schema))


class Shard:
    """An open shard. For one thread of one process; `access` keeps one for each."""

    def __init__(self, path: Path) -> None:
        """Read the list of names.

        Raises:
            DamagedShardError: it cannot be read as a shard.
            OSError: there is no such file, or it may not be read.
        """
        import pyarrow as pa

        self._path = path
        try:
            # Plain reads and no memory map: a file that is cut off or a server that goes away is then an exception,
            # where a memory map would end the process by a signal. They are as fast (docs/decisions.md).
            self._reader = pa.ipc.open_file(pa.OSFile(str(path)))
            names = json.loads((self._reader.schema.metadata or {}).get(_NAMES, b"null"))
        except (pa.ArrowException, ValueError) as error:
            raise self._damaged(str(error)) from error
        except OSError as error:
            if error.errno:
                raise
            raise self._damaged(str(error)) from error
        if not self._reader.schema.equals(_schema()) or not isinstance(names, list):
            raise self._damaged("an Arrow file of another kind")
        self._numbers = {name: number for number, name in enumerate(names)}
        self._seen = set[str]()
        if self._reader.num_record_batches != len(self._numbers):
            raise self._damaged(f"{len(self._numbers)} files listed, {self._reader.num_record_batches} found")

    @property
    def names(self) -> list[str]:
        """Names of the files, in the order in which they lie."""
        return list(self._numbers)

    def read(self, name: str) -> memoryview:
        """The content of a file, byte for byte.

        Raises:
            FileNotFoundError: it is not in the shard.
            DamagedShardError: its checksum is wrong.
            OSError: it cannot be read.
        """
        import pyarrow as pa

        number = self._numbers.get(name)
        if number is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._path / name))
        try:
            batch = self._reader.get_batch(number)
            batch.validate(full=True)  # so that wrong lengths cannot lead beyond the buffers
            stored, checksum = batch.column(0)[0].as_py(), batch.column(2)[0].as_py()
            content = batch.column(1)[0].as_buffer()  # as_py would copy it, which takes longer than reading
        except (pa.ArrowException, IndexError) as error:
            raise self._damaged(f"file '{name}': {error}") from error
        except OSError as error:
            if error.errno:
                raise
            raise self._damaged(f"file '{name}': {error}") from error  # Arrow's own word for what it cannot make out
        if stored != name or content is None or (name not in self._seen and zlib.crc32(content) != checksum):
            raise self._damaged(f"file '{name}' has a wrong checksum")
        self._seen.add(name)  # once is enough: a checksum takes as long as reading
        return memoryview(content).cast("B")  # Arrow calls its bytes signed

    def _damaged(self, cause: str) -> DamagedShardError:
        return DamagedShardError(
            f"{self._path}: damaged shard ({cause}); delete it and make it again, by the stage that wrote it or by "
            f"`vid2vid pack`"
        )


def _schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema([("name", pa.string()), ("content", pa.binary()), ("crc32", pa.uint32())])
