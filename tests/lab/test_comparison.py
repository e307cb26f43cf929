"""Comparing methods: what is planned, what the figures say, and the files of a whole small comparison."""

import csv
import json
import math
import multiprocessing
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from processes.program import wait_until

from shapefield.cli.main import main
from shapefield.errors import InputError, UsageError
from shapefield.events import Progress, Stage
from shapefield.lab.comparison.charts import curves_svg
from shapefield.lab.comparison.curves import Clockwork, time_to
from shapefield.lab.comparison.formatting import told
from shapefield.lab.comparison.guide import guide
from shapefield.lab.comparison.isolation import isolated, work
from shapefield.lab.comparison.page import page
from shapefield.lab.comparison.plan import BUDGET, PARAMETERS, Case, CompareConfig, Input, plan, settings_from
from shapefield.lab.comparison.rows import Row, Spread, lines
from shapefield.lab.comparison.running import Comparison, forecast
from shapefield.lab.comparison.shapecase import POINTS, config_of, surface_error, surface_points
from shapefield.lab.comparison.tables import csv_text, tex_text
from shapefield.lab.comparison.writing import write
from shapefield.lab.sizing import parameters_of
from shapefield.methods import METHODS, method
from shapefield.picturemetrics import decibels
from shapefield.storage.mark import is_ours

SAMPLES = Path(__file__).parents[2] / "sample_meshes"
SHAPE = Input("a.ply", "mesh", "a.ply")


def row(name, table=BUDGET, seed=0, **values):
    usual = {"error": 1e-3, "iou": 0.99, "narrow_band_iou": 0.9, "normals": 0.98, "bytes": 5e5, "parameters": 1e5}
    usual |= {"seconds": 2.0, "memory": 4e8, "steps": 100.0}
    curve = [(1.0, 2 * values.get("error", 1e-3)), (2.0, values.get("error", 1e-3))]
    return Row(Case(SHAPE, table, name, seed, CompareConfig(seeds=2)), usual | values, curve)


@pytest.mark.parametrize("first, last, ticks", [(0.13, 0.8, {"0.2", "0.5"}), (0.3, 20.0, {"1", "10"})])
def test_an_axis_of_time_has_at_least_two_figures(first, last, ticks):
    found = row("siren")
    found.curve = [(first, 0.04), (last, 0.03)]
    text = curves_svg(lines([found], SHAPE.name, BUDGET))
    assert {f">{tick}</text>" in text for tick in ticks} == {True}


@pytest.mark.parametrize("budget, words", [(2.0, "1 fit, about 1 minute:"), (200.0, "minutes:")])
def test_a_forecast_says_how_many_minutes(budget, words):
    assert words in forecast(plan(["sample:coins"], ["siren"], CompareConfig(seeds=1, parameters=0, budget=budget)))


