"""A fit from a mesh to a measured, closed surface; every method."""

import gc
import json
import os
import re
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from shapes import is_closed, sphere

import shapefield as sf
from shapefield.cli.tables import report_lines
from shapefield.errors import NoSurfaceError, OutputError, ResourceError, UsageError
from shapefield.events import FINISH, Done, Event, Notice, Preview, Progress, Stage
from shapefield.fitting.job import Job
from shapefield.fitting.pipeline import ShapeRun, reconstruct
from shapefield.fitting.provenance import command_of
from shapefield.mesh.reading import read
from shapefield.mesh.writing import write
from shapefield.methods import METHODS
from shapefield.settings import fit_config

QUICK = {"samples": 20_000, "resolution": 48, "batch": 1024}
SMALL = {"width": 64, "depth": 3}
SLOW = ("fourier", "posenc", "siren")
"""Methods that need more steps for a ball."""


def options(method: str) -> dict:
    """Small networks, so that every method is quick."""
    if method in ("hashgrid", "hybrid"):
        return {"table": 15, "levels": 4, "finest": 64, **({"base": 16, "rate": 2e-3} if method == "hybrid" else {})}
    if method in ("triplane", "kplanes", "tensorf"):
        return {"cells": 16, "scales": 2} if method == "kplanes" else {"cells": 24}
    own = {
        "deepsdf": {"depth": 5},
        "wire": {"scale": 2.0, "omega": 2.0},
        "bacon": {"bandwidth": 2.0},
        "fourier": {"sigma": 0.5},
        "posenc": {"frequencies": 2},
        "mlp": {"rate": 3e-3},
    }
    return SMALL | own.get(method, {})


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_gives_a_closed_sphere_in_input_units(method: str, ball: sf.Mesh) -> None:
    steps = 200 if "base" in options(method) else 900 if method in SLOW else 400
    result = sf.fit(ball, method=method, steps=steps, **QUICK, **options(method))
    mesh = result.mesh(resolution=48)
    assert is_closed(mesh)
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 8, rel=0.06)
    assert result.report["quality"]["mean"] < 2e-2
    values = result.field(np.array([[10.0, 0.0, -6.9], [10.0, 0.0, -7.1]]))
    assert values[0] < 0 < values[1]
    if result.is_distance:
        assert values == pytest.approx([-0.1, 0.1], abs=0.06)
    outward = mesh.vertices - np.array([10.0, 0.0, -5.0])
    slope = result.gradient(mesh.vertices)
    cosine = (outward * slope).sum(1) / np.linalg.norm(outward, axis=1) / np.linalg.norm(slope, axis=1).clip(1e-9)
    assert np.median(cosine) > 0.95


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_tensorf_leaves_zero_with_any_seed(seed: int, ball: sf.Mesh) -> None:
    """Zero everywhere is near L1's median, and features around zero gave it no slope to leave by."""
    result = sf.fit(ball, method="tensorf", steps=300, seed=seed, samples=50_000, resolution=48)
    assert result.report["quality"]["mean"] < 3e-2


@pytest.mark.parametrize(("samples", "cells"), [(1000, 96), (300_000, 172), (500_000, 222), (2_000_000, 384)])
def test_the_finest_level_is_what_the_samples_can_fill(samples: int, cells: int) -> None:
    assert METHODS["hybrid"].preset("cpu", samples)[0]["finest"] == cells
    assert METHODS["hybrid"].preset("compact", samples)[0]["finest"] == 172
    assert METHODS["hashgrid"].preset("cpu", samples)[0] == {}


def test_a_finest_level_that_was_asked_for_is_kept(ball: sf.Mesh) -> None:
    small = {"table": 8, "levels": 2, "base": 8, "steps": 2, "batch": 256, "samples": 2000, "resolution": 16}
    assert sf.fit(ball, **small).options.finest == 96
    assert sf.fit(ball, finest=64, **small).options.finest == 64


