"""Text → numbers, quickly and strictly: whole blocks at once, and the exact word where one of them is wrong."""

from __future__ import annotations

import warnings

import numpy as np


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
