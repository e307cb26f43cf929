"""Damaged files by the hundred thousand, of every format that is read: no traceback, no hang, no crash, no blow-up.

`python -m benchmarks fuzz [--cases 100000] [--seed 0] [--jobs 2] [--keep DIR]`

Worker processes under a limit of address space take cases by number; a case is made of the seed and its number alone,
so `--seed S --first N --cases 1` makes it again. A worker that dies or overstays is a finding, and is replaced.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import sys
import tempfile
import time
import warnings
from collections import Counter
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from processes import readers  # the tests damage the same files, only fewer of them

SECONDS = 10.0
"""What one case may take, of wall time on a busy machine."""
BYTES = 2 << 30
"""Address space that a worker may take beyond what it has after its imports."""
BATCH = 200


def case(seed: int, number: int, valid: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """(kind, bytes) of a case."""
    return readers.damaged(valid, np.random.Generator(np.random.PCG64([seed, number])))


def work(pipe: Connection, seed: int, folder: str) -> None:
    """Take (first, last) over the pipe, answer (number, suffix, complaint or None, seconds) for every case."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        _work(pipe, seed, Path(own))


def _work(pipe: Connection, seed: int, place: Path) -> None:
    found = readers.readable(place)
    for suffix, data in found:  # imports and compilation happen before the limit counts
        complaint = readers.survives(place, suffix, data)
        if complaint:
            raise RuntimeError(f"a valid {suffix} is not read: {complaint}")
    warnings.simplefilter("error")  # a warning that reaches the terminal is no one-line error
    limit_memory()
    while (span := pipe.recv()) is not None:
        for number in range(*span):
            suffix, data = case(seed, number, found)
            pipe.send((number, suffix, None, -1.0))
            began = time.monotonic()
            complaint = readers.survives(place, suffix, data, SECONDS)
            pipe.send((number, suffix, complaint or "", time.monotonic() - began))
        pipe.send(None)


def limit_memory() -> None:
    """No more than BYTES beyond what is mapped now, where the system has such limits."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        import psutil

        most = psutil.Process().memory_info().vms + BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Worker:
    """A process and what it is at."""

    def __init__(self, context: Any, seed: int, folder: str) -> None:
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=work, args=(other, seed, folder), daemon=True)
        self.process.start()
        other.close()
        self.at: tuple[int, str] | None = None
        self.began = 0.0
        self.last = 0
        self.busy = False

    def give(self, first: int, last: int) -> None:
        self.pipe.send((first, last))
        self.last, self.busy, self.began = last, True, time.monotonic()


def run(seed: int, first: int, cases: int, jobs: int, say: Any = print) -> tuple[Counter, list[tuple[int, str, str]]]:
    """(cases by suffix, findings as (number, suffix, complaint)) of so many cases."""
    context = multiprocessing.get_context("spawn")
    counts: Counter = Counter()
    findings: list[tuple[int, str, str]] = []
    spans = [(a, min(a + BATCH, first + cases)) for a in range(first, first + cases, BATCH)][::-1]
    slowest, spoken = (0.0, -1), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        workers = [Worker(context, seed, folder) for _ in range(jobs)]
        while spans or any(w.busy for w in workers):
            for worker in workers:
                if not worker.busy and spans:
                    worker.give(*spans.pop())
            ready = wait([w.pipe for w in workers if w.busy], timeout=1.0)
            for k, worker in enumerate(workers):
                if worker.pipe in ready:
                    try:
                        told = worker.pipe.recv()
                    except (EOFError, OSError):
                        worker.process.join()
                        if worker.at is None:
                            raise RuntimeError("a worker died before its first case") from None
                        findings.append((*worker.at, f"the process died with {worker.process.exitcode}"))
                        spans.append((worker.at[0] + 1, worker.last))
                        workers[k] = Worker(context, seed, folder)
                        continue
                    if told is None:
                        worker.busy, worker.at = False, None
                        continue
                    number, suffix, complaint, seconds = told
                    worker.at, worker.began = (number, suffix), time.monotonic()
                    if seconds >= 0:
                        counts[suffix] += 1
                        slowest = max(slowest, (seconds, number))
                        if complaint:
                            findings.append((number, suffix, complaint))
                elif worker.busy and worker.at and time.monotonic() - worker.began > 3 * SECONDS:
                    findings.append((*worker.at, f"hung for more than {3 * SECONDS:g} s"))
                    spans.append((worker.at[0] + 1, worker.last))
                    worker.process.kill()
                    workers[k] = Worker(context, seed, folder)
            if time.monotonic() - spoken > 30:
                spoken = time.monotonic()
                say(f"{counts.total():,} cases, {len(findings)} findings")
        for worker in workers:
            with contextlib.suppress(OSError):
                worker.pipe.send(None)
            worker.process.join(10)
    say(f"slowest case: {slowest[0]:.2f} s, number {slowest[1]}")
    return counts, findings


def main(arguments: list[str]) -> int:
    """Run the cases and print what was found; 1 if anything was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fuzz", description=main.__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for the files of the findings")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    counts, findings = run(options.seed, options.first, options.cases, options.jobs)
    shares = ", ".join(f"{suffix} {count:,}" for suffix, count in sorted(counts.items()))
    print(f"{counts.total():,} cases in {time.monotonic() - began:.0f} s: {shares}; {len(findings)} findings")
    for number, suffix, complaint in findings[:50]:
        print(f"seed {options.seed} case {number} (.{suffix}): {complaint[:300]}")
    if options.keep and findings:
        keep(options.seed, findings, options.keep)
    return 1 if findings else 0


def keep(seed: int, findings: list[tuple[int, str, str]], folder: Path) -> None:
    """Write the files of the findings."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        found = readers.readable(Path(place))
    for number, suffix, _ in findings:
        (folder / f"{seed}-{number}.{suffix}").write_bytes(case(seed, number, found)[1])
