"""shapefield's own two ways, from a damaged PLY to a mesh file: `repair`, and a whole fit. A process serves one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

STEPS, SAMPLES, RESOLUTION = 200, 60_000, 128


def repair(source: Path, place: Path) -> None:
    """`shapefield repair`, as it is by default: its file is what is judged."""
    from shapefield.cli.main import main

    if code := main(["repair", str(source), "-o", str(place), "--force", "--quiet"]):
        raise RuntimeError(f"exit code {code}")


def fit(source: Path, place: Path) -> None:
    """A whole fit, hybrid, of few steps: what `shapefield fit` does, without its report."""
    import torch

    from shapefield.events import Stage
    from shapefield.fitting.pipeline import Job, reconstruct
    from shapefield.settings import fit_config

    torch.set_num_threads(1)
    config = fit_config(steps=STEPS, samples=SAMPLES, resolution=RESOLUTION, checkpoint_every=0)
    for event in reconstruct(Job(source, mesh=place, force=True), config):
        if isinstance(event, Stage) and event.name == "report":
            return


OURS: dict[str, Callable[[Path, Path], None]] = {"repair": repair, "fit": fit}


def serve(name: str) -> None:
    """As `peers.serve` does: `source<TAB>place` in, `ok` or what went wrong out; all else goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        source, place = line.rstrip("\n").split("\t")
        try:
            OURS[name](Path(source), Path(place))
            answer = "ok"
        except Exception as error:
            answer = f"error: {type(error).__name__}: {' '.join(str(error).split())[:160]}"
        answers.write(answer + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