def test_hybrid_report_has_the_error_without_its_network(ball: sf.Mesh) -> None:
    result = sf.fit(ball, steps=200, **QUICK, **options("hybrid"))
    assert result.report["without_network"]["mean"] > 1.5 * result.report["quality"]["mean"]


def test_a_plate_that_only_the_network_holds_has_a_report_all_the_same(monkeypatch) -> None:
    def nothing(*_: object) -> Iterator[Event]:
        raise NoSurfaceError("field: expected a surface, got none")
        yield

    monkeypatch.setattr("shapefield.fitting.reporting._without_network", nothing)
    monkeypatch.setattr("shapefield.fitting.reporting.floor_of", nothing)
    result = sf.fit(sphere(0.3, cells=8), steps=30, floor=True, **QUICK, **options("hybrid"))
    assert result.report["without_network"] is None and result.report["floor"] is None
    told = "\n".join(report_lines(result.report | {"files": {"mesh": "a.ply", "field": "a.field"}}))
    assert told.count("no surface at this resolution") == 2


def test_threads_that_the_probe_chose_stand_in_the_command_and_go_with_the_fit(ball: sf.Mesh, monkeypatch) -> None:
    def one_is_quicker(*_) -> float:
        torch.set_num_threads(1)
        return 0.5

    before = torch.get_num_threads()
    monkeypatch.setattr("shapefield.training.loop.quickest_step", one_is_quicker)
    try:
        torch.set_num_threads(2)
        result = sf.fit(ball, budget=6.0, **QUICK, **options("hybrid"))
        assert result.run["threads"] == 1 and result.run["command"].startswith("OMP_NUM_THREADS=1 shapefield fit")
        assert torch.get_num_threads() == 2
        assert sf.fit(ball, steps=3, **QUICK, **options("hybrid")).run["command"].startswith("shapefield fit")
    finally:
        torch.set_num_threads(before)


def test_the_command_names_outputs_of_another_folder_and_the_floor() -> None:
    config = fit_config(steps=5)
    here = Job("meshes/a.obj", mesh=Path("a.shapefield.ply"), field=Path("a.field"))
    assert command_of(here, config, 5) == "shapefield fit meshes/a.obj --steps 5"
    there = Job("meshes/a.obj", mesh=Path("out/a.shapefield.ply"), field=Path("out/a.field"))
    words = "shapefield fit meshes/a.obj -o out/a.shapefield.ply --field out/a.field --steps 5 --floor"
    assert command_of(there, fit_config(steps=5, floor=True), 5) == words


def test_an_absent_device_is_told_before_anything_is_read() -> None:
    with pytest.raises(ResourceError, match="which is not there"):
        next(reconstruct("no-such.obj", fit_config(device="cuda:99")))


def test_a_level_or_crop_beyond_the_shape_is_told_before_training(ball: sf.Mesh) -> None:
    for beyond in ({"level": 2.1}, {"level": -1e9}, {"crop": (0.0, 0.0, 0.0, 1.0, 1.0, 1.0)}):
        stages = []
        with pytest.raises(UsageError, match=r"level: .* radius, 2, got|crop: .* beside it"):
            for event in reconstruct(ball, fit_config(steps=10, **beyond, **QUICK, **options("hybrid"))):
                stages += [event.name] if isinstance(event, Stage) else []
        assert "training" not in stages


def test_a_surface_that_leaves_the_box_is_told_once(ball: sf.Mesh) -> None:
    cut = fit_config(steps=10, crop=(9.0, -3.0, -8.0, 10.0, 3.0, -2.0), **QUICK, **options("hybrid"))
    notices = [event.message for event in reconstruct(ball, cut) if isinstance(event, Notice)]
    assert sum("closed flat" in text for text in notices) == 1


