"""What a small file may grow to: counted before anything is expanded, so that no file takes memory without end."""

from __future__ import annotations

from dataclasses import dataclass

from shapefield.machine.memory import require
from shapefield.mesh.decoding.source import FileBytes

ALLOWED = 256 << 20
"""Bytes of arrays that a file of any size may grow to: 11 million vertices and triangles, some 10 s of reading."""
RATIO = 200
"""How many times its own size a larger file may grow to."""
ROW = 24
"""Bytes of a vertex (three float64) and of a triangle (three int64)."""
CHECKED = 3
"""Measured: what a mesh takes while it is checked and welded, against its arrays."""


@dataclass(slots=True)
class Expansion:
    """Bytes that the file `source` has grown to so far."""

    source: FileBytes
    taken: int = 0

    def take(self, count: int, what: str) -> None:
        """Count `count` further bytes before they are made.

        Raises InputError where the file grows out of all proportion, ResourceError where the memory is not there.
        """
        self.taken += count
        if self.taken > max(ALLOWED, RATIO * len(self.source.data)):
            sizes = f"{_spoken(len(self.source.data))} that unpack to {_spoken(self.taken)} or more ({what})"
            raise self.source.error(f"expected a mesh, got {sizes}: it looks like a bomb, export it simplified")
        if count > 16 << 20:
            require(count, f"{self.source.name}: for its {what}", "simplify the mesh, or close other programs")

    def take_rows(self, vertices: int, triangles: int) -> None:
        """Count a mesh of so many vertices and triangles, together with what checking it takes. Same errors."""
        what = f"{vertices:,} vertices and {triangles:,} triangles"
        size = ROW * (vertices + triangles)
        self.take(size, what)
        if size > 16 << 20:
            require(CHECKED * size, f"{self.source.name}: for {what}", "simplify the mesh, or close other programs")


def _spoken(size: int) -> str:
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:,.3g} {unit}" if size < 1e15 else "more than 1,000 TB"
    return f"{size} bytes"