def test_a_plan_has_every_fit_once_and_pictures_only_methods_that_suit_them(tmp_path):
    (tmp_path / "b.obj").write_text("v 0 0 0\n")
    (tmp_path / "c.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "b.shapefield.ply").write_text("")
    wanted = plan([str(tmp_path)], ["hybrid,siren", "mlp"], CompareConfig(seeds=2))
    assert [i.name for i in wanted.inputs] == ["b.obj", "c.png"]
    assert len(wanted.cases) == 2 * 2 * (3 + 2) and len(set(wanted.cases)) == len(wanted.cases)
    assert not any(c.method == "hybrid" for c in wanted.cases if c.input.kind == "picture")
    assert {c.table for c in plan([str(tmp_path)], config=CompareConfig(parameters=0)).cases} == {BUDGET}


def test_inputs_of_one_name_are_told_apart(tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.obj").write_text("")
    found = plan([str(tmp_path / "x" / "a.obj"), str(tmp_path / "y" / "a.obj")]).inputs
    assert len({i.name for i in found}) == 2


@pytest.mark.parametrize(
    ("paths", "methods", "settings", "error", "words"),
    [
        ([], ["all"], {}, UsageError, "got none"),
        (["nowhere.obj"], ["all"], {}, InputError, "no such file"),
        (["sample:nowhere"], ["all"], {}, UsageError, "one of astronaut"),
        (["sample:coins"], ["sirn"], {}, UsageError, "did you mean siren"),
        (["sample:coins"], ["hybrid"], {}, UsageError, "expected one for pictures"),
        (["sample:coins"], ["all"], {"steps": 3, "budget": 2.0}, UsageError, "got both"),
    ],
)
def test_what_cannot_be_planned_is_one_line(paths, methods, settings, error, words):
    with pytest.raises(error, match=words):
        plan(paths, methods, CompareConfig(**settings))


def test_a_plan_s_toml_gives_the_plan_back():
    wanted = plan(["sample:coins"], ["siren"], CompareConfig(budget=3.5, seeds=1, device="cpu"))
    paths, methods, settings = settings_from(tomllib.loads(wanted.toml()))
    assert plan(paths, methods, CompareConfig(**settings)) == wanted
    with pytest.raises(UsageError, match="sedes"):
        settings_from({"sedes": 3})


@pytest.mark.parametrize("name", list(METHODS))
def test_at_equal_size_every_method_has_about_as_many_parameters(name):
    case = Case(SHAPE, PARAMETERS, name, 0, CompareConfig(parameters=60_000, steps=5))
    config, entry = config_of(case), method(name)
    preset, _ = entry.preset("cpu")
    count = parameters_of(entry, entry.options(**(preset | config.options)), inputs=3, outputs=1)
    assert 0.85 * 60_000 < count <= 60_000


def test_the_spread_is_the_sample_s():
    found = Spread.of([1.0, 2.0, 6.0])
    assert found.mean == 3.0 and found.deviation == pytest.approx(math.sqrt(7.0))
    assert Spread.of([4.0]).deviation is None


def test_lines_are_best_first_and_failures_last():
    broken = Row(Case(SHAPE, BUDGET, "mlp", 0, CompareConfig()), failed="no memory")
    rows = [broken, row("siren", error=2e-3), row("siren", seed=1, error=4e-3), row("hashgrid", error=1e-3)]
    found = lines(rows, "a.ply", BUDGET)
    assert [line.method for line in found] == ["hashgrid", "siren", "mlp"]
    assert found[1].spreads["error"].mean == pytest.approx(3e-3)
    assert found[2].failed == "no memory"


def test_the_guide_follows_from_the_figures():
    rows = [
        row("hybrid", error=1e-4, bytes=5e6),
        row("hashgrid", error=3e-4, bytes=4e6),
        row("siren", error=5e-4, bytes=9e4, normals=0.999),
        row("mlp", error=5e-3, bytes=8e4),
        row("siren", PARAMETERS, error=6e-4),
        row("hashgrid", PARAMETERS, error=8e-4),
    ]
    rows[1].curve = [(0.5, 1.5e-4)]
    found = guide(rows, "a.ply")
    assert found[0] == "most exact: hybrid (1.00e-04 R)"
    assert "without a coarse grid of exact distances: hashgrid (3.00e-04 R)" in found
    assert "under 100 kB: siren (5.00e-04 R)" in found
    assert "first to 2.00e-04 R: hashgrid, after 0.5 s of training" in found
    assert "truest normals: siren (0.9990)" in found
    assert found[-1].endswith("siren (6.00e-04 R)")
    swapped = guide([row("hybrid", error=9e-4), row("hashgrid", error=8.5e-4)], "a.ply")
    assert swapped[0] == "most exact: hashgrid (8.50e-04 R), and hybrid as good"
    assert guide([], "a.ply") == []


def test_readings_grow_apart():
    clock = Clockwork(60.0)
    taken = [t for t in np.arange(0, 60, 0.01) if clock.due(float(t))]
    assert taken[0] == pytest.approx(1.0) and 10 < len(taken) < 25
    assert (np.diff(taken) >= 0.99).all() and taken[-1] - taken[-2] > 5
    assert time_to([(1, 5.0), (2, 2.0)], 3.0, -1) == 2 and time_to([(1, 5.0)], 9.0, 1) is None


def test_decibels_of_a_mean_square_and_of_none():
    assert decibels(0.01) == pytest.approx(20.0) and decibels(0.0) == 100.0


def test_the_error_over_time_is_the_distance_to_the_field_s_own_surface():
    """A sphere of 0.5 against the field of one of 0.51, scaled by 7: the gap stays 0.01."""

    class Sphere:
        class frozen:
            value = staticmethod(lambda p: 7 * (np.linalg.norm(p, axis=1) - 0.51))
            gradient = staticmethod(lambda p: 7 * p / np.linalg.norm(p, axis=1, keepdims=True))

    points = np.random.default_rng(0).normal(size=(500, 3))
    points *= 0.5 / np.linalg.norm(points, axis=1, keepdims=True)
    assert surface_error(Sphere(), points) == pytest.approx(0.01 / 0.95, rel=1e-6)


def test_points_of_the_surface_lie_on_it():
    from shapefield.api import read_mesh
    from shapefield.solid import solid_of

    solid = solid_of(read_mesh(SAMPLES / "bracket.stl"))
    points = surface_points(solid)
    assert points.shape == (POINTS, 3) and float(solid.exact.unsigned(points).max()) < 1e-6


def test_words():
    assert told(1234.0, "B") == "1.23 kB" and told(999.0, "B") == "999 B" and told(2.5e9, "B") == "2,500 MB"
    assert told(40.0, "count") == "40" and told(1.5e6, "count") == "1,500,000" and told(1.0, "") == "1.0000"
    assert told(math.nan, "B") == "–" and told(1.5e-4, "R") == "1.50e-04 R" and told(20.04, "dB") == "20.0 dB"


def test_a_small_comparison_s_files_say_the_same(tmp_path, capsys):
    words = ["compare", str(SAMPLES / "bracket.stl"), "--methods", "siren", "--steps", "8", "--seeds", "1"]
    words += ["--resolution", "16", "--parameters", "9000", "-o", str(tmp_path / "r.html"), "--json", "--quiet"]
    assert main(words) == 0
    report = json.loads(capsys.readouterr().out)
    assert [Path(p).name for p in report["files"]] == ["r.html", "results.csv", "table.tex", "compare.toml"]
    assert all(is_ours(p) for p in report["files"])
    table = list(csv.DictReader((tmp_path / "results.csv").read_text().splitlines()[1:]))
    assert len(table) == len(report["rows"]) == 2
    for ours, theirs in zip(table, report["rows"], strict=True):
        assert float(ours["error"]) == theirs["error"] > 0 and ours["method"] == theirs["method"]
        assert theirs["memory"] > 5e7 and theirs["steps"] == 8 and theirs["curve"]
    small = [r for r in report["rows"] if r["table"] == PARAMETERS]
    assert all(r["parameters"] <= 9000 for r in small)
    text = (tmp_path / "r.html").read_text()
    assert text.count("data:image/png") == 1 + 1 + 1 and "<svg" in text and "http" not in text.split("<svg")[0]
    other = tmp_path / "theirs.html"
    other.write_text("mine")
    assert main([*words[:-4], "-o", str(other)]) == 6 and other.read_text() == "mine"


def test_a_fit_that_dies_costs_only_itself():
    rows = []

    def dying(case):
        yield from ()
        if case.method == "siren":
            return Row(case, failed="its process ended (signal 9): allow more memory")
        return row(case.method, case.table, case.seed)

    found = Comparison(plan(["sample:coins"], ["siren", "mlp"], CompareConfig(seeds=1, parameters=0)), dying)
    rows = [event for event in found.run() if hasattr(event, "message")]
    assert found.whole and [r.failed != "" for r in found.rows] == [True, False]
    assert any("signal 9" in event.message for event in rows)


def test_whatever_interrupts_a_comparison_ends_the_running_fit_at_once():
    ended = []

    def endless(case):
        try:
            while True:
                yield Progress("training", 1.0, 2.0)
        finally:
            ended.append(case.method)

    steps = Comparison(plan(["sample:coins"], ["siren"], CompareConfig(seeds=1, parameters=0)), endless).run()
    while not isinstance(next(steps), Progress):
        pass
    with pytest.raises(KeyboardInterrupt) as held:
        steps.throw(KeyboardInterrupt())
    assert ended == ["siren"] and held.tb  # though the traceback still holds the fit's frame


def test_a_failed_fit_s_row_says_why(tmp_path):
    (tmp_path / "a.ply").write_bytes(b"no mesh at all")
    case = Case(Input(str(tmp_path / "a.ply"), "mesh", "a.ply"), BUDGET, "siren", 0, CompareConfig(steps=1))
    steps = isolated(case)
    try:
        while True:
            next(steps)
    except StopIteration as stop:
        assert stop.value.failed.startswith(str(tmp_path / "a.ply")) or "a.ply" in stop.value.failed
        assert "expected" in stop.value.failed and "\n" not in stop.value.failed


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("[enforce fail] . DefaultCPUAllocator: not enough memory")]
)
def test_memory_that_runs_out_is_told_as_that_and_not_as_a_bug(error, monkeypatch, capfd):
    def starved(_case):
        yield Stage("training")
        raise error

    monkeypatch.setattr("shapefield.lab.comparison.shapecase.fit_case", starved)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    receiving, sending = multiprocessing.Pipe(duplex=False)
    work(Case(SHAPE, BUDGET, "siren", 0, CompareConfig(steps=1)), sending)
    assert receiving.recv() == Stage("training")
    failed = receiving.recv().failed
    assert (
        failed.startswith("out of memory: expected more memory for siren on a.ply, got ") and "ask for less" in failed
    )
    assert capfd.readouterr().err == ""


