"""What can be set of a batch, whatever its job."""

from __future__ import annotations

import os
from dataclasses import dataclass

from shapefield.config import Checked, option
from shapefield.errors import UsageError
from shapefield.machine.memory import free_bytes
from shapefield.mesh.writing import FORMATS

A_WORKER = 1_000_000_000
"""Bytes of memory that a worker is taken to need where their number is not given: most meshes take half of it."""
FAILED, CHANGED, ALL = "failed", "changed", "all"


@dataclass(frozen=True)
class BatchConfig(Checked):
    """How a batch is run."""

    format: str | None = option(
        None,
        "suffix of the meshes that are written; default: a fit writes ply, a repair what it read",
        choices=(*FORMATS,),
    )
    reference: str | None = option(None, "the mesh that eval measures against, or a folder with one of each name")
    jobs: int | None = option(None, "meshes at a time; default: what the cores and the memory hold", low=1, high=4096)
    threads_each: int = option(1, "threads of each; a fit's bits depend on it", low=1, high=1024)
    timeout: float = option(120.0, "seconds after which a mesh is given up", unit="s", low=0.1)
    memory_each: int = option(4_000_000_000, "resident memory beyond which it is given up", unit="B", low=1e8)
    redo: str | None = option(
        None,
        "do again as well: failed, what was not done; changed, what was made with other settings or another version, "
        "or was altered since; all, everything. What is missing, or whose input has changed, is always done",
        choices=(FAILED, CHANGED, ALL),
    )
    shard: str | None = option(None, "do the i-th of n parts: 3/8, with a manifest of its own")
    limit: int | None = option(None, "take the first so many inputs alone", low=1)
    force: bool = option(False, "replace files that are not ours, or that were made from another input")
    copy_to: str | None = option(None, "copy outputs to this address as well, such as s3://bucket/out")
    reports: bool = option(False, "write the report of each fit or repair beside its result, as NAME.json")
    html: bool = option(False, "write OUT/index.html, with small pictures")
    engine: str = option(
        "local", "where meshes are worked on: on this machine, or on a Ray cluster", choices=("local", "ray")
    )
    address: str | None = option(None, "the Ray cluster's address; default: the one that RAY_ADDRESS names")

    def __post_init__(self) -> None:
        super().__post_init__()
        _part(self.shard)

    def check(self) -> None:
        """Raise UsageError for settings that exclude one another."""
        if self.address is not None and self.engine != "ray":
            raise UsageError(f"address: expected --engine ray beside it, got {self.engine}: leave one out")

    @property
    def part(self) -> tuple[int, int]:
        """`shard` as i, from 0, and n."""
        return _part(self.shard)

    @property
    def workers(self) -> int:
        """`jobs`, or as many as the cores and the free memory hold."""
        if self.jobs is not None:
            return self.jobs
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, min(cores // self.threads_each, free_bytes() // A_WORKER))


def _part(shard: str | None) -> tuple[int, int]:
    """3/8 as 2 and 8, none as the whole. Raises UsageError for anything else."""
    if shard is None:
        return 0, 1
    first, slash, last = shard.partition("/")
    if not (slash and first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last)):
        raise UsageError(f"shard: expected i/n with i from 1 to n, such as 3/8, got {shard!r}")
    return int(first) - 1, int(last)
