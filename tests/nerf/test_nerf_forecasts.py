"""What a NeRF job needs is asked for before it is allocated: one line with both figures, and exit code 4."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from processes.program import one_line, start
from shapes import sphere

from shapefield.cli.main import main
from shapefield.errors import ResourceError
from shapefield.machine import memory
from shapefield.mesh.writing import write
from shapefield.methods.radiance import ClassicOptions, GridOptions, SurfaceOptions
from shapefield.nerf import forecasting, synthetic
from shapefield.nerf.cameras import Camera, looking_at
from shapefield.nerf.synthetic_config import DatasetConfig

GB = 1_000_000_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene of a ball and a run trained on it, in `scene` and `run`."""
    folder = tmp_path_factory.mktemp("forecast")
    list(synthetic.make(sphere(0.8), folder / "scene", DatasetConfig(views=4, held_out=1, size=16, supersample=1)))
    small = ["--set", "coarse=8", "--set", "fine=8", "--quiet"]
    assert main(["nerf", "train", str(folder / "scene"), "-o", str(folder / "run"), "--steps", "5", *small]) == 0
    return folder


def refused(arguments: list, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of a job that is refused for its memory."""
    assert main([str(a) for a in arguments]) == 4
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert re.search(r"expected [\d.]+ [MG]B of free memory, got [\d.]+ [MG]B: ", said), said
    return said


def test_every_stage_is_refused_before_it_allocates(run: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 2 * GB)
    ball = run / "ball.ply"
    write(sphere(0.8), ball, force=True)
    train = ["nerf", "train", run / "scene", "-o", run / "again", "--steps", "5", "--quiet"]
    assert "a grid of 1000³ cells" in refused([*train, "--set", "fine=1000"], capsys)
    assert "rays" in refused([*train, "--model", "classic", "--rays", "1000000"], capsys)
    wide = ["nerf", "render", run / "run", "-o", run / "views", "--path", "orbit", "--width", "16384", "--quiet"]
    assert "a frame of 16,384x16,384 pixels" in refused(wide, capsys)
    cloud = ["nerf", "export", run / "run", "-o", run / "cloud.ply", "--points", "--count", str(10**9), "--quiet"]
    assert "1,000,000,000 points" in refused(cloud, capsys)
    made = ["nerf", "dataset", ball, "-o", run / "large", "--size", "8192", "--quiet"]
    assert "a picture of 8,192x8,192 pixels" in refused(made, capsys)


def test_pictures_are_asked_for_at_their_working_size(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 2 * GB)
    pose = looking_at(np.array([0.0, -3.0, 0.0]), np.zeros(3))
    cameras = [Camera(pose, 5000.0, 5000.0, 3000.0, 2000.0, 6000, 4000)] * 100
    with pytest.raises(ResourceError, match="100 pictures"):
        forecasting.require_pictures(cameras, 1.0)
    forecasting.require_pictures(cameras, 16.0)


def test_the_defaults_fit_into_a_small_machine(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 2 * GB)
    for options in (GridOptions(), ClassicOptions(), SurfaceOptions()):
        forecasting.require_training(options, options.rays, False)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS")
def test_a_limit_of_the_address_space_ends_in_one_line(run: Path):
    code = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (3_000_000_000,) * 2)"
    words = ("nerf", "render", "run", "-o", "limited", "--path", "orbit", "--frames", "1", "--width", "8000")
    with start(run, *words, code=code) as process:
        _, err = process.communicate()
    assert process.returncode == 4, err
    assert "a frame of 8,000x8,000 pixels: expected" in one_line(err)
