"""Text that came from a file, made harmless where it leaves the program: for a terminal, and for HTML."""

from __future__ import annotations

import html
import re

_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters of C0 and C1 (escape sequences begin with one), line breaks, marks that turn the direction of
writing, and the halves of characters by which Python keeps the bytes of a name that is not UTF-8."""


def visible(text: object) -> str:
    """The text as one line that steers no terminal: `\\x1b`, `\\n`, `\\u202e` stand for what would."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), str(text))


def escaped(text: object) -> str:
    """The text for HTML, between tags and within quoted attributes; what cannot be seen is made visible first."""
    return html.escape(visible(text), quote=True)