def test_a_fit_that_nobody_listens_to_ends_without_a_word(tmp_path, capfd):
    (tmp_path / "a.ply").write_bytes(b"no mesh at all")
    case = Case(Input(str(tmp_path / "a.ply"), "mesh", "a.ply"), BUDGET, "siren", 0, CompareConfig(steps=1))
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    receiving.close()
    process = context.Process(target=work, args=(case, sending))
    process.start()
    sending.close()
    process.join()
    assert process.exitcode == 0 and capfd.readouterr().err == ""


def test_names_are_escaped_in_page_and_tex():
    wanted = plan(["sample:coins"], ["siren"])
    evil = Input("x", "mesh", "<b>_&.ply")
    wanted = type(wanted)((evil,), ("siren",), CompareConfig(seeds=1))
    rows = [Row(Case(evil, BUDGET, "siren", 0, wanted.config), row("siren").values)]
    assert "<b>_" not in page(wanted, rows, "c.toml") and "&lt;b&gt;_&amp;.ply" in page(wanted, rows, "c.toml")
    assert "% <b>_&.ply" in tex_text(wanted, rows) and csv_text(rows).startswith("# made by shapefield")


def test_a_name_that_is_not_utf8_loses_no_fit(tmp_path):
    odd = Input("caf\udce9.ply", "mesh", "caf\udce9.ply")
    wanted = type(plan(["sample:coins"], ["siren"]))((odd,), ("siren",), CompareConfig(seeds=1))
    rows = [Row(Case(odd, BUDGET, "siren", 0, wanted.config), row("siren").values)]
    where = write(SimpleNamespace(plan=wanted, rows=rows), tmp_path / "report.html")
    # TOML doubles a backslash
    told = [place.read_bytes().replace(rb"\\", b"\\") for place in where]
    assert len(told) == 4 and all(rb"caf\udce9.ply" in text for text in told)


def test_ctrl_c_ends_the_fit_and_keeps_what_is_done(tmp_path):
    words = [sys.executable, "-m", "shapefield", "compare", str(SAMPLES / "bracket.stl"), "--methods", "siren", "mlp"]
    words += ["--steps", "1000000", "--seeds", "1", "--parameters", "0", "-o", str(tmp_path / "r.html")]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    parent = psutil.Process(process.pid)
    wait_until(lambda: any(child.cpu_times().user > 3.0 for child in parent.children()), process)  # a fit at work
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130 and said.splitlines()[-1].startswith("shapefield: interrupted")
    assert "Traceback" not in said and not (tmp_path / "r.html").exists()
