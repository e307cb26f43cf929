"""Weights that fits start from: where they are moved to, and what a fit does with them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from boxfamily import CORNERS, SIDES

import shapefield as sf
from shapefield.cli.main import main
from shapefield.errors import InputError, UsageError
from shapefield.events import Done
from shapefield.families.config import FamilyConfig
from shapefield.families.familyfile import read_family
from shapefield.families.initial import InitialTask, MamlTask, ReptileTask, build
from shapefield.families.pipeline import FamilyJob, FamilyRun
from shapefield.families.source import FamilyBatch
from shapefield.mesh.model import Mesh
from shapefield.methods import METHODS, InitialOptions
from shapefield.methods.options import STARTED
from shapefield.settings import fit_config
from shapefield.training.adam import Adam
from shapefield.training.objectives import clamped_l1

SMALL: dict[str, Any] = {"width": 16, "depth": 1, "points": 64, "inner_steps": 4}


class Spheres:
    """Two spheres about the origin, as `FamilySamples` are; the first ten samples lie on the surface."""

    surface, shapes, count = 10, 2, 2

    def __init__(self) -> None:
        self.points = torch.rand(2, 200, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
        radii = torch.tensor([0.4, 0.6])[:, None]
        self.points[:, :10] *= radii[..., None] / self.points[:, :10].norm(dim=2, keepdim=True)
        self.distances = self.points.norm(dim=2) - radii

    def batch(self, size: int, generator: torch.Generator) -> FamilyBatch:
        rows = torch.randint(200, (size // 2,), generator=generator)
        return FamilyBatch(torch.arange(2), self.points[:, rows], self.distances[:, rows])


def task_of(kind: type[InitialTask], **options) -> InitialTask:
    made = InitialOptions(**(SMALL | options))
    return kind(build(made), made, Spheres(), 0, "cpu")  # type: ignore[arg-type] - what is asked of samples, and no more


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([w.detach().flatten() for w in network.parameters()])


def slope(task: InitialTask) -> torch.Tensor:
    """What `losses` says of the start's weights."""
    loss = task.losses(0, torch.Generator().manual_seed(1))["distance"]
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(task.decoder.parameters()))])


def test_every_method_of_distances_without_a_prior_can_be_started() -> None:
    can = {m.name for m in METHODS.values() if m.value == "distance" and m.can.prior is None and m.factory is None}
    assert set(STARTED) == can


def test_reptile_goes_to_where_adam_s_steps_on_each_shape_end() -> None:
    task, generator = task_of(ReptileTask), torch.Generator().manual_seed(1)
    batch, start, ends = task.source.batch(2 * 64 * 5, generator), weights(task.decoder), []
    for points, distances in zip(batch.points, batch.distances, strict=True):
        network = build(task.options)
        optimiser = Adam([{"params": network.parameters()}])
        for k in range(4):
            optimiser.clear()
            part = slice(64 * k, 64 * k + 64)
            clamped_l1(network(points[part])[:, 0], distances[part], 0.0).backward()
            optimiser.step(METHODS["siren"].recipe.rate)
        ends.append(weights(network))
    torch.testing.assert_close(slope(task), start - (ends[0] + ends[1]) / 2, rtol=1e-3, atol=1e-7)


def test_maml_without_a_way_to_go_is_the_loss_s_own_slope() -> None:
    task = task_of(MamlTask, inner_rate=1e-6, inner_steps=1)
    batch = task.source.batch(2 * 64 * 2, torch.Generator().manual_seed(1))
    network = build(task.options)
    for points, distances in zip(batch.points[:, 64:], batch.distances[:, 64:], strict=True):
        (clamped_l1(network(points)[:, 0], distances, 0.0) / 2).backward()
    plain = torch.cat([w.grad.flatten() for w in network.parameters() if w.grad is not None])
    torch.testing.assert_close(slope(task), plain, rtol=1e-3, atol=1e-5)


@pytest.fixture(scope="module")
def start(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A start of a small siren for boxes."""
    place = tmp_path_factory.mktemp("start") / "boxes.family"
    config = FamilyConfig(model="reptile", steps=150, samples=1000, device="cpu", checkpoint_every=0)
    list(FamilyRun(FamilyJob([folder], place, SMALL), config).events())
    return place


def test_what_is_learnt_is_nearer_after_the_same_few_steps(start: Path, folder: Path, tmp_path: Path) -> None:
    config = FamilyConfig(model="reptile", steps=1, samples=1000, device="cpu", checkpoint_every=0)
    *_, last = FamilyRun(FamilyJob([folder], tmp_path / "raw.family", SMALL), config).events()
    assert isinstance(last, Done)
    assert read_family(start).report["residual"]["mean"] < 0.7 * last.result.report["residual"]["mean"]


def test_a_fit_begins_with_the_start_s_weights_and_takes_its_method(start: Path) -> None:
    box = Mesh(CORNERS * 3 + 7, np.array(SIDES))
    found = sf.fit(box, init=str(start), steps=1, rate=1e-8, samples=1000, resolution=8)
    assert (found.method.name, found.options.width, found.options.depth) == ("siren", 16, 1)
    torch.testing.assert_close(weights(found.module), weights(read_family(start).decoder), atol=1e-7, rtol=0)


def test_what_does_not_go_with_a_start_is_told(start: Path, trained: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"method: expected siren, as .*boxes\.family starts, got hybrid"):
        fit_config(init=str(start), method="hybrid")
    with pytest.raises(UsageError, match=r"width: expected 16, as .* starts, got 32"):
        fit_config(init=str(start), width=32)
    with pytest.raises(UsageError, match=r"init: expected a \.family that `family fit --model reptile` made"):
        fit_config(init=str(trained))
    with pytest.raises(InputError, match="expected a family with codes, got weights to start fits from"):
        sf.Family.load(start)
    assert main(["fit", str(folder / "box0.ply"), "--init", str(tmp_path / "none.family")]) == 3
    words = ["--model", "reptile", "--normalise", "common", "-o", str(tmp_path / "c.family")]
    assert main(["family", "fit", str(folder), *words]) == 2
