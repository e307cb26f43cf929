"""Radiance fields on a CUDA device: every model learns there, its file is read by a CPU, its run goes on."""

from pathlib import Path

import pytest
from radiance import SMALL, pictured

from shapefield.errors import InterruptedRun
from shapefield.events import Progress
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.pipeline import train
from shapefield.nerf.result import MODEL_FILE, load

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ball, 20 views of 40 x 40 pixels."""
    pytest.importorskip("open3d")
    return pictured(tmp_path_factory.mktemp("ball"))


@pytest.mark.parametrize("model", list(SMALL))
def test_every_model_learns_the_ball(model: str, scene: Path, tmp_path: Path) -> None:
    config = NerfConfig(model=model, preset="cpu", steps=250, rays=512, preview_every=0.0, device="cuda")
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
