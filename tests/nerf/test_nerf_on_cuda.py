"""Radiance fields on a CUDA device: every model learns there, its file is read by a CPU, its run goes on."""

from pathlib import Path

import pytest
from shapes import sphere

from shapefield.errors import InterruptedRun
from shapefield.events import Progress
from shapefield.nerf import synthetic
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.pipeline import train
from shapefield.nerf.result import MODEL_FILE, load
from shapefield.nerf.synthetic_config import DatasetConfig

pytestmark = pytest.mark.gpu
SMALL = {
    "grid": {"coarse": 16, "fine": 40, "growths": 1},
    "neus": {"coarse": 16, "fine": 32, "growths": 1},
    "volsdf": {"coarse": 16, "fine": 32, "growths": 1},
    "classic": {"width": 16, "depth": 2, "coarse_samples": 8, "fine_samples": 8},
}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ball, 20 views of 40 x 40 pixels."""
    pytest.importorskip("open3d")
    folder = tmp_path_factory.mktemp("ball")
    list(synthetic.make(sphere(0.8), folder, DatasetConfig(views=20, held_out=3, size=40, supersample=2)))
    return folder


@pytest.mark.parametrize("model", list(SMALL))
def test_every_model_learns_the_ball(model: str, scene: Path, tmp_path: Path) -> None:
    config = NerfConfig(model=model, steps=250, rays=512, preview_every=0.0, device="cuda")
    *_, done = train(scene, config, run=tmp_path / "run", options=SMALL[model])
    goal = {"classic": 12.0}.get(model, 20.0)
    assert done.result.report["psnr"] > goal
    there = load(tmp_path / "run")
    assert there.device == "cpu" and (tmp_path / "run" / MODEL_FILE).exists()


def test_an_interrupted_training_goes_on(scene: Path, tmp_path: Path) -> None:
    config = NerfConfig(model="grid", steps=250, rays=512, preview_every=0.0, device="cuda")
    events = train(scene, config, run=tmp_path / "run", options=SMALL["grid"])
    for event in events:
        if isinstance(event, Progress) and event.stage == "training":
            break
    with pytest.raises(InterruptedRun):
        events.throw(InterruptedRun("stop", 15))
    *_, done = train(scene, config, run=tmp_path / "run", options=SMALL["grid"], resume=True)
    assert done.result.report["psnr"] > 20.0
