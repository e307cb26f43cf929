"""`kill -9` at random moments of real fits, some of them while they save; resumed runs must end bit-identical.

`python -m benchmarks kills [--kills 50] [--mesh M] [--seed 0]`: fits a mesh once undisturbed, then again and again with
`--resume`, killing the process until the kills are used up. After every kill the folder is looked at: nothing half
written under a final name, a checkpoint that opens, and its age. Every life that reaches its end is compared with the
undisturbed one: the mesh's bytes and every weight.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shapefield.storage.container import checksum, read_container
from shapefield.training.checkpoint import checkpoint_path, read_checkpoint

EVERY = 0.5
"""Seconds of work between two checkpoints."""
SLACK = 1.0
"""Seconds by which a checkpoint may be older: a step, its writing, and a busy machine."""


@dataclass
class Tally:
    """What was seen. ages : seconds between the last checkpoint and the kill, of kills in training"""

    kills: int = 0
    in_training: int = 0
    while_saving: int = 0
    lives: int = 0
    ages: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Trial:
    """A fit that is killed and resumed in `folder`."""

    mesh: Path
    folder: Path
    settings: tuple[str, ...]

    @property
    def surface(self) -> Path:
        return self.folder / "out.ply"

    @property
    def field(self) -> Path:
        return self.folder / "out.field"

    @property
    def checkpoint(self) -> Path:
        return checkpoint_path(self.field)

    def start(self) -> subprocess.Popen:
        """The real program, in a process of its own."""
        words = ["fit", str(self.mesh), "-o", "out.ply", "--field", "out.field", "--resume", "--quiet"]
        command = [sys.executable, "-m", "shapefield", *words, *self.settings]
        root = str(Path(__file__).parents[1])
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
        return subprocess.Popen(command, cwd=self.folder, stderr=subprocess.PIPE, text=True, env=environment)

    def outcome(self) -> tuple[str, str]:
        """Hashes of the mesh's bytes and of the field's weights."""
        _, tensors = read_container(self.field, "field")
        return hashlib.sha256(self.surface.read_bytes()).hexdigest(), checksum("", tensors)

    def saving(self) -> bool:
        """Whether a checkpoint is being written at this moment."""
        return any(name.endswith(".part") and ".checkpoint." in name for name in os.listdir(self.folder))

    def clear(self) -> None:
        """Begin a new life."""
        for path in self.folder.iterdir():
            path.unlink()


def killed(trial: Trial, dice: random.Random, length: float, tally: Tally, seen: tuple[str, str]) -> None:
    """One process, killed at a random moment, or in the middle of a save; or one that gets through."""
    at, wants_save = dice.uniform(0.0, 1.1 * length), dice.random() < 0.3
    began, wall = time.monotonic(), time.time()
    process = trial.start()
    while process.poll() is None and (time.monotonic() - began < at or wants_save):
        if wants_save and time.monotonic() - began > min(at, 0.8 * length) and trial.saving():
            break
        time.sleep(0.001 if wants_save else 0.02)
    saving = trial.saving()
    process.kill()
    error = process.communicate()[1]
    if process.returncode == 0:
        finished(trial, tally, seen)
    elif process.returncode != -9:
        tally.faults.append(f"ended with {process.returncode}: {error.strip()[-300:]}")
        trial.clear()
    else:
        tally.kills += 1
        tally.while_saving += saving
        examine(trial, tally, wall, seen)


def finished(trial: Trial, tally: Tally, seen: tuple[str, str]) -> None:
    """A life that reached its end: is it the undisturbed one's, to the bit?"""
    tally.lives += 1
    if trial.outcome() != seen:
        tally.faults.append("a resumed run ended otherwise than the undisturbed one")
    left = sorted(p.name for p in trial.folder.iterdir() if p not in (trial.surface, trial.field))
    if left:
        tally.faults.append(f"left behind: {left}")
    trial.clear()


def examine(trial: Trial, tally: Tally, began: float, seen: tuple[str, str]) -> None:
    """The folder after a kill."""
    now = time.time()
    if trial.surface.exists() and hashlib.sha256(trial.surface.read_bytes()).hexdigest() != seen[0]:
        tally.faults.append("a mesh under its final name that is not the undisturbed one")
    if trial.field.exists() and trial.outcome() != seen:
        tally.faults.append("a field under its final name that is not the undisturbed one")
    if not trial.checkpoint.exists():
        return
    try:
        identity, state, _ = read_checkpoint(trial.checkpoint)
    except Exception as error:  # whatever it is, it is what this benchmark looks for
        tally.faults.append(f"a checkpoint that does not open: {error}")
        trial.clear()
        return
    saved = trial.checkpoint.stat().st_mtime
    if saved > began and state["numbers"]["step"] < identity["steps"]:
        tally.in_training += 1
        tally.ages.append(now - saved)
        if now - saved > EVERY + SLACK:
            tally.faults.append(f"a checkpoint {now - saved:.1f} s old where {EVERY} s were asked for")


def run(mesh: Path, settings: tuple[str, ...], kills: int, seed: int, say: Callable[[str], object] = print) -> Tally:
    """The whole trial."""
    dice, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory() as place:
        trial = Trial(mesh.resolve(), Path(place), (*settings, "--checkpoint-every", str(EVERY)))
        began = time.monotonic()
        process = trial.start()
        error = process.communicate()[1]
        if process.returncode:
            tally.faults.append(error.strip())
            return tally
        length, seen = time.monotonic() - began, trial.outcome()
        trial.clear()
        say(f"undisturbed: {length:.1f} s")
        while tally.kills < kills and len(tally.faults) < 5:
            killed(trial, dice, length, tally, seen)
            if tally.kills % 10 == 0:
                say(f"{tally.kills} kills, {tally.lives} lives to their end, {len(tally.faults)} faults")
        process = trial.start()
        error = process.communicate()[1]
        if process.returncode:
            tally.faults.append(f"the last resume ended with {process.returncode}: {error.strip()[-300:]}")
        else:
            finished(trial, tally, seen)
    return tally


def main(arguments: list[str]) -> int:
    """Kill, resume, compare; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks kills", description=main.__doc__)
    parser.add_argument("--mesh", default="sample_meshes/vase.obj")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--steps", default="400")
    parser.add_argument("--method", default="hybrid")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    settings = ("--method", options.method, "--steps", options.steps, "--samples", "50000", "--resolution", "48")
    tally = run(Path(options.mesh), settings, options.kills, options.seed)
    oldest = max(tally.ages, default=0.0)
    print(
        f"{tally.kills} kills, {tally.in_training} in training, {tally.while_saving} while saving; oldest checkpoint "
        f"{oldest:.2f} s (every {EVERY} s); {tally.lives} lives to their end, all bit-identical: {not tally.faults}"
    )
    for fault in tally.faults:
        print(f"FAULT: {fault}")
    return 1 if tally.faults else 0
