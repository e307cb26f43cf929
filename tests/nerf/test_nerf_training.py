"""Whole trainings on tiny scenes: new views, meshes near the truth, resume to the bit, budgets, exit codes."""

import json
import shlex
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from radiance import CENTER, RADIUS, SMALL, pictured
from shapes import sphere

from shapefield.cli.main import main
from shapefield.config import ExtractionConfig
from shapefield.errors import InterruptedRun, NoSurfaceError, OutputError
from shapefield.events import FINISH, Done, Notice, Progress
from shapefield.nerf import export, photographs
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.pipeline import NerfJob, SceneRun, train
from shapefield.nerf.result import CHECKPOINT_FILE, MODEL_FILE, NerfResult, load
from shapefield.nerf.synthetic_config import DatasetConfig
from shapefield.training.checkpoint import read_checkpoint


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ball off the origin, 20 views of 40 x 40 pixels."""
    return pictured(tmp_path_factory.mktemp("ball"))


def finished(source: Path, model: str, steps: int, run: Path | None = None, **more) -> NerfResult:
    config = NerfConfig(model=model, steps=steps, rays=512, preview_every=0.0)
    *_, last = train(source, config, run=run, options=SMALL[model], **more)
    assert isinstance(last, Done)
    return last.result


def test_a_field_that_learnt_nothing_asks_for_more_training(scene: Path, monkeypatch: pytest.MonkeyPatch):
    result = finished(scene, "neus", 1)
    monkeypatch.setattr(result.field, "surface_value", lambda points: torch.ones(len(points)))
    with pytest.raises(NoSurfaceError, match="none after 1 step: train it longer"):
        list(export.mesh(result, ExtractionConfig(resolution=16)))
    with pytest.raises(NoSurfaceError, match="change the level"):
        list(export.mesh(result, ExtractionConfig(resolution=16, level=0.5)))


@pytest.mark.parametrize("model", ["grid", "neus", "volsdf"])
def test_exported_mesh_is_the_ball_in_the_datasets_own_frame(model: str, scene: Path):
    result = finished(scene, model, 250)
    assert result.report["psnr"] > 20.0
    job = export.mesh(result, ExtractionConfig(resolution=48, largest=True))
    while True:
        try:
            next(job)
        except StopIteration as stop:
            made = stop.value
            break
    off = np.linalg.norm(made.vertices - CENTER, axis=1) - RADIUS
    diagonal = 2.0 * RADIUS * np.sqrt(3.0)
    assert np.abs(off).mean() < 0.02 * diagonal
    assert made.colors is not None and len(made.colors) == len(made.vertices)
    volume = np.einsum("ij,ij->i", made.vertices[made.faces[:, 0]] - CENTER, made.face_vectors).sum() / 6.0
    assert 0.8 < volume / (4.0 / 3.0 * np.pi * RADIUS**3) < 1.2


@pytest.mark.parametrize("model", SMALL)
def test_resumed_run_is_the_uninterrupted_one_to_the_bit(model: str, scene: Path, tmp_path: Path):
    """Interrupted before the grid has grown, resumed over its growth."""
    whole = finished(scene, model, 24)
    config = NerfConfig(model=model, steps=24, rays=512, preview_every=0.0)
    job = NerfJob(scene, tmp_path / "run", SMALL[model], every=0.0)
    events = SceneRun(job, config).events()
    with pytest.raises(InterruptedRun, match="--resume"):
        for event in events:
            if isinstance(event, Progress) and event.stage == "training" and event.done == 9:
                events.throw(InterruptedRun("stop", signal.SIGTERM))
    assert (tmp_path / "run" / CHECKPOINT_FILE).exists() and not (tmp_path / "run" / MODEL_FILE).exists()
    again = finished(scene, model, 24, tmp_path / "run", resume=True)
    assert not (tmp_path / "run" / CHECKPOINT_FILE).exists()
    for name, value in whole.field.tensors().items():
        assert np.array_equal(value.detach().numpy(), again.field.tensors()[name].detach().numpy()), name


def test_the_line_an_interrupted_run_prints_resumes_it(scene: Path, tmp_path: Path):
    config = NerfConfig(steps=6, rays=300, rate=0.4, seed=5, preview_every=0.0)
    events = SceneRun(NerfJob(scene, tmp_path / "a run", SMALL["grid"], every=0.0), config).events()
    with pytest.raises(InterruptedRun) as caught:
        for event in events:
            if isinstance(event, Progress) and event.stage == "training":
                events.throw(InterruptedRun("stop", signal.SIGINT))
    assert caught.value.exit_code == 130
    words = shlex.split(str(caught.value).split("to continue: ")[1])
    assert words[:2] == ["shapefield", "nerf"] and main([*words[1:], "--quiet"]) == 0
    assert load(tmp_path / "a run").run["steps_done"] == 6


def test_a_resumed_run_has_the_threads_it_had_however_often(scene: Path, tmp_path: Path):
    import torch

    now = torch.get_num_threads()
    for step in (2, 4):
        torch.set_num_threads(now + 1 if step == 2 else now)
        config = NerfConfig(steps=6, rays=300, preview_every=0.0)
        job = NerfJob(scene, tmp_path / "run", SMALL["grid"], resume=step > 2, every=0.0)
        events = SceneRun(job, config).events()
        with pytest.raises(InterruptedRun):
            for event in events:
                if isinstance(event, Progress) and event.stage == "training" and event.done == step:
                    assert torch.get_num_threads() == now + 1
                    events.throw(InterruptedRun("stop", signal.SIGINT))
        torch.set_num_threads(now)
        assert read_checkpoint(tmp_path / "run" / CHECKPOINT_FILE)[0]["threads"] == now + 1


def test_a_run_whose_checkpoint_cannot_be_written_goes_on(scene: Path, tmp_path: Path, monkeypatch):
    def full(*_: object) -> None:
        raise OutputError("the disk is full")

    monkeypatch.setattr("shapefield.training.checkpoint.write_checkpoint", full)
    config = NerfConfig(steps=12, rays=300, preview_every=0.0, checkpoint_every=1e-6)
    events = list(train(scene, config, run=tmp_path / "run", options=SMALL["grid"], every=0.0))
    told = [e.message for e in events if isinstance(e, Notice) and "no checkpoint" in e.message]
    assert len(told) == 1 and "the disk is full" in told[0]
    assert isinstance(events[-1], Done) and (tmp_path / "run" / MODEL_FILE).is_file()


def test_saved_run_renders_the_same_picture(scene: Path, tmp_path: Path):
    from shapefield.nerf import datasets
    from shapefield.nerf.views import picture

    made = finished(scene, "grid", 30, tmp_path / "run")
    camera = datasets.read(scene).test[0].camera
    assert np.array_equal(picture(made, camera).rgb, picture(load(tmp_path / "run"), camera).rgb)


def test_finish_ends_training_and_still_reports(scene: Path):
    config = NerfConfig(steps=100_000, rays=256, preview_every=0.0)
    events = SceneRun(NerfJob(scene, options=SMALL["grid"], every=0.0), config).events()
    command, last = None, None
    while True:
        try:
            event = events.send(command)
        except StopIteration:
            break
        command = FINISH if isinstance(event, Progress) and event.stage == "training" and event.done >= 5 else None
        last = event
    assert isinstance(last, Done) and last.result.run["steps_done"] < 50 and last.result.report["count"] == 3


def test_budget_is_kept(scene: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time, "perf_counter", time.process_time)  # a clock that stands while other programs work
    begun = time.perf_counter()
    *_, last = train(scene, NerfConfig(budget=3.0, rays=512), options=SMALL["grid"])
    assert isinstance(last, Done) and 1.5 < time.perf_counter() - begun < 4.0


def test_photographs_train_with_sky_and_exposures_and_no_option(tmp_path: Path):
    list(photographs.make(sphere(), tmp_path, DatasetConfig(views=24, size=48, supersample=2, photo=True)))
    *_, last = train(tmp_path, NerfConfig(steps=150, rays=512, preview_every=0.0), options=SMALL["grid"])
    assert isinstance(last, Done)
    result = last.result
    assert not result.bounded and result.contracted
    assert result.surroundings.sky is not None and result.surroundings.exposure is not None
    assert len(result.surroundings.exposure) == 21 and result.report["count"] == 3
    assert result.report["psnr"] > 18.0  # each picture's own mean colour has 15.9 dB


def test_exposures_are_found(tmp_path: Path):
    """Two pictures of one place, one darkened to half: their gains come out a factor of two apart."""
    from PIL import Image

    list(photographs.make(sphere(), tmp_path, DatasetConfig(views=12, size=40, supersample=1, photo=True)))
    for k in (1, 2):
        place = tmp_path / f"images/{k:04d}.jpg"
        array = np.asarray(Image.open(place)).astype(float)
        Image.fromarray((array * (0.5 if k == 1 else 1.0)).astype(np.uint8)).save(place, quality=95)
    before = finished(tmp_path, "grid", 150).surroundings.exposure
    assert before is not None
    gains = before.detach().numpy().mean(axis=1)
    assert gains.argmin() == 1


def test_commands_end_to_end(scene: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """train, eval, render and export as a user types them; one JSON object on stdout each."""
    run = str(tmp_path / "run")
    small = ["--set", "coarse=16", "--set", "fine=32", "--rays", "512"]

    def said(*words: str) -> dict:
        assert main(["nerf", *words, "--json", "--quiet"]) == 0
        out = capsys.readouterr().out
        assert out.count("\n") == 1
        return json.loads(out)

    trained = said("train", str(scene), "-o", run, "--steps", "60", *small)
    assert trained["run"]["steps_done"] == 60
    figures = said("eval", run)
    assert figures["psnr"] == pytest.approx(trained["heldout"]["psnr"]) and figures["depth_error"] < 0.5
    for place in (run, f"{run}/{MODEL_FILE}"):
        assert main(["info", place]) == 3
        assert capsys.readouterr().err.strip().endswith(f"got a NeRF run: use shapefield nerf eval {run}")
    files = said("render", run, "-o", str(tmp_path / "views"), "--depth")["files"]
    assert len(files) == 9 and all(Path(f).stat().st_size > 0 for f in files)
    assert len(said("render", run, "-o", str(tmp_path / "orbit"), "--path", "orbit", "--frames", "3")["files"]) == 3
    for suffix in ("ply", "glb", "obj"):
        out = said("export", run, "-o", str(tmp_path / f"mesh.{suffix}"), "--resolution", "32", "--faces", "300")
        assert 0 < out["faces"] <= 300
    strange = tmp_path / "orbit" / "frame_0001.png"
    strange.write_bytes(b"somebody's own")
    assert main(["nerf", "render", run, "-o", str(tmp_path / "orbit"), "--path", "orbit", "--frames", "2"]) == 6
    assert strange.read_bytes() == b"somebody's own" and "frame_0001.png: exists" in capsys.readouterr().err
    assert main(["nerf", "export", run, "-o", str(tmp_path / "n.ply"), "--points", "--count", "0"]) == 2
    capsys.readouterr()
    cropped = said("export", run, "-o", str(tmp_path / "c.ply"), "--resolution", "32", "--points", "--count", "500",
                   "--crop", "2", "-3", "-3", "3", "3", "3")  # fmt: skip
    told = ["the surface leaves the box: it is closed flat there"]
    assert cropped == {"output": str(tmp_path / "c.ply"), "vertices": 500, "faces": 0, "notices": told}


def test_misspelt_words_are_understood(scene: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    for words, meant in (
        (["train", scene, "-o", tmp_path / "r", "--model", "nues"], "neus"),
        (["train", scene, "-o", tmp_path / "r", "--model", "classic", "--set", "wdith=4"], "width"),
        (["render", scene, "-o", tmp_path / "r", "--path", "orbti"], "orbit"),
        (["render", scene, "-o", tmp_path / "r", "--split", "tset"], "test"),
        (["trian", scene], "train"),
    ):
        assert main(["nerf", *map(str, words)]) == 2
        assert f"did you mean {meant}?" in capsys.readouterr().err


def test_interrupted_run_is_no_result_but_says_so(scene: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    config = NerfConfig(steps=50, rays=300, preview_every=0.0)
    events = SceneRun(NerfJob(scene, tmp_path, SMALL["grid"], every=0.0), config).events()
    with pytest.raises(InterruptedRun):
        for event in events:
            if isinstance(event, Progress) and event.stage == "training":
                events.throw(InterruptedRun("stop", signal.SIGINT))
    assert main(["nerf", "eval", str(tmp_path)]) == 3
    assert "interrupted one: finish it with --resume" in capsys.readouterr().err
    assert main(["nerf", "train", str(scene), "-o", str(tmp_path), "--steps", "2"]) == 0
    assert "is given up" in capsys.readouterr().err and not (tmp_path / CHECKPOINT_FILE).exists()


@pytest.mark.parametrize(
    "words,code",
    [
        (["train", "DATA", "-o", "RUN", "--steps", "5", "--budget", "5s"], 2),
        (["train", "DATA", "-o", "RUN", "--model", "gaussian"], 2),
        (["train", "DATA", "-o", "RUN", "--set", "colour=3"], 2),
        (["export", "DATA", "-o", "cloud.ply", "--points", "--count", "none"], 2),
        (["render", "DATA", "-o", "RUN", "--width", "0"], 2),
        (["render", "DATA", "-o", "RUN", "--fps", "-3"], 2),
        (["train", "DATA", "-o", "RUN", "--model", "neus", "--contraction", "on", "--steps", "1"], 2),
        (["train", "nowhere", "-o", "RUN"], 3),
        (["render", "DATA", "-o", "RUN"], 3),
        (["render", "DATA", "-o", "RUN", "--path", "zigzag"], 2),
        (["eval", "nowhere"], 3),
        (["export", "DATA", "-o", "mesh.jpg"], 2),
        (["dataset", "nowhere.obj", "-o", "RUN"], 3),
    ],
)
def test_wrong_words_get_one_line(words: list[str], code: int, scene: Path, tmp_path: Path, capsys):
    given = [{"DATA": str(scene), "RUN": str(tmp_path / "run")}.get(word, word) for word in words]
    assert main(["nerf", *given]) == code
    said = capsys.readouterr().err
    assert [line.split(": ")[0] for line in said.splitlines() if not line.startswith("note: ")] == ["shapefield"]
