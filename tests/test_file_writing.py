"""A file is written completely or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pixelfes.errors import PhotoError
from pixelfes.file_writing import new_folder, write_file
from pixelfes.temporary_files import remove_abandoned, temporary_beside


def test_a_new_file_has_the_default_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "a.jpg", b"data")
    finally:
        os.umask(before)
    assert (tmp_path / "a.jpg").read_bytes() == b"data"
    assert stat.S_IMODE((tmp_path / "a.jpg").stat().st_mode) == 0o640


def test_an_overwritten_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_file(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("failing", ["replace", "fsync"])
def test_a_failed_write_leaves_only_the_old_file(failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.jpg"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, failing, full)
    with pytest.raises(PhotoError, match=r"a\.jpg cannot be written: no space left on device"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a.jpg", b"new")
    assert not list(tmp_path.iterdir())


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.jpg").write_bytes(b"old")
    (tmp_path / "link.jpg").symlink_to("real.jpg")
    write_file(tmp_path / "link.jpg", b"new")
    assert (tmp_path / "link.jpg").is_symlink()
    assert (tmp_path / "real.jpg").read_bytes() == b"new"


def test_other_than_regular_files_and_missing_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(PhotoError, match="not a regular file"):
            write_file(path, b"new")
    with pytest.raises(PhotoError, match="no such file or directory"):
        write_file(tmp_path / "gone" / "a.jpg", b"new")


STUCK = """
import os, sys, time
from pathlib import Path
from pixelfes import file_writing
os.fsync = lambda _: (print("writing", flush=True), time.sleep(600))
if sys.argv[2] == "file":
    file_writing.write_file(Path(sys.argv[1]) / "a.jpg", b"half")
with file_writing.new_folder(Path(sys.argv[1]) / "new") as working:
    (working / "part").write_bytes(b"half")
    os.fsync(0)
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_process_left_is_removed_by_the_next_one(kind: str, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STUCK, str(tmp_path), kind], stdout=subprocess.PIPE) as stuck:
        assert stuck.stdout is not None
        assert stuck.stdout.readline() == b"writing\n"
        (left,) = tmp_path.iterdir()
        write_file(tmp_path / "b.jpg", b"data")
        assert left.exists()  # its process lives
        stuck.send_signal(signal.SIGKILL)
    remove_abandoned.cache_clear()
    write_file(tmp_path / "c.jpg", b"data")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.jpg", "c.jpg"]


def test_temporary_files_of_other_machines_and_of_users_are_left(tmp_path: Path) -> None:
    own = temporary_beside(tmp_path / "a.jpg").name
    machine, process, start, token = own.removeprefix(".pixelfes-").removesuffix(".tmp").split("-")
    names = {
        "other machine": f".pixelfes-{int(machine, 16) ^ 1:08x}-{process}-{int(start) + 1}-{token}.tmp",
        "living": own,
        "a user's": ".pixelfes-notes.tmp",
    }
    for name in names.values():
        (tmp_path / name).touch()
    (tmp_path / f".pixelfes-{machine}-{process}-{int(start) + 1}-{token}.tmp").touch()  # the number was used again
    remove_abandoned.cache_clear()
    remove_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(names.values())


def test_a_new_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with new_folder(tmp_path / "a/new") as working:
        (working / "part").write_bytes(b"1")
        assert not (tmp_path / "a/new").exists()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["new"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "empty") as working:
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir() if path.name != "a"] == ["empty"]
    with pytest.raises(PhotoError, match="new cannot be made: "), new_folder(tmp_path / "a/new"):
        pass  # it is there, and not empty
