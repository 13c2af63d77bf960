"""Archives that would do harm are refused, and leave nothing behind."""

import io
import stat
import struct
import tarfile
import zipfile
import zlib
from types import SimpleNamespace

import pytest
from made_assets import QUICK, make_asset

from vid2vid_core.assets import unpack as unpacking
from vid2vid_core.assets.errors import DiskFullError, RefusedError, SourceError
from vid2vid_core.assets.fetch import add_asset, get_asset
from vid2vid_core.assets.unpack import unpack

LIMIT = 20_000_000_000
OUTSIDE = ["../evil", "a/../../evil", "/evil", "..\\evil", "C:\\evil", "\\evil", "c:evil"]


def make_zip(path, members):
    """`members`: name, or ZipInfo, and content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return path


def make_tar(path, members, mode="w"):
    """`members`: name, or TarInfo, and content."""
    with tarfile.open(path, mode) as archive:
        for member, content in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def zip_link(name, target="/etc/passwd", kind=stat.S_IFLNK):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info, target


def tar_link(name, kind):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = "/etc/passwd"
    return info, b""


def refused(archive, tmp_path, reason):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RefusedError, match=reason):
        unpack(archive, tmp_path / "out", LIMIT)
    assert sorted(tmp_path.rglob("*")) == before, "nothing was written"


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_good_archives_are_unpacked(tmp_path, mode):
    members = [("data/a.txt", b"A" * 1000), ("data/deep/b.txt", b"")]
    make = make_zip(tmp_path / "x", members) if mode == "zip" else make_tar(tmp_path / "x", members, mode)
    unpack(make, tmp_path / "out", LIMIT)
    assert (tmp_path / "out/data/a.txt").read_bytes() == b"A" * 1000
    assert (tmp_path / "out/data/deep/b.txt").read_bytes() == b""


def test_a_tar_that_begins_with_its_folder_and_holds_a_zip_is_a_tar(tmp_path):
    (tmp_path / "in").mkdir()
    make_zip(tmp_path / "in" / "inner.zip", [("x", b"x")])
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(tmp_path / "in", ".")
    unpack(tmp_path / "x.tar", tmp_path / "out", LIMIT)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["inner.zip"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_zip_members_that_lead_outside_are_refused(tmp_path, name):
    refused(make_zip(tmp_path / "x.zip", [("good", b"1"), (name, b"2")]), tmp_path, "outside the folder")


@pytest.mark.parametrize("name", OUTSIDE)
def test_tar_members_that_lead_outside_are_refused(tmp_path, name):
    refused(make_tar(tmp_path / "x.tar", [("good", b"1"), (name, b"2")]), tmp_path, "outside the folder")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_zip_links_and_special_files_are_refused(tmp_path, kind):
    archive = make_zip(tmp_path / "x.zip", [zip_link("link", kind=kind), ("link/x", b"2")])
    refused(archive, tmp_path, "'link' in it is a link or a special file")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_tar_links_and_special_files_are_refused(tmp_path, kind):
    archive = make_tar(tmp_path / "x.tar", [tar_link("link", kind), ("link/x", b"2")])
    refused(archive, tmp_path, "'link' in it is a link or a special file")


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_clashing_members_are_refused(tmp_path, make):
    refused(make(tmp_path / "x", [("a", b"1"), ("./a", b"2")]), tmp_path, "holds a twice")
    refused(make(tmp_path / "y", [("a", b"1"), ("a/b", b"2")]), tmp_path, "both as a file and as a folder")


@pytest.mark.parametrize("mode", ["zip", "w:gz", "w"])
def test_truncated_archives_are_refused(tmp_path, mode):
    members = [("a", bytes(range(256)) * 400), ("b", bytes(range(256)) * 400)]
    archive = make_zip(tmp_path / "x", members) if mode == "zip" else make_tar(tmp_path / "x", members, mode)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(0.7 * len(whole))])
    refused(archive, tmp_path, "no zip or tar archive, or a damaged one")


def test_a_flipped_bit_is_refused(tmp_path):
    archive = make_zip(tmp_path / "x.zip", [("a", bytes(range(256)) * 400)])
    damaged = bytearray(archive.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    archive.write_bytes(damaged)
    refused(archive, tmp_path, "damaged")


def bomb(path, size):
    """A zip file of one member, `size` zero bytes; the same packed block again and again, since packing takes long."""
    block = bytes(1 << 26)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w", force_zip64=True) as out,
    ):
        out._compressor = SimpleNamespace(
            compress=lambda _: packed, flush=zlib.compressobj(9, zlib.DEFLATED, -15).flush
        )
        for _ in range(size // len(block)):
            out.write(block)
    return path


def say_size(archive, size):
    """Let a zip file claim `size` bytes for its only member, in its directory and before the member."""
    data = bytearray(archive.read_bytes())
    directory = data.rindex(b"PK\1\2")
    data[directory + 24 : directory + 28] = struct.pack("<I", size)
    data[22:26] = struct.pack("<I", size)
    archive.write_bytes(data)
    return archive


def test_a_zip_bomb_that_claims_ten_gigabytes_is_refused(tmp_path):
    """The member's claim is raised, so that the test need not pack ten gigabytes of zeros."""
    archive = make_zip(tmp_path / "x.zip", [("zeros", bytes(1_000_000))])
    say_size(archive, 4_000_000_000)
    refused(archive, tmp_path, "more than 100 times its own .* like a zip bomb")
    with pytest.raises(RefusedError, match="more than 1,000,000,000 bytes"):
        unpack(archive, tmp_path / "out", 1_000_000_000)


