"""`FamilyRun`: many meshes become one network with a code for each, as one stream of events."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.errors import UsageError
from shapefield.events import Event, Notice, Stage
from shapefield.families.config import DEFAULT_BUDGET, FamilyConfig, options_for, preset_of
from shapefield.families.gathering import GatheredFamily, gather, mesh_files
from shapefield.mesh.model import UNIT_RADIUS
from shapefield.methods import method
from shapefield.storage.files import check_outputs
from shapefield.training.checkpoint import checkpoint_path
from shapefield.training.peers import ALONE, Peers
from shapefield.training.run import Run
from shapefield.training.terms import Learning, Terms

if TYPE_CHECKING:
    from shapefield.families.family import Family
    from shapefield.families.task import FamilyTask


@dataclass(frozen=True)
class FamilyJob:
    """What one fit of a family reads and writes.

    given   : mesh files, and folders of them;  output : the `.family`; its checkpoint lies beside it
    options : the model's, where they differ from its preset;  command : the line that started the run
    started : time.perf_counter() of the moment the budget counts from; None for the moment the run begins
    peers   : the processes that train it together, of which the first one writes it
    """

    given: Sequence[str | Path]
    output: Path
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    command: str = ""
    resume: bool = False
    force: bool = False
    started: float | None = None
    every: float = 0.25
    peers: Peers = ALONE


class FamilyRun(Run["Family"]):
    """One fit of a family; see `Run` for how it is driven."""

    few = 100
    few_remedy = "a longer --budget helps"
    default_budget = DEFAULT_BUDGET

    def __init__(self, job: FamilyJob, config: FamilyConfig | None = None) -> None:
        self.job, self.config = job, config or FamilyConfig()
        super().__init__(
            Terms(
                self.config.steps,
                self.config.horizon,
                self.config.budget,
                started=job.started,
                every=job.every,
                checkpoint=checkpoint_path(job.output),
                checkpoint_every=self.config.checkpoint_every,
                resume=job.resume,
                force=job.force,
                inputs=job.given,
                peers=job.peers,
            )
        )
        self.replaced: tuple[str, ...] = ()
        """What is to be told about the file that this run replaces."""
        self._task: FamilyTask | None = None
        self._gathered: GatheredFamily | None = None

    def outputs(self) -> Sequence[Path]:
        """The family's file. Raises OutputError where it may not be replaced."""
        self.replaced = check_outputs([self.job.output], self.job.force, self.job.given)
        return (self.job.output,)

    def subject(self) -> str:
        """The family."""
        return f"the family {self.job.output.name}"

    def command(self) -> str:
        """As it was given."""
        return self.job.command

    def prepare(self) -> Generator[Event, Any, Learning]:
        """Members and their samples; then the network, for which torch is loaded."""
        config, entry = self.config, method(self.config.model, "family")
        if config.normalise == "common" and not entry.can.condition:
            raise UsageError(f"normalise: expected each, as every fit has its own size, for {entry.name}, got common")
        peers = self.job.peers
        if peers.count > 1 and not entry.parts:
            raise UsageError(
                f"model: {entry.name} normalises over a whole batch: expected one process, got {peers.count}"
            )
        for line in self.replaced:
            yield Notice(line)
        gathered = self._gathered = yield from gather(mesh_files(self.job.given), config, peers)
        from shapefield.families.source import FamilySamples
        from shapefield.machine.devices import choose
        from shapefield.machine.importing import imported
        from shapefield.training.loop import TrainingPlan

        device = choose(config.device)
        preset, options = preset_of(config, device), options_for(config, self.job.options, device)
        decoder = imported(entry.module)(options, config.seed)
        source = FamilySamples(gathered, options.shapes, device, peers)
        task: FamilyTask = imported(entry.task)(decoder, options, source, config.seed, device)
        self._task = task
        plan = TrainingPlan(1000, options.rate, ema=options.ema, seed=config.seed, device=device)
        names = ("model", "align", "normalise", "holdout", "samples", "seed")
        identity = {name: getattr(config, name) for name in names}
        identity |= {"options": dataclasses.asdict(options), "preset": preset, "device": device}
        identity["shards"] = gathered.shards
        return Learning(f"{entry.name}, {source.name}", source, task, plan, identity)

    def reserve(self) -> float:
        """Seconds for the members' figures and the file."""
        return 1.0 + 0.02 * len(self._ready()[1].members)

    def finish(self) -> Generator[Event, Any, Family]:
        """The members' figures, and the file."""
        from shapefield.families.familyfile import write_family

        task, gathered = self._ready()
        yield Stage("report")
        residuals = [value / UNIT_RADIUS for value in task.residuals()]
        task.decoder.eval().requires_grad_(False)
        family = self.present()
        family.report = {
            "residual": {
                "mean": float(np.mean(residuals)),
                "worst": float(np.max(residuals)),
                "members": dict(zip(family.names, residuals, strict=True)),
            }
        }
        if self.job.peers.first:
            write_family(family, self.job.output, self.job.force)
        if gathered.held and self.job.peers.first:
            told = ", ".join(member.name for member in gathered.held)
            yield Notice(f"held out of training, for `family eval`: {told}")
        return family

    def present(self) -> Family:
        """The family as it stands, its network the one that is trained, from the stage "training" on."""
        from shapefield.families.family import Family

        task, gathered = self._ready()
        return Family(
            method(self.config.model, "family"),
            task.options,
            task.decoder,
            task.codes.detach().clone(),
            gathered.members,
            gathered.held,
            run={key: value for key, value in self.record().items() if key != "options"},
            source=self.job.given,
            reference=gathered.reference,
        )

    def _ready(self) -> tuple[FamilyTask, GatheredFamily]:
        """What `prepare` has made."""
        assert self._task is not None and self._gathered is not None
        return self._task, self._gathered
