"""A shape that can be learnt from and not be measured against: points with normals, as a scanner gives them."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapefield.cli.tables import report_lines
from shapefield.config import FitConfig
from shapefield.events import Done, Event, Preview, Stage
from shapefield.fitting.gathering import Gathered
from shapefield.fitting.job import Job
from shapefield.fitting.pipeline import ShapeRun
from shapefield.fitting.sampled import SampledShape
from shapefield.lengths import Extent
from shapefield.mesh.model import UNIT_RADIUS, Similarity
from shapefield.result import Result
from shapefield.sampling import Samples
from shapefield.settings import fit_config

RADIUS = 3.0


class Scan:
    """Points on a ball with their normals; distances along the normals stand for signed distances."""

    name, path = "scan", Path("scan.xyz")

    def gathered(self, config: FitConfig, previews: bool = False) -> Generator[Event, Any, Gathered]:
        yield Stage("samples")
        similarity = Similarity(np.zeros(3), UNIT_RADIUS / RADIUS)
        samples = self._samples(config.training.seed)
        held = self._samples(config.training.seed + 1)
        return Gathered(self.name, "mm", "a scan", "none", similarity, Extent("mm", RADIUS, None), samples, held)

    def _samples(self, seed: int) -> Samples:
        generator = np.random.default_rng(seed)
        normals = generator.standard_normal((4000, 3))
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        off = generator.uniform(-0.7, 0.7, 4000)
        single = [np.float32(a) for a in (UNIT_RADIUS * normals, normals, (UNIT_RADIUS + off)[:, None] * normals, off)]
        return Samples(*single, np.empty((0, 3), np.float32), np.empty(0, np.float32))


def fitted(**job: Any) -> tuple[list[Event], Result]:
    """The events of a fit to the scan, and its result."""
    run = ShapeRun(Job(Scan(), previews=0.9, **job), fit_config(steps=250, resolution=48, method="mlp", width=64))
    run.terms = replace(run.terms, every=0.0)
    events = list(run.events())
    assert run.reference is None and isinstance(events[-1], Done)
    return events, events[-1].result


def test_a_scan_is_fitted_and_nothing_is_said_of_errors(tmp_path: Path) -> None:
    events, result = fitted(mesh=tmp_path / "scan.ply", field=tmp_path / "scan.field")
    previews = [event for event in events if isinstance(event, Preview)]
    assert previews and all(preview.error is None for preview in previews)
    report = result.report
    assert not {"quality", "preservation", "repairs", "walls", "input", "floor"} & set(report)
    assert report["sizes"]["before"] is None and report["surface"]["closed"] and report["verdict"] == "good"
    assert report["run"]["input"] == "a scan" and "scan.xyz" in report["run"]["command"]
    volume = report["sizes"]["after"]["volume"]
    assert volume == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.03)
    files = {"mesh": "scan.ply", "field": "scan.field"}
    lines = "\n".join(report_lines(report | {"files": files, "bytes": 1}))
    assert "not measured" in lines and "size before" not in lines
    again = Result.load(tmp_path / "scan.field")
    assert abs(float(again.field(np.array([[RADIUS, 0, 0]]))[0])) < 0.1


def test_a_gate_on_an_error_that_nobody_measured_is_missed() -> None:
    run = ShapeRun(Job(Scan()), fit_config(steps=30, resolution=32, method="mlp", width=16, max_error=1.0))
    *_, last = run.events()
    assert isinstance(last, Done)
    assert last.result.report["missed"] == ["mean error: expected at most 1 mm, got none measured"]


def test_a_source_names_what_it_is_measured_against() -> None:
    samples = Scan()._samples(0)
    assert SampledShape(samples).references == {}
    sided = SampledShape(samples, "occupancy")
    assert set(sided.target.tolist()) == {0.0, 1.0} and len(sided) == 4000  # a point on the surface has no side
    assert sided.cost == 4000 * 4 * 4