def test_a_fit_never_replaces_its_input_unless_forced(ball: sf.Mesh, tmp_path: Path) -> None:
    write(ball, tmp_path / "ours.ply")
    before = (tmp_path / "ours.ply").read_bytes()
    (tmp_path / "again.ply").symlink_to("ours.ply")
    job = {"mesh": tmp_path / "again.ply", "field": tmp_path / "ours.field"}
    with pytest.raises(OutputError, match=r"again\.ply: is the input"):
        list(reconstruct(tmp_path / "ours.ply", fit_config(steps=5, **QUICK, **options("hybrid")), **job))
    assert (tmp_path / "ours.ply").read_bytes() == before
    list(reconstruct(tmp_path / "ours.ply", fit_config(steps=5, **QUICK, **options("hybrid")), force=True, **job))
    assert (tmp_path / "again.ply").read_bytes() != before


def test_a_fit_s_memory_goes_with_its_last_name(ball: sf.Mesh, tmp_path: Path) -> None:
    list(reconstruct(ball, fit_config(steps=1, **QUICK)))  # the libraries' first call may hold the frames it came from
    gc.collect()
    gc.disable()  # what holds itself in a circle would stay until some later collection, fit upon fit
    try:
        run = ShapeRun(Job(ball, field=tmp_path / "a.field"), fit_config(steps=5, **QUICK))
        list(run.events())
        held = [weakref.ref(run), weakref.ref(run.reference.exact), weakref.ref(run.result.module)]
        del run
        assert [ref() for ref in held] == [None] * 3
    finally:
        gc.enable()


def test_events_come_in_order_and_finish_ends_training(ball: sf.Mesh) -> None:
    events = reconstruct(ball, fit_config(steps=100_000, **QUICK, **options("hybrid")), previews=0.5)
    stages, previews, command = [], 0, None
    while True:
        try:
            event = events.send(command)
        except StopIteration:
            break
        command = None
        if isinstance(event, Stage):
            stages.append(event.name)
        if isinstance(event, Preview):
            previews += 1
            assert event.error is not None and len(event.error) == len(event.vertices)
            assert np.abs(np.linalg.norm(event.vertices - [10, 0, -5], axis=1) - 2.0).max() < 0.5
        if isinstance(event, Progress) and event.stage == "training" and previews >= 1:
            command = FINISH
        last = event
    assert stages == ["load", "distances", "samples", "training", "surface", "report"]
    assert isinstance(last, Done) and last.result.run["steps_done"] < 100_000


def test_same_seed_same_surface_other_seed_another(ball: sf.Mesh) -> None:
    a, b, c = (sf.fit(ball, steps=60, seed=s, **QUICK, **options("hashgrid")).mesh(48).vertices for s in (3, 3, 4))
    assert np.array_equal(a, b)
    assert a.shape != c.shape or not np.array_equal(a, c)


def test_a_coloured_input_keeps_its_colours(ball: sf.Mesh) -> None:
    red = np.where(ball.vertices[:, :1] > 10.0, [[255, 0, 0]], [[0, 0, 255]]).astype(np.uint8)
    painted = sf.Mesh(ball.vertices, ball.faces, colors=red)
    mesh = sf.fit(painted, steps=300, **QUICK, **options("hybrid")).mesh(48)
    right, left = mesh.vertices[:, 0] > 10.5, mesh.vertices[:, 0] < 9.5
    assert mesh.colors is not None
    assert mesh.colors[right, 0].mean() > 220 and mesh.colors[left, 2].mean() > 220


def test_a_surface_that_learnt_nothing_has_its_input_s_mean_colour(ball: sf.Mesh) -> None:
    painted = sf.Mesh(ball.vertices, ball.faces, colors=np.full((len(ball.vertices), 3), (200, 60, 120), np.uint8))
    mesh = sf.fit(painted, steps=1, **QUICK, **options("hybrid")).mesh(32)
    assert mesh.colors is not None
    assert np.abs(mesh.colors.mean(axis=0) - (200, 60, 120)).max() < 12


