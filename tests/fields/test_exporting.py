"""A field that leaves the program, traced, exported or as ONNX, has the field's own values or is refused."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from shapes import sphere

import shapefield as sf
from shapefield.errors import OutputError, ResourceError, UsageError
from shapefield.fields import build
from shapefield.mesh.model import UNIT_RADIUS, Similarity
from shapefield.methods import METHODS, method
from shapefield.result import Result

QUICK = {"steps": 20, "samples": 6000, "resolution": 32, "batch": 512, "levels": 3, "table": 9, "finest": 40}
SIZE = 4.0
"""The ball's diameter: what errors are measured by."""


@pytest.fixture(scope="module")
def ball() -> Result:
    """The default method fitted to a ball of radius 2 at (5, 0, -3)."""
    mesh = sphere(SIZE / 2, cells=12)
    return sf.fit(sf.Mesh(mesh.vertices + np.array([5.0, 0.0, -3.0]), mesh.faces), **QUICK)


def points(count: int) -> np.ndarray:
    """(count, 3) in and out of the ball's box."""
    return np.random.default_rng(count).uniform(-3.5, 3.5, (count, 3)) + np.array([5.0, 0.0, -3.0])


def test_a_traced_field_has_the_field_s_values_at_any_number_of_points(ball: Result) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's: shapes that it takes for constants, as they are
        traced = torch.jit.trace(ball.torch(), (torch.from_numpy(points(7)),))
    for count in (1, 7, 300):
        found = traced(torch.from_numpy(points(count))).detach().numpy()
        assert np.abs(found - ball.field(points(count))).max() < 1e-6 * SIZE


def test_an_exported_field_has_the_field_s_values_at_any_number_of_points(ball: Result) -> None:
    shapes = ({0: torch.export.Dim("n", min=1)},)
    module = torch.export.export(ball.torch(), (torch.from_numpy(points(7)),), dynamic_shapes=shapes).module()
    for count in (2, 300):
        found = module(torch.from_numpy(points(count))).detach().numpy()
        assert np.abs(found - ball.field(points(count))).max() < 1e-6 * SIZE


def test_onnx_runtime_gives_the_field_s_values(ball: Result, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    ball.export(tmp_path / "ball.onnx")
    session = runtime.InferenceSession(tmp_path / "ball.onnx")
    assert [entry.name for entry in session.get_inputs()] == ["points"]
    for count in (1, 1000):
        (found,) = session.run(["value"], {"points": points(count).astype(np.float32)})
        assert found.dtype == np.float32 and found.shape == (count,)
        assert np.abs(found - ball.field(points(count))).max() < 1e-5 * SIZE
    (tmp_path / "other.onnx").write_bytes(b"mine")
    with pytest.raises(OutputError):
        ball.export(tmp_path / "other.onnx")
    with pytest.raises(UsageError, match=r"expected a name that ends in \.onnx"):
        ball.export(tmp_path / "ball.pt")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in METHODS if name != "hybrid"])
def test_every_method_leaves_with_its_own_values(name: str, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    entry = method(name)
    options = entry.options(**entry.preset("cpu")[0])
    similarity = Similarity(np.array([5.0, 0.0, -3.0]), UNIT_RADIUS / (SIZE / 2))
    result = Result(entry, options, "cpu", build(entry, options), similarity)
    result.export(tmp_path / "a.onnx")
    (found,) = runtime.InferenceSession(tmp_path / "a.onnx").run(None, {"points": points(500).astype(np.float32)})
    true = result.field(points(500))
    assert np.abs(found - true).max() < 1e-5 * max(SIZE, np.abs(true).max())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(result.torch(), (torch.from_numpy(points(7)),))
    again = traced(torch.from_numpy(points(500))).detach().numpy()
    assert np.abs(again - true).max() < 1e-5 * max(SIZE, np.abs(true).max())


def test_what_float32_cannot_hold_is_refused_in_a_line(ball: Result, tmp_path: Path) -> None:
    far = Result(**vars(ball) | {"similarity": Similarity(np.array([1e5, 0.0, 0.0]), ball.similarity.scale)})
    with pytest.raises(UsageError, match=r"float32 coordinates .* got one 5e\+04 radii from the origin"):
        far.export(tmp_path / "far.onnx")
    assert list(tmp_path.iterdir()) == []


def test_without_the_exporter_its_install_line_is_told(ball: Result, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ResourceError, match=r'pip install "shapefield\[onnx\]"'):
        ball.export(tmp_path / "ball.onnx")


def test_numpy_alone_reads_a_field(ball: Result, tmp_path: Path) -> None:
    """The reader of docs/field-format.md, in a process that may import nothing of ours."""
    reader = Path(__file__).parents[2] / "examples" / "read_field.py"
    code = [line for line in reader.read_text().splitlines() if line.strip()]
    assert len(code) <= 60
    hashed = sf.fit(sphere(2.0, cells=12), method="hashgrid", **QUICK)
    for result, place in ((ball, points(1)[0]), (hashed, np.array([0.3, -3.0, 0.4]))):
        result.save(tmp_path / "a.field", force=True)
        words = [sys.executable, str(reader)]
        done = subprocess.run(
            [*words, str(tmp_path / "a.field"), *map(repr, place.tolist())], capture_output=True, text=True, check=True
        )
        assert float(done.stdout) == pytest.approx(float(result.field(place)), abs=1e-5 * SIZE)
    assert "import shapefield" not in reader.read_text() and "torch" not in reader.read_text()
