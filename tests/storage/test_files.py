"""A file of ours is whole or absent, foreign files stay, and a lock dies with its process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shapefield.errors import OutputError
from shapefield.storage.files import check_replaceable, lock, replacing, writing
from shapefield.storage.mark import MARK, is_ours

WINDOWS = sys.platform == "win32"


def entries(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_a_written_file_has_exactly_its_bytes_and_leaves_nothing_beside(tmp_path):
    with writing(tmp_path / "mésh out.ply") as file:
        file.write(b"one\r\ntwo")
    assert (tmp_path / "mésh out.ply").read_bytes() == b"one\r\ntwo"
    assert entries(tmp_path) == ["mésh out.ply"]


def test_text_is_utf8_with_plain_line_feeds(tmp_path):
    with writing(tmp_path / "report.json", "w") as file:
        file.write("é\n")
    assert (tmp_path / "report.json").read_bytes() == b"\xc3\xa9\n"


def test_an_exception_keeps_the_old_file_and_removes_the_temporary_one(tmp_path):
    target = tmp_path / "out.ply"
    target.write_bytes(b"old")
    with pytest.raises(KeyError), writing(target) as file:
        file.write(b"new and unfinished")
        raise KeyError("x")
    assert target.read_bytes() == b"old"
    assert entries(tmp_path) == ["out.ply"]


def test_the_final_name_holds_the_old_bytes_until_the_block_ends(tmp_path):
    target = tmp_path / "out.ply"
    target.write_bytes(b"old")
    with writing(target) as file:
        file.write(b"new")
        file.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


def test_permissions_of_a_replaced_file_stay(tmp_path):
    target = tmp_path / "out.ply"
    target.write_bytes(b"old")
    target.chmod(0o640)
    with writing(target) as file:
        file.write(b"new")
    assert WINDOWS or (target.stat().st_mode & 0o777) == 0o640


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "out.ply"
    try:
        link.symlink_to(tmp_path / "real" / "file.ply")
    except OSError:
        return  # Windows without the privilege
    with writing(link) as file:
        file.write(b"x")
    assert link.is_symlink() and (tmp_path / "real" / "file.ply").read_bytes() == b"x"


def test_a_missing_folder_is_one_line(tmp_path):
    with pytest.raises(OutputError, match="expected an existing folder") as caught, writing(tmp_path / "no" / "x.ply"):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc")
def test_a_folder_that_takes_no_files_is_not_called_missing():
    with pytest.raises(OutputError, match="expected a writable place, got"), writing("/proc/x.ply"):
        pass


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OutputError, match="got a folder"), writing(tmp_path):
        pass
    with pytest.raises(OutputError, match="got a folder"):
        check_replaceable(tmp_path)


def test_a_name_too_long_is_one_line(tmp_path):
    with pytest.raises(OutputError, match="shorten"), writing(tmp_path / ("x" * 300)):
        pass


def test_errors_about_other_files_pass_unchanged(tmp_path):
    with pytest.raises(FileNotFoundError), writing(tmp_path / "out.ply"):
        open(tmp_path / "elsewhere.obj", "rb")
    assert entries(tmp_path) == []


@pytest.mark.parametrize("code", ["ENOSPC", "EDQUOT", "EIO", "EFBIG"])
def test_a_disk_that_fails_while_writing_loses_nothing(tmp_path, code):
    import errno

    target = tmp_path / "out.ply"
    target.write_bytes(b"old")
    with pytest.raises(OutputError) as caught, writing(target) as file:
        file.write(b"half")
        raise OSError(getattr(errno, code), os.strerror(getattr(errno, code)))
    assert str(caught.value).startswith(str(target)) and "\n" not in str(caught.value)
    assert target.read_bytes() == b"old" and entries(tmp_path) == ["out.ply"]


def test_a_full_device_is_an_output_error():
    if not os.path.exists("/dev/full"):
        return
    with pytest.raises(OutputError, match="full one"), writing("/dev/full") as file:
        file.write(b"x" * 100_000)


def test_a_file_size_limit_is_an_output_error(tmp_path):
    if WINDOWS:
        return
    code = (
        "import resource, signal, sys\n"
        "from shapefield.storage.files import writing\n"
        "from shapefield.errors import OutputError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        "    with writing(sys.argv[1]) as file: file.write(b'x' * 100000)\n"
        "except OutputError as error: sys.exit(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "o")], capture_output=True, text=True, check=False
    )
    assert "file size limit" in done.stderr and entries(tmp_path) == []


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead = tmp_path / f".out.ply.{int(gone.stdout)}-0123abcd.part"
    mine = tmp_path / f".out.ply.{os.getpid()}-0123abcd.part"
    other = tmp_path / f".other.ply.{int(gone.stdout)}-0123abcd.part"
    for file in (dead, mine, other):
        file.write_bytes(b"x")
    with writing(tmp_path / "out.ply") as file:
        file.write(b"y")
    assert WINDOWS or not dead.exists()
    assert mine.exists() and other.exists()


def test_only_our_own_files_are_replaced_without_force(tmp_path):
    ours, foreign, empty = tmp_path / "a.ply", tmp_path / "b.ply", tmp_path / "c.ply"
    ours.write_bytes(b"ply\ncomment " + MARK.encode() + b"\n" + b"x" * 10_000)
    foreign.write_bytes(b"ply\ncomment by somebody else\n" + b"x" * 10_000)
    empty.touch()
    tail = tmp_path / "d.3mf"
    tail.write_bytes(b"PK" + b"x" * 10_000 + MARK.encode())
    assert is_ours(ours) and is_ours(tail) and not is_ours(foreign) and not is_ours(tmp_path / "none")
    for fine in (ours, empty, tail, tmp_path / "none"):
        check_replaceable(fine)
    with pytest.raises(OutputError, match="--force"):
        check_replaceable(foreign)
    check_replaceable(foreign, force=True)


def test_a_second_holder_is_refused_by_name_and_the_lock_is_gone_afterwards(tmp_path):
    target = tmp_path / "bunny.ply"
    with lock(target):
        with pytest.raises(OutputError, match=r"bunny\.ply.*another shapefield run"), lock(target):
            pass
        with lock(tmp_path / "other.ply"):
            pass
    with lock(target):
        pass
    assert entries(tmp_path) == []


def test_a_folder_is_held_like_a_file_and_several_outputs_all_at_once(tmp_path):
    folder, file = tmp_path / "frames", tmp_path / "film.mp4"
    folder.mkdir()
    with lock(folder, file):
        for held in (folder, file):
            with pytest.raises(OutputError, match=held.name), lock(held):
                pass
    with lock(file):
        with pytest.raises(OutputError, match=file.name), lock(folder, file):
            pass
        with lock(folder):
            pass
    assert entries(folder) == [] and entries(tmp_path) == ["frames"]


def test_a_library_writes_to_a_path_that_becomes_the_final_one(tmp_path):
    target = tmp_path / "out.png"
    target.write_bytes(b"old")
    target.chmod(0o640)
    with replacing(target) as part:
        part.write_bytes(b"new")
        assert part.suffix == ".png" and target.read_bytes() == b"old"
    assert target.read_bytes() == b"new" and entries(tmp_path) == ["out.png"]
    assert WINDOWS or (target.stat().st_mode & 0o777) == 0o640


def test_a_device_is_not_replaced():
    if os.path.exists("/dev/null"):
        with pytest.raises(OutputError, match="device"), replacing("/dev/null"):
            pass


def test_a_lock_dies_with_its_process(tmp_path):
    target = tmp_path / "bunny.ply"
    code = (
        "import sys, time\nfrom shapefield.storage.files import lock\n"
        "with lock(sys.argv[1]):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline().strip() == b"held"
        with pytest.raises(OutputError), lock(target):
            pass
        holder.kill()
        holder.wait()
        with lock(target):
            pass
