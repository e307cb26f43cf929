"""Writing files so that nothing is ever lost: atomic replacement, nothing foreign replaced, a lock per output.

A file appears under its final name complete or not at all; a crash, a kill or a full disk leaves an older file whole.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from shapefield.errors import OutputError
from shapefield.storage.mark import MARK, Inputs, input_id, is_ours, made_from, sources

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FULL = "expected room on the disk, got a full one: free some space, or write elsewhere"
"""What an OutputError says of a full disk, behind the file's name."""
_OURS_TO_REPORT = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM}


@contextlib.contextmanager
def writing(path: str | os.PathLike[str], mode: str = "wb") -> Iterator[IO[Any]]:
    """Open a temporary file beside `path`; on leaving the block well, flush, fsync and rename it over `path`.

    mode : "wb", or "w" for UTF-8 text with plain line feeds
    An exception in the block removes the temporary file and leaves an older `path` as it was.
    A device or a pipe (`/dev/stdout`) is written straight. Raises OutputError, in one line.
    """
    if mode not in ("wb", "w"):
        raise ValueError(f"mode: expected 'wb' or 'w', got {mode!r}")
    target = Path(os.path.realpath(path))
    options: dict[str, Any] = {"encoding": "utf-8", "newline": "\n"} if mode == "w" else {}
    with _reporting(Path(path)):
        _check_no_folder(path)
        if target.exists() and not target.is_file():
            with open(target, mode, **options) as file:
                yield file
            return
        with _part(target, "") as part:
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
            with open(descriptor, mode, **options) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """`writing` for libraries that open files by name: a temporary path with the suffix of `path`, renamed at the end.

    A device or a pipe is refused. Raises OutputError, in one line.
    """
    target = Path(os.path.realpath(path))
    with _reporting(Path(path)):
        _check_no_folder(path)
        if target.exists() and not target.is_file():
            raise OutputError(f"{path}: expected a file to write to, got a device or a pipe: name a file")
        with _part(target, target.suffix) as part:
            yield part
            descriptor = os.open(part, os.O_RDWR | getattr(os, "O_BINARY", 0))
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def appending(path: str | os.PathLike[str]) -> Iterator[Callable[[str], None]]:
    """Within, a function that adds one line to a text file: in one write, on the disk when it returns.

    A last line that a killed writer left torn is cut off first. Raises OutputError, in one line, and then the file
    ends with the last line that is whole.
    """
    target = Path(path)
    with _reporting(target):
        _check_no_folder(path)
        descriptor = os.open(target, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)

    def whole() -> int:
        """The length of the file's whole lines."""
        size, block = os.fstat(descriptor).st_size, 1 << 16
        for end in range(size, 0, -block):
            start = max(0, end - block)
            os.lseek(descriptor, start, os.SEEK_SET)
            at = os.read(descriptor, end - start).rfind(b"\n")
            if at >= 0:
                return start + at + 1
        return 0

    def append(line: str) -> None:
        end = whole()
        try:
            with _reporting(target):
                os.ftruncate(descriptor, end)
                os.lseek(descriptor, end, os.SEEK_SET)
                data = f"{line}\n".encode()
                if os.write(descriptor, data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
                os.fsync(descriptor)
        except BaseException:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, end)
            raise

    try:
        yield append
    finally:
        os.close(descriptor)


def _check_no_folder(path: str | os.PathLike[str]) -> None:
    if os.path.isdir(path):
        raise OutputError(f"{path}: expected a file name to write to, got a folder: name a file inside it")


@contextlib.contextmanager
def _part(target: Path, suffix: str) -> Iterator[Path]:
    """A fresh name beside `target` that takes its place when the block ends well, and is removed when it does not."""
    _remove_abandoned(target)
    part = target.with_name(f".{_short(target.name)}.{os.getpid()}-{secrets.token_hex(4)}.part{suffix[:20]}")
    _unfinished.add(part)
    try:
        yield part
        if target.exists():
            os.chmod(part, stat.S_IMODE(target.stat().st_mode))
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    finally:
        _unfinished.discard(part)
    _sync_folder(target.parent)


_unfinished: set[Path] = set()
_guards: set[Path] = set()


def abandon() -> None:
    """Remove the temporary and lock files of this process, which is about to end without unwinding."""
    for path in [*_unfinished, *_guards]:
        with contextlib.suppress(OSError):
            path.unlink()


@contextlib.contextmanager
def _reporting(path: Path) -> Iterator[None]:
    """Turn the system's errors about `path` into an OutputError; errors about other files pass unchanged."""
    try:
        yield
    except OSError as error:
        about = str(error.filename or "")
        near = not about or os.path.basename(about).lstrip(".").startswith(path.name)
        if not near or (not about and error.errno not in _OURS_TO_REPORT):
            raise
        raise OutputError(f"{path}: {_why(error, path)}") from error


def _why(error: OSError, path: Path) -> str:
    folder = path.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FULL
    if error.errno == errno.EFBIG:
        return "expected room for the file, got a file size limit: raise the limit, or write elsewhere"
    if error.errno in (errno.ENOENT, errno.ENOTDIR) and not folder.is_dir():
        return f"expected an existing folder, got none at {folder}: create it first"
    if error.errno in (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS):  # ENOENT: a folder as /proc
        why = "a folder that takes no files" if error.errno == errno.ENOENT else (error.strerror or "refusal").lower()
        return f"expected a writable place, got {why}: choose another folder"
    if error.errno == errno.ENAMETOOLONG:
        return "expected a file name the system can hold, got one too long: shorten it"
    return f"could not be written ({(error.strerror or str(error)).lower()}): try another folder"


