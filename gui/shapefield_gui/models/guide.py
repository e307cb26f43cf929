"""The guide that comes with the program: its pages, their headings, and where they lie. No Qt, and no network."""

from __future__ import annotations

import re
from pathlib import Path

PAGES = (
    ("guide.md", "User guide"),
    ("methods.md", "Methods"),
    ("lab.md", "The lab"),
    ("batch.md", "Thousands of meshes"),
    ("dirty-meshes.md", "Dirty meshes"),
    ("glossary.md", "Glossary"),
)
"""File and title, in the order in which they are offered; all lie in one folder."""
_HEADING = re.compile(r"^(#{1,3}) +(.+?) *$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"<table>(\s*<thead>.*?</thead>)", re.DOTALL)
_WIDE = 8
"""Columns from which a table's words are not broken: it scrolls instead."""
_PICTURE = re.compile(r"^!\[.*\n?", re.MULTILINE)


def folder() -> Path | None:
    """Where the pages lie: in the package, or in docs/ beside the sources; None if absent."""
    here = Path(__file__).resolve()
    places = (here.parents[1] / "guide", here.parents[3] / "docs")
    return next((place for place in places if (place / PAGES[0][0]).is_file()), None)


def text_of(page: str) -> str:
    """A page's markdown without pictures, which are not shipped; "" for one that is not there."""
    place = folder()
    if page not in dict(PAGES) or place is None or not (place / page).is_file():
        return ""
    return _PICTURE.sub("", (place / page).read_text(encoding="utf-8"))


def html_of(text: str) -> str:
    """Markdown, tables included, as HTML; what stands in it as HTML is shown as text."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return _HEAD.sub(lambda head: head[0] if head[0].count("<th") < _WIDE else f'<table class="wide">{head[1]}', made)


def headings(text: str) -> list[tuple[int, str]]:
    """Level and words of each heading, in order; what stands in a block of code is none."""
    bare = _FENCED.sub("", text)
    return [(len(marks), words.replace("`", "")) for marks, words in _HEADING.findall(bare)]


def anchor(heading: str) -> str:
    """What a link calls a heading: as on the web, in small letters with dashes."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