def test_level_and_crop(ball: sf.Mesh) -> None:
    result = sf.fit(ball, steps=300, **QUICK, **options("hybrid"))
    grown = result.mesh(64, level=0.5)
    assert np.linalg.norm(grown.vertices - [10, 0, -5], axis=1).mean() == pytest.approx(2.5, abs=0.2)
    half = result.mesh(64, crop=(10.0, -5.0, -10.0, 15.0, 5.0, 0.0))
    assert is_closed(half) and half.volume == pytest.approx(2 / 3 * np.pi * 8, rel=0.05)


def test_registered_module_gets_the_same_treatment(ball: sf.Mesh) -> None:
    def factory(inputs: int, outputs: int) -> torch.nn.Module:
        return torch.nn.Sequential(torch.nn.Linear(inputs, 64), torch.nn.Softplus(20), torch.nn.Linear(64, outputs))

    sf.register("softplus", factory)
    try:
        result = sf.fit(ball, method="softplus", steps=500, **QUICK)
        assert result.report["quality"]["mean"] < 5e-2
        module = result.torch()
        points = torch.tensor([[10.0, 0.0, -5.0]], requires_grad=True)
        (gradient,) = torch.autograd.grad(module(points).sum(), points)
        assert torch.isfinite(gradient).all() and module(points).item() < 0
    finally:
        METHODS.pop("softplus")


def test_a_factory_that_cannot_be_called_or_makes_no_module_is_told() -> None:
    for wrong in (3, lambda: None, lambda inputs: None, lambda inputs, outputs, width: None):
        with pytest.raises(UsageError, match=r"register: expected a factory called as factory\(inputs=3, outputs=1\)"):
            sf.register("wrong", wrong)
    assert "wrong" not in METHODS
    sf.register("number", lambda inputs, outputs: 3)
    try:
        with pytest.raises(UsageError, match=r"number: expected its factory to return a torch.nn.Module, got int"):
            sf.new_field("number")
    finally:
        del METHODS["number"]


