"""Numbers as a person reads them: three significant digits, always with a unit; and scale bars that are round."""

from __future__ import annotations

import math
import re

from shapefield.events import counted as _counted
from shapefield_gui.children.rounding import round_length as round_length


def length(value: float | None, unit: str | None) -> str:
    """A length in the input's units, "0.021 mm"; files without a unit say "units"."""
    return "–" if value is None or not math.isfinite(value) else f"{significant(value)} {unit or 'units'}"


def significant(value: float, digits: int = 3) -> str:
    """Three significant digits without needless zeros or exponents: 0.0212, 3.4, 1 250."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size >= 7:
        mantissa = value / 10.0**size
        return f"{mantissa:.{digits - 1}f}·10{str(size).translate(_SUPERSCRIPT)}"
    rounded = round(value, digits - 1 - size)
    return f"{rounded:,.{max(0, digits - 1 - size)}f}".replace(",", "\u202f")


def spaced(text: str) -> str:
    """A sentence of the engine, which writes 1,477, in the window's style of numbers: 1 477."""
    return _GROUPED.sub("\u202f", text)


def counted(value: float, what: str, many: str = "") -> str:
    """ "1 step", "1 477 steps". many : the plural, where it is not the word and an s"""
    return spaced(_counted(round(value), what, many or None))


def count(value: float | None) -> str:
    """69 666, with thin spaces."""
    return "–" if value is None else f"{round(value):,}".replace(",", "\u202f")


def seconds(value: float | None) -> str:
    """0.4 s, 12 s, 3:05 min, 1:02:03 h."""
    if value is None or not math.isfinite(value):
        return "–"
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d} h"


def size(value: float | None) -> str:
    """Bytes: 812 B, 4.2 MB, 1.3 GB."""
    if value is None:
        return "–"
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1000 or unit == "GB":
            return f"{round(value)} B" if unit == "B" else f"{value:.3g} {unit}"
        value /= 1000
    return "–"


def rate(value: float | None) -> str:
    """53 steps/s."""
    return "–" if value is None else f"{significant(value)} steps/s"


def power_of_ten(value: float) -> int:
    """The power of ten of a positive number's first digit; 0 for others."""
    return math.floor(math.log10(value)) if value > 0 else 0


_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
