"""Text → numbers, quickly and strictly: whole blocks at once, and the exact word where one of them is wrong."""

from __future__ import annotations

import warnings

import numpy as np

_SPACE = np.zeros(256, dtype=bool)
_SPACE[[9, 10, 11, 12, 13, 32]] = True


def parse(text: bytes, dtype: type = np.float64) -> np.ndarray | None:
    """Every whitespace-separated number of `text` as one array, or None if any word is not a number."""
    if not text.strip():
        return np.zeros(0, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # NumPy 1.x warns where 2.x raises
        try:
            return np.fromstring(text, dtype=dtype, sep=" ")
        except (ValueError, DeprecationWarning):
            return None


def first_bad_word(text: bytes) -> str:
    """The first word of `text` that is no number, for the message."""
    for word in text.split():
        try:
            float(word)
        except ValueError:
            return word[:40].decode("utf-8", "replace")
    return text.strip()[:40].decode("utf-8", "replace")


def spaces(text: bytes) -> np.ndarray:
    """(bytes,) bool: where `text` has a blank or a line's end."""
    return _SPACE[np.frombuffer(text, np.uint8)]


def words_per_line(text: bytes) -> np.ndarray:
    """(lines,) how many words each line of `text` has; lines end with LF, the last perhaps with nothing."""
    if not text.endswith(b"\n"):
        text += b"\n"
    gap = spaces(text)
    begins = ~gap
    begins[1:] &= gap[:-1]
    total = np.cumsum(begins)
    return np.diff(total[np.frombuffer(text, np.uint8) == 10], prepend=0)
