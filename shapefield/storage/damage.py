"""A guard for the doors by which strangers' bytes come in: what their damage makes Python raise becomes one line."""

from __future__ import annotations

import contextlib
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator

from shapefield.errors import InputError, ShapefieldError
from shapefield.machine.memory import is_shortage

DAMAGE = (
    ValueError, TypeError, LookupError, ArithmeticError, AttributeError, EOFError, SyntaxError, OSError, RuntimeError,
    struct.error, zlib.error, zipfile.BadZipFile, tokenize.TokenError,
)  # fmt: skip
"""What the standard library and NumPy raise over numbers, names and structures that no honest writer makes."""


@contextlib.contextmanager
def damage_told(what: str, remedy: str) -> Iterator[None]:
    """Turn whatever a damaged or lying file makes the block raise into an InputError of one line.

    what : the file and what was expected of it;  remedy : what to do
    Errors of ours pass, and so does a shortage of memory. The readers still check what they read and say it better;
    this is for the damage that nobody thought of.
    """
    try:
        yield
    except ShapefieldError:
        raise
    except DAMAGE as error:
        if is_shortage(error):
            raise
        raise InputError(f"{what}, cannot read it ({reason(error)}): {remedy}") from error


def reason(error: BaseException) -> str:
    """The error's first line, shortened; its kind where it says nothing."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    said = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return said if len(said) <= 120 else f"{said[:119]}…"
