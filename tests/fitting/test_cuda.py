"""Fits on a CUDA device: the same closed surface as on a CPU, files that a CPU reads, runs that go on."""

from pathlib import Path

import numpy as np
import pytest
from shapes import is_closed, sphere

import shapefield as sf
from shapefield.errors import InterruptedRun
from shapefield.events import Preview, Progress, Stage
from shapefield.fitting.pipeline import reconstruct
from shapefield.methods import METHODS
from shapefield.settings import fit_config

pytestmark = pytest.mark.gpu
SMALL = {"samples": 20_000, "resolution": 48, "batch": 1024, "preset": "cpu", "seed": 1, "device": "cuda"}


@pytest.mark.parametrize("amp", [False, True])
@pytest.mark.parametrize("method", ["hybrid", "hashgrid", "siren", "deepsdf", "occupancy"])
def test_a_fit_gives_a_closed_sphere(method: str, amp: bool) -> None:
    result = sf.fit(sphere(2.0, cells=24), method=method, steps=300, amp=amp, **SMALL)
    assert result.run["device"] == "cuda"
    assert is_closed(result.mesh(resolution=48))
    assert result.report["quality"]["mean"] < 4e-2


@pytest.mark.parametrize("method", [name for name, m in METHODS.items() if m.factory is None])
def test_every_method_trains_there(method: str) -> None:
    losses = []
    for event in reconstruct(sphere(2.0, cells=24), fit_config(method=method, steps=1000, **SMALL)):
        if isinstance(event, Progress) and event.stage == "training":
            losses.append(sum(event.losses.values()))
        if isinstance(event, Stage) and event.name == "surface":
            break  # so few steps are not promised to give one
    assert np.isfinite(losses).all() and min(losses) < 0.8 * losses[0]


def test_its_file_gives_a_cpu_the_same_field(tmp_path: Path) -> None:
    result = sf.fit(sphere(2.0, cells=24), steps=100, **SMALL)
    result.save(tmp_path / "ball.field")
    there = sf.load(tmp_path / "ball.field")
    points = np.random.default_rng(0).uniform(-2, 2, (1000, 3))
    np.testing.assert_allclose(there.field(points), result.field(points), atol=1e-4)
    np.testing.assert_allclose(there.gradient(points), result.gradient(points), atol=2e-2)


@pytest.mark.parametrize("preset", ["cpu", "paper", "compact"])
def test_a_coloured_mesh_with_previews_in_every_preset(preset: str) -> None:
    mesh = sphere(2.0, cells=24)
    colours = ((mesh.vertices - mesh.vertices.min(0)) / np.ptp(mesh.vertices, axis=0) * 255).astype(np.uint8)
    mesh = sf.Mesh(mesh.vertices, mesh.faces, colors=colours)
    settings = fit_config(steps=100, **SMALL | {"preset": preset})
    *events, done = reconstruct(mesh, settings, previews=0.5)
    assert any(isinstance(event, Preview) for event in events)
    found = done.result.mesh(resolution=48)
    assert found.colors is not None and np.ptp(found.colors[:, 0].astype(int)) > 100


def test_an_interrupted_run_goes_on_to_as_good_an_end(tmp_path: Path) -> None:
    """Not to the bit: atomic additions have no order."""
    settings = fit_config(steps=300, ema=0.9, **SMALL)
    files = {"mesh": tmp_path / "out.ply", "field": tmp_path / "out.field"}
    events = reconstruct(sphere(2.0, cells=24), settings, **files)
    for event in events:
        if isinstance(event, Progress) and event.stage == "training":
            break
    with pytest.raises(InterruptedRun, match="--resume"):
        events.throw(InterruptedRun("stop", 15))
    *_, done = reconstruct(sphere(2.0, cells=24), settings, resume=True, **files)
    assert done.result.run["steps_done"] == 300
    assert done.result.report["quality"]["mean"] < 1e-2
