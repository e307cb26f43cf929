"""One registry: kinds, capabilities as data, and methods that other packages and files bring."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import shapefield as sf
from shapefield.cli.main import main
from shapefield.errors import UsageError
from shapefield.fields import build, new_field
from shapefield.mesh.writing import write
from shapefield.methods import KINDS, METHODS, Capabilities, method, of_kind, plugins, register, registry

PLUGIN = """
import torch

class Soft(torch.nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(inputs, 32), torch.nn.Softplus(20), torch.nn.Linear(32, outputs))

    def forward(self, points):
        return self.net(points)
"""


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch):
    """Whatever a test registers is gone afterwards."""
    before = {kind: dict(of_kind(kind)) for kind in KINDS}
    monkeypatch.setenv(plugins.FILES, "[]")
    plugins._listed.cache_clear()
    yield
    for kind in KINDS:
        known = registry.REGISTRY[kind]
        known.clear()
        known.update(before[kind])
    plugins._listed.cache_clear()


def test_the_kinds_and_who_is_in_them() -> None:
    assert KINDS == ("shape", "radiance", "family")
    assert of_kind("shape") is METHODS and "hybrid" in METHODS
    assert set(of_kind("radiance")) == {"grid", "classic", "neus", "volsdf"}
    with pytest.raises(UsageError, match="did you mean radiance"):
        of_kind("radience")
    with pytest.raises(UsageError, match="did you mean neus"):
        method("nues", "radiance")


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_network_takes_the_points_that_its_capabilities_name_and_no_others(name: str) -> None:
    entry = METHODS[name]
    for inputs in range(1, 9):
        if inputs in entry.can.dimensions and inputs <= 4:
            small = {k: v for k, v in {"width": 8, "table": 8, "finest": 32, "base": 4, "cells": 4}.items()
                     if k in entry.options.__dataclass_fields__}  # fmt: skip
            field = new_field(name, inputs=inputs, **small)
            points = torch.rand(5, inputs) * 2 - 1
            assert field(points).shape == (5, 1)
        elif inputs not in entry.can.dimensions:
            with pytest.raises(UsageError, match=rf"inputs: expected .* coordinates a point for {name}, got {inputs}"):
                new_field(name, inputs=inputs)


def test_a_hash_grid_of_four_dimensions_tells_its_points_apart() -> None:
    field = new_field("hashgrid", inputs=4, table=10, levels=2, coarsest=4, finest=16)
    with torch.no_grad():
        field.encoding.table.uniform_(-1, 1)
    points = torch.zeros(16, 4)
    points[:, 3] = torch.linspace(-0.9, 0.9, 16)
    features = field.encoding(points).detach().numpy()
    assert len(np.unique(features.round(6), axis=0)) == 16


def test_what_a_method_can_is_asked_of_its_entry() -> None:
    assert method("hybrid").nodes(method("hybrid").options(base=20)) == 20
    assert method("siren").nodes(method("siren").options()) is None
    assert [n for n, m in METHODS.items() if m.can.prior] == ["hybrid"]
    assert [n for n, m in METHODS.items() if m.can.detail] == ["bacon"]
    assert [n for n, m in of_kind("radiance").items() if m.can.unbounded] == ["grid", "classic"]


ASKED = re.compile(r"(?:hasattr|getattr)\((?:[\w.]*(?:options|settings|module|entry|method))[\w.()*]*, \"")
NAMED = re.compile(
    r"\b(?:method|name|model) (?:==|!=|in) \(?\"(?:" + "|".join([*METHODS, *of_kind("radiance")]) + r")\""
)


def test_no_code_outside_its_file_asks_for_an_attribute_or_a_method_s_name() -> None:
    """A capability is data. Both patterns find what they are for."""
    assert ASKED.search('hasattr(self.options, "detail")') and ASKED.search('getattr(module, "base", None)')
    assert NAMED.search('if name == "grid":') and NAMED.search('method in ("hybrid", "siren")')
    root = Path(sf.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if path.parent.name == "demos":  # each is about a method, and says so
            continue
        found = [*ASKED.findall(path.read_text()), *NAMED.findall(path.read_text())]
        assert not found, f"{path}: {found}"


def test_a_registered_method_has_options_of_its_own(clean: None, ball: sf.Mesh) -> None:
    from dataclasses import dataclass

    from shapefield.config import Checked, option

    @dataclass(frozen=True)
    class Own(Checked):
        units: int = option(16, "hidden units", low=4, high=64)

    def factory(inputs: int, outputs: int, units: int) -> torch.nn.Module:
        return torch.nn.Sequential(
            torch.nn.Linear(inputs, units), torch.nn.Softplus(20), torch.nn.Linear(units, outputs)
        )

    register("mine", factory, options=Own, can=Capabilities((2, 3), colour=True))
    assert build(method("mine"), Own(units=9), inputs=2, outputs=3)(torch.zeros(4, 2)).shape == (4, 3)
    result = sf.fit(ball, method="mine", units=24, steps=200, samples=20_000, resolution=32)
    assert result.options == Own(units=24) and result.report["quality"]["mean"] < 0.2
    with pytest.raises(UsageError, match="units: expected at most 64"):
        sf.fit(ball, method="mine", units=65)


def test_a_radiance_field_can_be_registered(clean: None) -> None:
    from shapefield.methods.radiance import ClassicOptions
    from shapefield.nerf.models import build as build_radiance
    from shapefield.nerf.models.classic import ClassicModel

    register("again", lambda options, matter, contracted: ClassicModel(options, contracted), kind="radiance",
             options=ClassicOptions)  # fmt: skip
    made = build_radiance("again", ClassicOptions(width=8), cells=None, contracted=False, seed=0)
    assert isinstance(made, ClassicModel)
    register("none", lambda options, matter, contracted: 3, kind="radiance")
    with pytest.raises(UsageError, match="none: expected its factory to return a RadianceField, got int"):
        build_radiance("none", None, cells=None, contracted=False, seed=0)
    with pytest.raises(UsageError, match="'grid', which is built in"):
        register("grid", lambda options, matter, contracted: None, kind="radiance")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean: None) -> Path:
    """A package beside the tree with three entry points: a good one, one that fails, one for radiance."""
    place = tmp_path / "site"
    info = place / "foreign-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[shapefield.methods]\nsoft = foreign:Soft\nbroken = foreign_broken:Soft\nradiance.fog = foreign:Soft\n"
    )
    (place / "foreign.py").write_text(PLUGIN)
    (place / "foreign_broken.py").write_text("raise RuntimeError('no such\\nlibrary')")
    monkeypatch.syspath_prepend(str(place))
    return place


def test_entry_points_are_listed_without_being_imported(package: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["methods"]) == 0
    told = capsys.readouterr().out
    assert "soft" in told and "broken" in told and "foreign 1.2" in told and "fog" not in told
    assert main(["methods", "--kind", "radiance", "--json"]) == 0
    assert {"name": "fog", "kind": "radiance", "source": "foreign 1.2"} in json.loads(capsys.readouterr().out)
    assert "foreign" not in sys.modules and "foreign_broken" not in sys.modules


def test_an_entry_point_is_fitted_like_a_built_in_method(package: Path, ball: sf.Mesh) -> None:
    result = sf.fit(ball, method="soft", steps=200, samples=20_000, resolution=32)
    assert result.method.source == "foreign 1.2" and result.report["quality"]["mean"] < 0.2
    from shapefield.lab.comparison.plan import plan

    write(ball, package / "ball.ply")
    with pytest.raises(UsageError, match=r"broken: expected the plug-in foreign 1\.2 to load, got Runtime.*: no such"):
        plan([str(package / "ball.ply")], ["broken"])
    assert "soft" in plan([str(package / "ball.ply")]).methods
    sys.modules.pop("foreign", None)


def test_a_file_s_method_reaches_child_processes_and_nothing_is_put_on_the_path(tmp_path: Path, ball: sf.Mesh) -> None:
    write(ball, tmp_path / "ball.ply")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "mine.py").write_text(PLUGIN + "\nimport sys\nassert not any('elsewhere' in p for p in sys.path)\n")

    def said(*words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "shapefield", *words, "--plugin", "elsewhere/mine.py:Soft"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=dict(os.environ))

    once = ("--steps", "5", "--resolution", "32", "--seeds", "1", "--parameters", "0")
    done = said("compare", "ball.ply", "--methods", "soft", *once, "-o", "r.html")
    assert done.returncode == 0, done.stderr
    assert "soft" in (tmp_path / "r.html").read_text() and "expected" not in done.stderr
    done = said(
        "fit", "ball.ply", "--method", "soft", "--steps", "30", "--samples", "20000", "--resolution", "32", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert "--plugin" in json.loads(done.stdout)["run"]["command"]
    done = said("extract", "ball.field", "-o", "b.ply", "--resolution", "24")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("mine.py", "expected PATH.py:NAME"),
        ("nowhere.py:Soft", "found none at nowhere.py"),
        ("mine.txt:Soft", "expected PATH.py:NAME"),
        ("mine.py:Hard", "expected Hard in .*mine.py, found no such name"),
        ("bad.py:Soft", "expected the plug-in .*bad.py:Soft to load, got SyntaxError"),
    ],
)
def test_a_plug_in_that_is_none_is_told_in_one_line(
    told: str, words: str, tmp_path: Path, clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(PLUGIN)
    (tmp_path / "bad.py").write_text("def (")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=words) as caught:
        plugins.add_file(told)
        method(told.rpartition(":")[2].lower())
    assert "\n" not in str(caught.value)
