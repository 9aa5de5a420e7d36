"""Files are kept whole, encrypted, each territory for itself."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app import tenancy
from app.services.storage import FileDamaged, FileLost, FolderStore, digest_of

HERE, ELSEWHERE = UUID(int=1), UUID(int=2)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[FolderStore]:
    with tenancy.serving(HERE):
        yield FolderStore(tmp_path / "files", b"k" * 32)


def kept(folder: FolderStore) -> list[Path]:
    return [path for path in folder.root.rglob("*") if path.is_file()]


def test_what_is_put_is_got_back_and_can_be_forgotten(folder):
    key = folder.put(b"une photo")
    assert folder.get(key) == b"une photo"
    assert folder.get(key, digest=digest_of(b"une photo")) == b"une photo"
    folder.delete(key)
    folder.delete(key)
    with pytest.raises(FileLost):
        folder.get(key)
    assert kept(folder) == []


def test_the_same_bytes_have_two_keys_and_nothing_readable_on_the_disk(folder):
    first, second = folder.put(b"diagnostic social"), folder.put(b"diagnostic social")
    assert first != second
    assert all(b"diagnostic" not in path.read_bytes() for path in kept(folder))
    assert len({path.read_bytes() for path in kept(folder)}) == 2


def test_a_changed_byte_is_noticed(folder):
    key = folder.put(b"une photo")
    [path] = kept(folder)
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    with pytest.raises(FileDamaged):
        folder.get(key)
    path.write_bytes(b"")
    with pytest.raises(FileDamaged):
        folder.get(key)


def test_two_exchanged_files_are_noticed(folder):
    one, two = folder.put(b"un"), folder.put(b"deux")
    places = {path.name: path for path in kept(folder)}
    places[one].write_bytes(places[two].read_bytes())
    with pytest.raises(FileDamaged):
        folder.get(one)


def test_another_digest_is_noticed(folder):
    with pytest.raises(FileDamaged):
        folder.get(folder.put(b"un"), digest=digest_of(b"deux"))


def test_another_territory_does_not_find_the_file(folder):
    key = folder.put(b"une photo")
    with tenancy.serving(ELSEWHERE):
        with pytest.raises(FileLost):
            folder.get(key)
        folder.delete(key)
    assert folder.get(key) == b"une photo"


def test_without_a_territory_nothing_is_read(folder):
    key = folder.put(b"une photo")
    with tenancy.unscoped("maintenance"), pytest.raises(tenancy.NoTerritory):
        folder.get(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        "/etc/passwd",
        "a" * 39,
        "G" * 40,
        f"{'a' * 40}\n",
        "b3a0c0de-0000-4000-8000-000000000000",
    ],
)
def test_a_key_that_we_did_not_make_is_not_a_path(folder, key):
    with pytest.raises(FileLost):
        folder.get(key)
    with pytest.raises(FileLost):
        folder.delete(key)


def test_a_write_that_fails_leaves_nothing_behind(folder, monkeypatch):
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.put(b"une photo")
    assert kept(folder) == []
