"""The Python API given what it does not take: one clear line each."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from shapes import sphere
from torch import nn

import shapefield as sf
from shapefield.errors import UsageError
from shapefield.methods import METHODS

QUICK = {"steps": 2, "samples": 5000, "resolution": 32, "batch": 512}


@pytest.mark.parametrize(
    ("mesh", "said"),
    [
        (None, r"a path, a Mesh, .*, got NoneType: sf\.Mesh\("),
        (5, r"a path, a Mesh, .*, got int: sf\.Mesh\("),
        (SimpleNamespace(vertices=[], faces=[]), r"a path, a Mesh, .*, got types.SimpleNamespace: sf\.Mesh\("),
        ((np.zeros((3, 3)), np.zeros((1, 3))), "faces of whole numbers, got float64"),
    ],
)
@pytest.mark.parametrize("call", [sf.fit, sf.sample, lambda m: sf.evaluate(m, m)])
def test_what_is_no_mesh_is_one_line(call, mesh, said: str) -> None:
    with pytest.raises(UsageError, match=f"mesh: expected {said}"):
        call(mesh)


@pytest.mark.parametrize("call", [sf.load, sf.read_mesh])
@pytest.mark.parametrize("path", [None, 5, b"a.field"])
def test_what_is_no_path_is_one_line(call, path) -> None:
    with pytest.raises(UsageError, match="path: expected the path of a"):
        call(path)


def test_a_setting_that_is_none_is_named() -> None:
    result = sf.fit(sphere(2.0, cells=8), table=8, levels=2, **QUICK)
    with pytest.raises(UsageError, match=r"setting of mesh: expected one of resolution, .*, got 'foo'"):
        result.mesh(32, foo=1)


class Flat(nn.Module):
    def __init__(self, inputs: int = 3, outputs: int = 1) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return self.linear(points)[:, 0]


class Fixed(nn.Module):
    def __init__(self, inputs: int = 3, outputs: int = 1) -> None:
        super().__init__()

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return points.norm(dim=1, keepdim=True) - 0.5


class Broken(Flat):
    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return self.linear(points[:, :2])


class Several(Flat):
    def forward(self, points: torch.Tensor):
        return self.linear(points), points


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (Flat, r"expected a module that maps \(4, 3\) points to \(4, 1\) values, got \(4,\)"),
        (Fixed, "expected a module with parameters to train, got one without"),
        (Broken, r"to \(4, 1\) values, got RuntimeError \("),
        (Several, r"to \(4, 1\) values, got tuple"),
    ],
)
def test_a_registered_module_is_tried_on_four_points_first(factory, said: str) -> None:
    sf.register("mine-to-try", factory)
    try:
        with pytest.raises(UsageError, match=said):
            sf.fit(sphere(2.0, cells=8), method="mine-to-try", **QUICK)
    finally:
        METHODS.pop("mine-to-try", None)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use is not deleted there")
def test_a_deleted_working_directory_is_one_line(tmp_path: Path) -> None:
    code = (
        "import os, sys, tempfile\nfolder = tempfile.mkdtemp()\nos.chdir(folder)\nos.rmdir(folder)\n"
        "from shapefield.cli.main import main\nsys.exit(main(sys.argv[1:]))"
    )
    for words in (
        ("fit", str(tmp_path / "a.obj")),
        ("extract", str(tmp_path / "a.field"), "-o", str(tmp_path / "b.ply")),
    ):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
        assert "expected a working directory, got one that was deleted" in done.stderr
