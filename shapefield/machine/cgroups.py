"""What Linux control groups leave a process of memory, in version 1 of them and in version 2. Bytes throughout."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

LIMIT = ("memory.max", "memory.limit_in_bytes")
USED = ("memory.current", "memory.usage_in_bytes")
CACHE = ("inactive_file", "total_inactive_file")
"""Of `memory.stat`: pages of files that the kernel gives back before it refuses anything."""


def group_room(root: Path = Path("/")) -> float:
    """What the process's own group, and those around it, still let it take; infinity without a limit."""
    return min((_room(folder) for folder in _groups(root)), default=float("inf"))


def _groups(root: Path) -> Iterator[Path]:
    """The folders of the groups that this process is in, from the innermost; in a container perhaps only the top."""
    mounted = root / "sys/fs/cgroup"
    yield from (mounted, mounted / "memory")
    with contextlib.suppress(OSError, ValueError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "memory" not in controllers.split(","):
                continue
            tops = [mounted / "memory"] if controllers else [mounted, mounted / "unified"]
            for top in tops:
                inner = top / path.lstrip("/")
                while inner != top and top in inner.parents:
                    yield inner
                    inner = inner.parent


def _room(folder: Path) -> float:
    for limit, used, cache in zip(LIMIT, USED, CACHE, strict=True):
        with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
            most, taken = (int((folder / name).read_text()) for name in (limit, used))
            return max(0.0, most - taken + _spare(folder, cache))
    return float("inf")


def _spare(folder: Path, name: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in (folder / "memory.stat").read_text().splitlines():
            key, value = line.split()
            if key == name:
                return int(value)
    return 0
