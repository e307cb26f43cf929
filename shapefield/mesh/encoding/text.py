"""Arrays → lines of text, in blocks, so that memory stays small; and the unit as a word in them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from shapefield.escaping import visible

BLOCK = 1 << 16


def label(unit: str | None) -> str:
    """The unit as files carry it, one line; "" for none."""
    return visible({"µm": "um", "μm": "um"}.get(unit or "", unit or ""))


def lines(form: str, rows: np.ndarray) -> Iterator[bytes]:
    """`form % row` for every row of (n, k), a block of lines at a time."""
    for at in range(0, len(rows), BLOCK):
        block = rows[at : at + BLOCK]
        yield ((form * len(block)) % tuple(block.reshape(-1).tolist())).encode("ascii")
