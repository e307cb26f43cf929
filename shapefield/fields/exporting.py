"""A trained field as an ONNX file that other programs run: float32, in the input's own units, any number of points.

The file has one input "points" (n, 3) and one output "value" (n,), negative inside.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from shapefield.errors import ResourceError, UsageError
from shapefield.fields.beyond import everywhere
from shapefield.mesh.model import Similarity
from shapefield.storage.files import check_replaceable, writing

OPSET = 18
TOLERANCE = 1e-5
"""Of the shape's radius: what the file's values may be off."""
INSTALL = 'pip install "shapefield[onnx]"'


class SinglePrecision(nn.Module):
    """`units.InInputUnits` in float32 alone: (n, 3) float32 → (n,) float32."""

    center: Tensor

    def __init__(self, module: nn.Module, kind: str, similarity: Similarity) -> None:
        super().__init__()
        self.module, self.kind, self.scale = module, kind, float(similarity.scale)
        self.length = 1.0 / self.scale if kind == "distance" else 1.0
        self.register_buffer("center", torch.tensor(similarity.center, dtype=torch.float32))

    def forward(self, points: Tensor) -> Tensor:
        """points (n, 3) in input units → (n,), negative inside."""
        return self.length * everywhere(self.module, (points - self.center) * self.scale, self.kind)


def write_onnx(module: nn.Module, kind: str, similarity: Similarity, path: str | Path, force: bool = False) -> None:
    """Write the field of the unit frame as ONNX in the input's frame, its values held against the field's first.

    Raises ResourceError without the exporter's packages, UsageError where float32 or ONNX cannot hold the field,
    OutputError where the place cannot be written.
    """
    check_replaceable(path, force)
    _require_exporter()
    _require_room(similarity)
    wrapped = SinglePrecision(module, kind, similarity).eval()
    data = _exported(wrapped, similarity)
    _require_agreement(data, wrapped, similarity, kind)
    with writing(path) as file:
        file.write(data)


def _require_exporter() -> None:
    """Raise ResourceError where what torch exports with is not installed."""
    try:
        for name in ("onnx", "onnxscript"):
            import_module(name)
    except ImportError as error:
        raise ResourceError(f"onnx: expected its exporter, got none ({error.name}): {INSTALL}") from None


def _require_room(similarity: Similarity) -> None:
    """Raise UsageError where float32 is coarser than the tolerance: so far from the origin is the shape."""
    farthest = float(np.abs(similarity.center).max()) + similarity.radius
    if farthest * np.finfo(np.float32).eps > TOLERANCE * similarity.radius:
        raise UsageError(
            f"onnx: expected a shape that float32 coordinates can tell to {TOLERANCE:g} of its size, got one "
            f"{farthest / similarity.radius:.3g} radii from the origin: move it there before the fit"
        )


def _exported(wrapped: nn.Module, similarity: Similarity) -> bytes:
    """The bytes of the model, its weights inside."""
    points = torch.from_numpy(_points(similarity, 8))
    try:
        with _quiet():
            program = torch.onnx.export(
                wrapped,
                (points,),
                input_names=["points"],
                output_names=["value"],
                dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
        assert program is not None
        data = program.model_proto.SerializeToString()
    except Exception as error:  # whatever torch's exporter meets in a network of somebody's own
        told = " ".join(str(error).split())[:120]
        raise UsageError(f"onnx: expected a network that torch can export, got one that it cannot ({told})") from error
    return data


def _require_agreement(data: bytes, wrapped: nn.Module, similarity: Similarity, kind: str) -> None:
    """Raise UsageError where the file's values are not the field's. Run by ONNX's own reference, whatever reads it."""
    from onnx import load_from_string
    from onnx.reference import ReferenceEvaluator

    points = _points(similarity, 64)
    with torch.no_grad():
        true = wrapped(torch.from_numpy(points)).numpy()
    (found,) = ReferenceEvaluator(load_from_string(data)).run(None, {"points": points})
    unit = similarity.scale if kind == "distance" else 1.0
    off = float(np.abs(np.asarray(found) - true).max()) * unit
    if not off <= TOLERANCE * max(1.0, float(np.abs(true).max()) * unit):
        raise UsageError(
            f"onnx: expected the field's own values in the file, got some {off:.2g} off: nothing is written"
        )


def _points(similarity: Similarity, count: int) -> np.ndarray:
    """(count, 3) float32 in and around the box, input units."""
    unit = np.random.default_rng(0).uniform(-1.2, 1.2, (count, 3))
    return similarity.to_input(unit).astype(np.float32)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter prints and warns of its own doings."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
