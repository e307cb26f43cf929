"""The zip archive of a 3MF file: which part is the model, and XML read piece by piece within bounds."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pyexpat import ExpatError
from xml.parsers import expat

from shapefield.mesh.decoding.source import FileBytes

PART_LIMIT = 4 << 30
UNPACKED = 64 << 20
"""Bytes of XML that an archive of any size may unpack to."""
RATIO_LIMIT = 100
"""How many times its own size a larger archive may unpack to: XML meshes reach about 20."""
NESTING_LIMIT = 64
"""Depth of XML elements: a model reaches 8."""

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


@dataclass(slots=True)
class Package:
    """An opened archive, and how many bytes of it were unpacked."""

    source: FileBytes
    archive: zipfile.ZipFile
    unpacked: int = 0

    def root(self) -> str:
        """The model part that the package's relations name; else the first one there is. InputError without any."""
        there = self.archive.namelist()
        names = [name for name in there if name.lower().endswith(".model")]
        if "_rels/.rels" in there:
            found: list[str] = []

            def start(tag: str, given: dict[str, str]) -> None:
                if given.get("Type", "").endswith("/3dmodel"):
                    found.append(given.get("Target", "").lstrip("/"))

            self.parse("_rels/.rels", start)
            names = [name for name in found if name in there] + names
        if not names:
            raise self.source.error("expected a 3MF model, got a zip archive without one: unpack it first")
        return names[0]

    def has(self, part: str) -> bool:
        """Whether the archive holds a part of that name."""
        return part in self.archive.NameToInfo

    def parse(self, part: str, start: Start, end: End | None = None) -> None:
        """Run `start(tag, attributes)` and `end(tag)` over a part, names without their namespaces.

        Raises InputError if it is missing, damaged, nested without end, has a DTD, or unpacks out of proportion.
        """
        if not self.has(part):
            raise self.source.error(f"expected part {part[:60]} in the archive, got none: export it again")
        info = self.archive.getinfo(part)
        self._count(info)
        parser = _parser(self.source, start, end)
        try:
            with self.archive.open(info) as stream:
                while block := stream.read(1 << 20):
                    parser.Parse(block, False)
                parser.Parse(b"", True)
        except ExpatError as error:
            raise self.source.error(
                f"expected sound XML in {part[:60]}, got: {error}: copy or export it again"
            ) from None

    def _count(self, info: zipfile.ZipInfo) -> None:
        self.unpacked += info.file_size
        if info.file_size > PART_LIMIT or self.unpacked > max(UNPACKED, RATIO_LIMIT * len(self.source.data)):
            sizes = f"{self.unpacked / 2**20:,.0f} MiB packed into {len(self.source.data) / 2**20:.2f}"
            raise self.source.error(f"expected a mesh, got {sizes}: it looks like a zip bomb, export it again")


def _parser(source: FileBytes, start: Start, end: End | None) -> expat.XMLParserType:
    depth = 0

    def refuse(*_: object) -> None:
        raise source.error("expected plain XML, got one with a DTD: export it again")

    def opened(tag: str, given: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > NESTING_LIMIT:
            raise source.error(f"expected a model, got XML nested more than {NESTING_LIMIT} deep: export it again")
        start(tag.rpartition("}")[2], _plain(given))

    def closed(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(tag.rpartition("}")[2])

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.buffer_text = True
    return parser


def _plain(given: dict[str, str]) -> dict[str, str]:
    """Attributes without their namespaces (the production extension's `p:path`)."""
    if any("}" in key for key in given):
        return {key.rpartition("}")[2]: value for key, value in given.items()}
    return given


def one_line(error: Exception) -> str:
    """An error's text for a message: one line, short."""
    return " ".join(str(error).split())[:80]