def _short(name: str) -> str:
    """The name, or where it is so long that nothing can be added to it a shorter one of its own."""
    if len(os.fsencode(name)) <= 180:
        return name
    return f"{name[:30]}~{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"


def _remove_abandoned(target: Path) -> None:
    """Delete temporary files of `target` that a killed process of this machine left behind."""
    pattern = re.compile(re.escape(f".{_short(target.name)}.") + r"(\d+)-[0-9a-f]{8}\.part(?:\.\w+)?")
    with contextlib.suppress(OSError):
        for name in os.listdir(target.parent):
            match = pattern.fullmatch(name)
            if match and not _alive(int(match.group(1))):
                (target.parent / name).unlink()


def _alive(pid: int) -> bool:
    if sys.platform == "win32":  # os.kill would end the process there; a file in use cannot be deleted anyway
        return pid == os.getpid()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_outputs(
    paths: Iterable[str | os.PathLike[str]], force: bool = False, source: Inputs = None
) -> tuple[str, ...]:
    """`check_replaceable` for all that a run writes; a line to tell where files do not say what they were made from."""
    silent = [str(path) for path in paths if check_replaceable(path, force, source)]
    return (f"replaced, though not said from which input it was made: {', '.join(silent)}",) if silent else ()


def check_replaceable(path: str | os.PathLike[str], force: bool = False, source: Inputs = None) -> bool:
    """Raise OutputError if `path` is `source`, exists and is neither ours nor empty, or was made from another input.

    `force` allows all three. Also raises where a folder lies at `path`, and where the system holds no name as long.
    Returns whether a file of ours is there that does not say what it was made from, though this output would.
    """
    _check_no_folder(path)
    target = Path(path)
    with _reporting(target):
        there = target.is_file()
    if force or not there:
        return False
    for one in sources(source):
        if os.path.exists(one) and target.samefile(one):
            raise OutputError(f"{path}: is the input, which would be lost: choose another name, or pass --force")
    try:
        empty = target.stat().st_size == 0
    except OSError:
        empty = False
    if empty:
        return False
    if not is_ours(target):
        raise OutputError(f"{path}: exists and was not made by shapefield: choose another name, or pass --force")
    wanted, found = input_id(source, path), made_from(target)
    if wanted and found and wanted != found:
        given = sources(source)
        other = given[0] if len(given) == 1 else "these"
        remedy = "give --out-dir or other names, or pass --force"
        raise OutputError(f"{path}: was made from another input than {other}, and would be lost: {remedy}")
    return bool(wanted) and not found


def check_written_back(path: str | os.PathLike[str], force: bool = False, source: Inputs = None) -> None:
    """`check_replaceable` for what may have been opened from `source`: it may be written back to the same file."""
    again = len(given := sources(source)) == 1 and os.path.exists(given[0]) and os.path.exists(path)
    check_replaceable(path, force, None if again and os.path.samefile(given[0], path) else source)


def opened_log(path: str | os.PathLike[str]) -> logging.StreamHandler[Any]:
    """A handler that adds to the log at `path`, whose first line is our mark. Raises OutputError; see above."""
    check_replaceable(path)
    with _reporting(Path(path)):
        handler = logging.FileHandler(path, encoding="utf-8")
        if handler.stream is not None and handler.stream.tell() == 0:
            handler.stream.write(f"# {MARK}\n")
        return handler


@contextlib.contextmanager
def lock(*outputs: str | os.PathLike[str]) -> Iterator[None]:
    """Hold files, or folders that exist, for this process; the lock dies with it, however it dies.

    A second holder gets OutputError. The lock is the operating system's, on `OUTPUT.lock` or `FOLDER/.lock`, removed
    on release.
    """
    with contextlib.ExitStack() as held:
        for output in outputs:
            held.enter_context(_held(output))
        yield


@contextlib.contextmanager
def _held(output: str | os.PathLike[str]) -> Iterator[None]:
    target = Path(os.path.realpath(output))
    if target.exists() and not target.is_file() and not target.is_dir():
        yield  # a device or a pipe cannot be replaced, nor trodden on
        return
    guard = target / ".lock" if target.is_dir() else target.with_name(target.name + ".lock")
    with _reporting(Path(output)):
        descriptor = _acquire(guard, output)
    _guards.add(guard)
    try:
        yield
    finally:
        _guards.discard(guard)
        # Unlink while still holding: whoever opened the old file meanwhile sees that its inode is gone.
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                guard.unlink()
        os.close(descriptor)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                guard.unlink()


def _acquire(guard: Path, output: str | os.PathLike[str]) -> int:
    while True:
        descriptor = os.open(guard, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if os.fstat(descriptor).st_size:
                os.close(descriptor)
                raise OutputError(f"{guard}: is a file of another program where a lock of ours belongs: move it away")
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), os.stat(guard)):
                    return descriptor
        except OSError as error:
            os.close(descriptor)
            if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK):
                raise OutputError(
                    f"{output}: another shapefield run is writing it: wait for that run, or choose another name"
                ) from error
            raise
        os.close(descriptor)
