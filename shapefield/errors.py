"""What can go wrong, each kind with its exit code.

A `ShapefieldError` reaches a user as one line: what was expected, what came, the remedy.
Anything else that is raised is a bug of ours and keeps its traceback.
"""

import contextlib
import difflib
import logging
from collections.abc import Iterable, Iterator


class ShapefieldError(Exception):
    """Base of all errors that are the input's, the machine's or the user's; `exit_code` is the process's."""

    exit_code = 1


class UsageError(ShapefieldError):
    """An option or a method that does not exist, or a value outside its range."""

    exit_code = 2


class InputError(ShapefieldError):
    """A file that cannot be read as what it claims to be, or a mesh that has no inside."""

    exit_code = 3


class UnforeseenContent(InputError):
    """A file whose content its reader met with an exception that nobody foresaw; `__cause__` is that exception."""


class NoSurfaceError(InputError):
    """A field that crosses its level nowhere in the box."""


class ResourceError(ShapefieldError):
    """A device that is not there, a library that cannot load, or not enough memory."""

    exit_code = 4


class DivergedError(ShapefieldError):
    """Training produced NaN or ran away, and did so again after a rollback."""

    exit_code = 5


class OutputError(ShapefieldError):
    """A place that cannot be written: no permission, full, locked, or holding something of somebody else's."""

    exit_code = 6


class GateMissed(ShapefieldError):
    """Finished and written, but missed: a gate that the user set, or what a demonstration promises."""

    exit_code = 7


class InterruptedRun(ShapefieldError):
    """A signal ended the run; its message says how to resume. 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP."""

    exit_code = 130

    def __init__(self, message: str, signal_number: int = 2) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number


OURS = (ShapefieldError, MemoryError, ImportError, NameError, Warning)
"""What no file's content can cause: it passes the guard as it is."""


@contextlib.contextmanager
def content_guarded(name: str, expected: str, remedy: str = "copy or export it again") -> Iterator[None]:
    """The guard at a door through which strangers' files come: whatever their content raises becomes one line.

    name, expected : the file and what it should have held, as the line says them
    Raises UnforeseenContent (exit 3) from the original, which is also logged for `-v`; `OURS` passes.
    """
    try:
        yield
    except OURS:
        raise
    except Exception as error:
        logging.getLogger("shapefield").debug("%s: its content raised", name, exc_info=True)
        told = " ".join(f"{type(error).__name__} {error}".split())[:120]
        raise UnforeseenContent(
            f"{name}: expected {expected}, got content that its reader cannot make sense of ({told}): {remedy}"
        ) from error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ " (did you mean …?)" with the known word nearest to `word`, or nothing where none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def one_of(what: str, known: Iterable[str], got: object) -> UsageError:
    """The error of a value that is none of the permitted ones, with the nearest of them."""
    known = list(known)
    return UsageError(f"{what}: expected one of {', '.join(known)}, got {got!r}{did_you_mean(str(got), known)}")
