"""A line is learnt from points: a source, a task and a kind of run of one's own.

As a program it runs until it is done or killed: python toyrun.py OUT STEPS [--resume] prints every step and writes OUT,
the line's two numbers. As a demonstration, shapefield demo toyrun.py, it is seen on the command line and in the Lab.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from shapefield.events import Event, Notice, Preview, Progress, Stage
from shapefield.lab.board import Fact
from shapefield.storage.files import writing
from shapefield.training.checkpoint import checkpoint_path
from shapefield.training.loop import TrainingPlan
from shapefield.training.run import Run
from shapefield.training.terms import Learning, Terms

SLOPE, HEIGHT = 2.0, -0.5


class Points:
    """The source: y = SLOPE x + HEIGHT with noise. It is measured against nothing: there are only points."""

    name, digest, cost, references = "points", "points of a line", 0, {}

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """x and y, (size, 1) each."""
        x = torch.rand((size, 1), generator=generator)
        return x, SLOPE * x + HEIGHT + 0.1 * torch.randn((size, 1), generator=generator)


class LineTask:
    """The task: mean squared error of a linear layer."""

    def __init__(self, source: Points) -> None:
        self.source, self.line = source, nn.Linear(1, 1)
        nn.init.zeros_(self.line.weight), nn.init.zeros_(self.line.bias)

    def parameter_groups(self) -> list[dict[str, Any]]:
        return [{"params": list(self.line.parameters())}]

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        x, y = self.source.batch(64, generator)
        return {"error": (self.line(x) - y).square().mean()}

    def after_step(self, step: int) -> bool:
        return False

    def state(self) -> dict[str, Tensor]:
        return dict(self.line.state_dict())

    def load_state(self, state: dict[str, Tensor]) -> None:
        self.line.load_state_dict(state)


class LineRun(Run[tuple[float, float]]):
    """The run: what is learnt, and what is made of it."""

    def __init__(self, terms: Terms, out: Path | None = None, reserved: float = 0.0) -> None:
        super().__init__(terms)
        self.out, self.task, self.told, self.reserved = out, LineTask(Points()), False, reserved

    def outputs(self) -> Sequence[Path]:
        return () if self.out is None else (self.out,)

    def command(self) -> str:
        return f"toyrun {self.out}"

    def reserve(self) -> float:
        return self.reserved

    def prepare(self) -> Generator[Event, Any, Learning]:
        yield Stage("load")
        return Learning("line", self.task.source, self.task, TrainingPlan(1, 0.05), {})

    def preview(self, step: int) -> Event | None:
        import numpy as np

        return Preview(np.zeros((0, 3)), np.zeros((0, 3), np.int64), step, 1)

    def notices(self) -> Generator[str, None, None]:
        if self.step >= 5 and not self.told:
            self.told = True
            yield "five steps done"

    def finish(self) -> Generator[Event, Any, tuple[float, float]]:
        yield Stage("report")
        found = self.task.line.weight.item(), self.task.line.bias.item()
        if self.out is not None:
            with writing(self.out, "w") as file:
                file.write(f"{found[0]!r} {found[1]!r}\nmade by shapefield\n")
        return found


def run(options: object) -> Generator[Any, Any, None]:
    """The demonstration."""
    found = yield from LineRun(Terms(400, every=0.0)).stages()
    yield Fact("slope", found[0], at_least=SLOPE - 0.1, at_most=SLOPE + 0.1)


def main(out: Path, steps: int, resume: bool) -> None:
    """Run to the end, one line a step."""
    terms = Terms(steps, every=0.0, checkpoint=checkpoint_path(out), checkpoint_every=1e-9, resume=resume)
    for event in LineRun(terms, out).events():
        if isinstance(event, Progress):
            print(int(event.done), flush=True)  # noqa: T201
        elif isinstance(event, Notice):
            print(event.message, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), "--resume" in sys.argv)
