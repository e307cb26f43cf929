"""Arrays → lines of text, in blocks, so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BLOCK = 1 << 16


def lines(form: str, rows: np.ndarray) -> Iterator[bytes]:
    """`form % row` for every row of (n, k), a block of lines at a time."""
    for at in range(0, len(rows), BLOCK):
        block = rows[at : at + BLOCK]
        yield ((form * len(block)) % tuple(block.reshape(-1).tolist())).encode("ascii")
