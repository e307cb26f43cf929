"""Damaged files by the ten thousand, of every format that is read: no traceback, no hang, no blow-up.

`python -m benchmarks fuzz [--cases 50000] [--seed 0] [--keep DIR]`

One process reads them one after the other, under a limit of address space and of processor time for each. A case is
made of the seed and its number alone, so `--seed S --first N --cases 1` makes it again; should the process itself die,
the file that it was reading is left in the folder that it names at the start.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fuzz import readers  # the tests damage the same files, only fewer of them

SECONDS = 10.0
"""Processor time that one case may take."""
BYTES = 2 << 30
"""Address space that the process may take beyond what it has once every seed was read."""
Findings = list[tuple[int, str, str]]


def case(seed: int, number: int, valid: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """(kind, bytes) of a case."""
    return readers.damaged(valid, np.random.Generator(np.random.PCG64([seed, number])))


def limit_memory() -> None:
    """No more than BYTES beyond what is mapped now, where the system has such limits."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import psutil

        most = psutil.Process().memory_info().vms + BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def run(
    seed: int, first: int, cases: int, place: Path, valid: list[tuple[str, bytes]], say: Callable[[str], None] = print
) -> tuple[Counter[str], Findings, Counter[str]]:
    """(cases by kind, findings as (number, kind, complaint), what only the guards answered, by place)."""
    counts: Counter[str] = Counter()
    unforeseen: Counter[str] = Counter()
    findings: Findings = []
    slowest, spoken = (0.0, -1), time.monotonic()
    for number in range(first, first + cases):
        kind, data = case(seed, number, valid)
        began = time.process_time()
        complaint = readers.survives(place, kind, data, SECONDS, unforeseen)
        slowest = max(slowest, (time.process_time() - began, number))
        counts[kind] += 1
        if complaint:
            findings.append((number, kind, complaint))
        if time.monotonic() - spoken > 30:
            spoken = time.monotonic()
            say(f"{counts.total():,} cases, {len(findings)} findings")
    say(f"slowest case: {slowest[0]:.2f} s of processor time, number {slowest[1]}")
    return counts, findings, unforeseen


def main(arguments: list[str]) -> int:
    """Run the cases and print what was found; 1 if anything was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fuzz", description=main.__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the files of the findings")
    options = parser.parse_args(arguments)
    place = Path(tempfile.mkdtemp())
    valid = readers.readable(place)
    print(f"{len(valid):,} seeds of {len({kind for kind, _ in valid})} kinds; the file being read lies in {place}")
    findings = [(-1, kind, told) for kind, data in valid if (told := readers.survives(place, kind, data, SECONDS))]
    limit_memory()
    warnings.simplefilter("error")  # a warning that reaches the terminal is no one-line error
    counts, found, unforeseen = run(options.seed, options.first, options.cases, place, valid)
    findings += found
    shares = ", ".join(f"{kind} {count:,}" for kind, count in sorted(counts.items()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    print(
        f"{counts.total():,} cases in {time.process_time():.0f} s of processor time, at most {peak:.2f} GiB: {shares}"
    )
    print(f"{len(findings)} findings; {unforeseen.total():,} cases that only a guard answered:")
    for where, count in unforeseen.most_common(30):
        print(f"  {count:6,} {where}")
    for number, kind, complaint in findings[:50]:
        print(f"seed {options.seed} case {number} ({kind}): {complaint[:300]}")
    if options.keep:
        keep(options.seed, found, options.keep, valid)
    return 1 if findings else 0


def keep(seed: int, findings: Findings, folder: Path, valid: list[tuple[str, bytes]]) -> None:
    """Write the files of the findings."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, kind, _ in findings:
        (folder / f"{seed}-{number}.{kind}").write_bytes(case(seed, number, valid)[1])
