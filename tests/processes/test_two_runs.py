"""Two runs on one output: the second ends with one line and leaves everything as it is."""

from pathlib import Path

import numpy as np
import posed
import pytest
from PIL import Image
from processes.program import QUICK, one_line, run
from shapes import sphere

import shapefield as sf
from shapefield.mesh.writing import write
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.pipeline import train
from shapefield.storage.files import lock

COMMANDS = {
    "fit": ("fit", "ball.obj", "-o", "out.ply", "--field", "out.field", *QUICK),
    "extract": ("extract", "ball.field", "-o", "out.ply"),
    "sample": ("sample", "ball.obj", "-o", "out.npz"),
    "compare": ("compare", "ball.obj", "-o", "other.html"),
    "demo": ("demo", "heat"),
    "image fit": ("image", "fit", "grey.png", "-o", "out.field"),
    "image render": ("image", "render", "picture.field", "-o", "out.png"),
    "image inpaint": ("image", "inpaint", "grey.png", "--mask", "grey.png", "-o", "out.png"),
    "image compress": ("image", "compress", "grey.png", "--bytes", "2000", "-o", "out.field"),
    "image gradient": ("image", "gradient", "picture.field", "-o", "out"),
    "nerf train": ("nerf", "train", "scene", "-o", "run"),
    "nerf render": ("nerf", "render", "run", "-o", "frames"),
    "nerf export": ("nerf", "export", "run", "-o", "out.ply"),
    "nerf dataset": ("nerf", "dataset", "ball.obj", "-o", "dataset"),
}
HELD = {
    "fit": "out.field",
    "compare": "results.csv",
    "demo": "heat.png",
    "image gradient": "out.laplacian.png",
    "nerf train": "run",
    "nerf render": "frames",
    "nerf dataset": "dataset",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every command needs: a mesh, its field, a picture, its field, a posed scene and a run on it."""
    place = tmp_path_factory.mktemp("two")
    ball = sphere(2.0, cells=8)
    write(ball, place / "ball.obj")
    sf.fit(ball, steps=2, samples=5000, resolution=32, batch=512, table=8, levels=2).save(place / "ball.field")
    Image.fromarray(np.full((12, 12), 90, np.uint8)).save(place / "grey.png")
    assert run(place, "image", "fit", "grey.png", "-o", "picture.field", "--steps", "2").returncode == 0
    posed.blender(place / "scene")
    for _ in train(place / "scene", NerfConfig(steps=2, rays=64, preview_every=0.0), run=place / "run"):
        pass
    (place / "frames").mkdir()
    (place / "dataset").mkdir()
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_the_second_run_ends_with_one_line(folder: Path, command: str) -> None:
    words = COMMANDS[command]
    held = HELD.get(command, words[-1] if words[-2] == "-o" else "")
    before = sorted(folder.rglob("*"))
    with lock(folder / held):
        done = run(folder, *words)
    assert (done.returncode, done.stdout) == (6, ""), done.stderr
    assert f"{Path(held).name}: another shapefield run is writing it" in one_line(done.stderr)
    assert sorted(folder.rglob("*")) == before
