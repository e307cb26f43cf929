"""Several processes train one family: what each draws, and that the result is that of one."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from boxfamily import TINY, until_end

import shapefield as sf
from shapefield.cli.main import main
from shapefield.driving import finish
from shapefield.errors import UsageError
from shapefield.families.config import FamilyConfig
from shapefield.families.decoder import build
from shapefield.families.familyfile import read_family
from shapefield.families.gathering import GatheredFamily, gather
from shapefield.families.source import FamilySamples
from shapefield.families.task import AutoDecoderTask
from shapefield.methods import AutoDecoderOptions
from shapefield.training.peers import Peers


class Second(Peers):
    """A process of two that hears of nobody else."""

    def gathered(self, value):
        return [value]


@pytest.fixture(scope="module")
def gathered(folder: Path) -> GatheredFamily:
    return finish(gather(sorted(folder.glob("box*.ply")), FamilyConfig(samples=1000, shards=2)))


def part_of(gathered: GatheredFamily, rank: int) -> GatheredFamily:
    """What process `rank` of two holds of it."""
    drawn = [k for k, group in enumerate(gathered.groups) if group == rank]
    return replace(gathered, drawn=drawn, points=gathered.points[drawn], distances=gathered.distances[drawn])


def test_the_parts_of_a_batch_are_the_batch_and_their_mean_slope_its_slope(gathered: GatheredFamily) -> None:
    sizes: dict[str, Any] = TINY | {"shapes": 4}
    options, slopes, batches = AutoDecoderOptions(**sizes), [], []
    sources = [FamilySamples(gathered, 4, "cpu")]
    sources += [FamilySamples(part_of(gathered, k), 4, "cpu", Second(k, 2)) for k in (0, 1)]
    for source in sources:
        batches.append(source.batch(4 * 64, torch.Generator().manual_seed(3)))
        task = AutoDecoderTask(build(options), options, source, 0, "cpu")
        sum(task.losses(0, torch.Generator().manual_seed(3)).values()).backward()
        slopes.append(torch.cat([p.grad.flatten() for g in task.parameter_groups() for p in g["params"]]))
    whole, *parts = batches
    assert [len(part.shapes) for part in parts] == [2, 2] and len(set(whole.shapes.tolist())) == 4
    for a, b in zip(whole, zip(*parts, strict=True), strict=True):
        assert torch.equal(a, torch.cat(b))
    torch.testing.assert_close(slopes[0], (slopes[1] + slopes[2]) / 2, rtol=1e-5, atol=1e-8)


def test_groups_that_processes_cannot_share_are_told(folder: Path, gathered: GatheredFamily) -> None:
    with pytest.raises(UsageError, match="shards: expected a multiple of the 2 processes, got 3"):
        list(until_end(gather([folder / "box0.ply"], FamilyConfig(shards=3), Peers(0, 2))))
    with pytest.raises(UsageError, match="shards: expected a member of each of 9, got none of one"):
        FamilySamples(replace(gathered, shards=9), 4, "cpu")


def words(folder: Path, output: Path, *more: str) -> list[str]:
    options = [f"--set={name}={value}" for name, value in (TINY | {"shapes": 4}).items()]
    return ["family", "fit", str(folder), "-o", str(output), "--model", "deepsdf", "--samples", "2000", *options, *more]


def started(*line: str) -> subprocess.Popen:
    """The command in two processes."""
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "shapefield"]
    root = str(Path(sf.__file__).parents[1])
    return subprocess.Popen([*run, *line], env=os.environ | {"PYTHONPATH": root}, start_new_session=True)


@pytest.mark.slow
def test_two_processes_give_what_one_gives_to_a_hundred_thousandth(folder: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.family", tmp_path / "two.family"
    assert main(words(folder, one, "--shards", "2", "--steps", "60", "-q")) == 0
    assert started(*words(folder, two, "--steps", "60", "-q")).wait(300) == 0
    a, b = read_family(one), read_family(two)
    torch.testing.assert_close(a.codes, b.codes, rtol=1e-4, atol=1e-5)
    for name, tensor in a.decoder.state_dict().items():
        torch.testing.assert_close(b.decoder.state_dict()[name], tensor, rtol=1e-4, atol=1e-5)
    assert a.report["residual"]["mean"] == pytest.approx(b.report["residual"]["mean"], rel=1e-3)
    assert [m.name for m in a.members] == [m.name for m in b.members]


@pytest.mark.slow
def test_a_run_of_which_one_process_was_killed_goes_on_to_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    whole, killed = tmp_path / "whole.family", tmp_path / "killed.family"
    assert started(*words(folder, whole, "--steps", "400", "-q")).wait(300) == 0
    run = started(*words(folder, killed, "--steps", "400", "-q", "--checkpoint-every", "0.01"))
    checkpoint = Path(f"{killed}.checkpoint")
    until = time.monotonic() + 300
    while not checkpoint.exists() and time.monotonic() < until:
        time.sleep(0.01)
    workers = [p for p in psutil.Process(run.pid).children() if "shapefield" in p.cmdline()]
    os.kill(workers[-1].pid, signal.SIGKILL)
    assert run.wait(300) != 0 and checkpoint.exists() and not killed.exists()
    shutil.copy(checkpoint, tmp_path / "copy")
    assert started(*words(folder, killed, "--steps", "400", "-q", "--resume")).wait(300) == 0
    assert killed.read_bytes() == whole.read_bytes() and not checkpoint.exists()