def test_a_field_without_a_surface_asks_for_more_training(ball: sf.Mesh) -> None:
    class Far(torch.nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.height = torch.nn.Parameter(torch.tensor(1e6))

        def forward(self, points: torch.Tensor, code: object = None) -> torch.Tensor:
            return self.height.expand(len(points), 1)

    sf.register("far", Far)
    try:
        with pytest.raises(NoSurfaceError, match="none after 3 steps: give it a longer --budget"):
            sf.fit(ball, method="far", steps=3, **QUICK)
    finally:
        del METHODS["far"]


def test_somebody_elses_file_is_kept(tmp_path: Path, ball: sf.Mesh) -> None:
    (tmp_path / "out.ply").write_text("my notes")
    with pytest.raises(OutputError):
        list(reconstruct(ball, fit_config(steps=1, **QUICK), mesh=tmp_path / "out.ply", field=tmp_path / "out.field"))
    assert (tmp_path / "out.ply").read_text() == "my notes"


def run_cli(folder: Path, *words: str) -> subprocess.CompletedProcess:
    """Run the program as a stranger would."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "shapefield", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def test_the_commands_by_hand(tmp_path: Path, ball: sf.Mesh) -> None:
    write(ball, tmp_path / "my ball é.obj")
    size = ("--samples", "20000", "--resolution", "48", "--set", "table=12", "--set", "base=16")
    done = run_cli(tmp_path, "fit", "my ball é.obj", "--steps", "50", "--json", *size)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["quality"]["mean"] < 2e-2 and report["run"]["steps_done"] == 50
    assert is_closed(read(tmp_path / "my ball é.shapefield.ply"))
    done = run_cli(tmp_path, "extract", "my ball é.field", "-o", "again.stl", "--resolution", "32")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"written: again.stl, {len(read(tmp_path / 'again.stl').faces):,} faces\n"
    done = run_cli(tmp_path, "eval", "again.stl", "my ball é.obj", "--json")
    assert json.loads(done.stdout)["quality"]["mean"] < 2e-2
    done = run_cli(tmp_path, "sample", "my ball é.obj", "-n", "5000", "-o", "s.npz")
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "s.npz") as arrays:
        assert len(arrays["surface"]) + len(arrays["near"]) + len(arrays["uniform"]) == 5000
    assert run_cli(tmp_path, "info", "my ball é.obj").stdout.startswith("my ball é.obj:")
    assert json.loads(run_cli(tmp_path, "info", "my ball é.field", "--json").stdout)["method"] == "hybrid"
    labelled = run_cli(tmp_path, "info", "my ball é.obj", "--unit", "cm")
    assert re.search(r"extent +[\d.]+ x [\d.]+ x [\d.]+ cm\n", labelled.stdout), labelled.stdout
    assert re.search(r"area +[\d.]+ cm²\n", labelled.stdout) and re.search(r"volume +[\d.]+ cm³\n", labelled.stdout)
    assert json.loads(run_cli(tmp_path, "info", "my ball é.obj", "--unit", "in", "--json").stdout)["unit"] == "in"
    assert json.loads(run_cli(tmp_path, "info", "my ball é.field", "--unit", "m", "--json").stdout)["unit"] == "m"
    assert "siren" in run_cli(tmp_path, "methods").stdout


def test_a_coarser_level_of_detail_can_be_extracted(tmp_path: Path, ball: sf.Mesh) -> None:
    fine = sf.fit(ball, method="bacon", steps=2, **QUICK, width=16, depth=3)
    points = ball.vertices[:50] + 0.3
    levels = [fine.at_detail(k).field(points) for k in range(4)]
    assert np.array_equal(levels[0], levels[3]) and np.array_equal(levels[0], fine.field(points))
    assert not np.array_equal(levels[1], levels[2])
    for result, detail, line in ((fine, 4, "0 to the field's 3 levels"), (sf.fit(ball, steps=2, **QUICK), 1, "bacon")):
        with pytest.raises(UsageError, match=line):
            result.at_detail(detail)
    fine.save(tmp_path / "a.field")
    write(ball, tmp_path / "coarse.ply")
    done = run_cli(tmp_path, "extract", "a.field", "-o", "coarse.ply", "--resolution", "32", "--detail", "1")
    assert done.returncode in (0, 3), done.stderr  # after two steps there may be no surface yet
    assert run_cli(tmp_path, "extract", "a.field", "-o", "x.ply", "--detail", "9").returncode == 2


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["fit", "none.obj"], 3, "none.obj"),
        (["fit", "."], 3, "got a folder"),
        (["fti", "a.obj"], 2, "did you mean fit"),
        (["fit", "a.obj", "--methud", "siren"], 2, "did you mean --method"),
        (["fit", "a.obj", "--finest", "64"], 2, "--set finest=VALUE"),
        (["fit", "a.obj", "--method", "sirren"], 2, "did you mean siren"),
        (["fit", "a.obj", "--steps", "0"], 2, "at least 1"),
        (["fit", "a.obj", "--device", "cuda:7", "--steps", "1"], 4, "not there"),
        (["fit", "a.obj", "--steps", "1", "-o", "a.xyz"], 2, "suffix"),
        (["fit", "a.obj", "--steps", "1", "-o", "no/such/a.ply"], 6, "folder"),
        (["extract", "a.obj", "-o", "b.ply"], 3, "expected"),
        (["info", "empty.ply"], 3, "empty"),
        (["info", "a.obj", "--unit", "parsec"], 2, "expected one of um, mm, cm, m, in"),
    ],
)
def test_mistakes_get_one_line_and_their_exit_code(tmp_path: Path, ball: sf.Mesh, words, code, line) -> None:
    write(ball, tmp_path / "a.obj")
    (tmp_path / "empty.ply").write_bytes(b"")
    done = run_cli(tmp_path, *words)
    assert done.returncode == code, done.stderr
    assert line in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