@pytest.mark.slow
def test_ten_gigabytes_of_zeros_are_refused_without_being_written(tmp_path, monkeypatch):
    def write(*_: object) -> None:
        raise AssertionError("it would fill this disk")

    monkeypatch.setattr(unpacking, "_write", write)
    archive = bomb(tmp_path / "x.zip", 10 * 2**30)
    assert archive.stat().st_size < 12_000_000
    refused(archive, tmp_path, "like a zip bomb")
    with pytest.raises(RefusedError, match="more than 5,000,000,000 bytes"):
        unpack(archive, tmp_path / "out", 5_000_000_000)
    assert not (tmp_path / "out").exists()
    with zipfile.ZipFile(archive) as opened, opened.open("zeros") as zeros:
        assert zeros.read(1 << 20) == bytes(1 << 20), "it is a real archive"


def test_a_sparse_tar_of_ten_gigabytes_is_refused(tmp_path):
    info = tarfile.TarInfo("zeros")
    info.size = 10 * 2**30
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.addfile(info, None)
    refused(tmp_path / "x.tar", tmp_path, "like a zip bomb")


def test_a_member_with_more_than_it_claims_is_refused(tmp_path, monkeypatch):
    archive = make_zip(tmp_path / "x.zip", [("zeros", bytes(1_000_000))])
    say_size(archive, 1000)
    refused(archive, tmp_path, "damaged")
    # zipfile itself stops there; what counts the bytes must stop too, at the first piece that is too much.
    pieces = [b"x" * 600] * 5
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda self, n=-1: pieces.pop() if pieces else b"")
    refused(archive, tmp_path, "not of the size it is said to be, 1,000 bytes")
    assert len(pieces) == 3


def test_what_does_not_fit_on_the_disk_is_said_before(tmp_path, monkeypatch):
    archive = make_zip(tmp_path / "x.zip", [("a", bytes(5000))])
    monkeypatch.setattr(unpacking.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(DiskFullError, match="5,000 bytes needed, 1,000 free"):
        unpack(archive, tmp_path / "out", LIMIT)
    assert not (tmp_path / "out").exists()


def archive_asset(server):
    return make_asset(server.url, kind="archive", unpacked_limit=LIMIT, files=[{"name": "thing.zip"}])


def test_an_archive_is_unpacked_and_kept(server, folder, contents, tmp_path):
    server.files["/thing.zip"] = make_zip(tmp_path / "x.zip", [("data/a", b"1")]).read_bytes()
    assert get_asset(archive_asset(server), patience=QUICK) == folder / "thing"
    assert contents(folder) == {"thing.zip", "thing/data/a"}
    (folder / "thing/data/a").unlink()
    (folder / "thing/data").rmdir()
    (folder / "thing").rmdir()
    get_asset(archive_asset(server), patience=QUICK)
    assert contents(folder) == {"thing.zip", "thing/data/a"}
    (folder / "thing.zip").unlink()
    get_asset(archive_asset(server), patience=QUICK)
    assert contents(folder) == {"thing/data/a"}, "an archive may be removed once it is unpacked"
    assert len(server.requests) == 1


def test_an_archive_that_does_not_fit_unpacked_leaves_nothing_behind(
    server, small_disk, contents, monkeypatch, tmp_path
):
    monkeypatch.setenv("VID2VID_ASSET_DIR", str(small_disk))
    server.files["/thing.zip"] = make_zip(tmp_path / "x", [("zeros", bytes(5_000_000))]).read_bytes()
    with pytest.raises(DiskFullError, match=r"5,000,000 bytes needed, [\d,]+ free"):
        get_asset(archive_asset(server), patience=QUICK)
    assert contents(small_disk) == set()


@pytest.mark.parametrize("harm", ["slip", "link", "truncated", "bomb", "page"])
def test_a_harmful_archive_leaves_nothing_behind(server, folder, contents, tmp_path, harm):
    if harm == "slip":
        made = make_zip(tmp_path / "x", [("good", b"1"), ("../evil", b"2")]).read_bytes()
    elif harm == "link":
        made = make_zip(tmp_path / "x", [("good", b"1"), zip_link("link")]).read_bytes()
    elif harm == "truncated":
        made = make_zip(tmp_path / "x", [("good", zlib.compress(bytes(9999)))]).read_bytes()[:-30]
    elif harm == "bomb":
        made = say_size(make_zip(tmp_path / "x", [("zeros", bytes(1_000_000))]), 4_000_000_000).read_bytes()
    else:
        made = b"<html>"
    server.files["/thing.zip"] = made
    (tmp_path / "by-hand").write_bytes(made)
    with pytest.raises(SourceError, match="refused"):
        get_asset(archive_asset(server), patience=QUICK)
    with pytest.raises(RefusedError):
        add_asset(archive_asset(server), tmp_path / "by-hand")
    assert contents(folder) == set()
    assert not (folder / "thing").exists() and not (folder / "evil").exists() and not (folder.parent / "evil").exists()
    assert not (folder / "assets.lock.yaml").exists()
