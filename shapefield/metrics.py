"""How good a surface is: exact point-to-triangle distances both ways, normals, and the overlap of the volumes.

All lengths are divided by R, the reference's bounding radius; `Report.input` has them in input units as well.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.events import Event, Progress
from shapefield.mesh.model import UNIT_RADIUS, Mesh
from shapefield.mesh.surface_points import on_surface
from shapefield.solid import Solid

THRESHOLDS = (1e-2, 2e-3, 1e-3, 2e-4)
BAND = 0.01
CUT = 1e-4
"""Unit lengths from the walls of a crop box within which the surface may be the cut's."""
SHARP = np.cos(np.radians(30.0))
"""Edges whose faces meet at more than 30° are sharp; points within BAND of one count as near it."""


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of a reconstruction against a reference; lengths divided by R.

    accuracy, completeness : mean distance of the reconstruction to the reference, and back; mean is their average
    rms, p95, max          : of the same distances both ways; max is the Hausdorff distance of the samples
    normal_consistency     : mean n·n' at the closest faces both ways; a flipped mesh scores -1
    f_score                : at the THRESHOLDS, by threshold
    iou, narrow_band_iou   : agreement of inside, in the box and where |d| < 0.01
    sharp_normal_error     : mean angle of normals, degrees, within 0.01 of the reference's sharp edges; None if none
    input                  : the lengths in the reference's units
    """

    accuracy: float
    completeness: float
    mean: float
    rms: float
    p95: float
    max: float
    normal_consistency: float
    f_score: dict[str, float]
    iou: float
    narrow_band_iou: float
    sharp_normal_error: float | None
    points: int
    radius: float

    @property
    def input(self) -> dict[str, float]:
        """The lengths in the reference's units."""
        names = ("accuracy", "completeness", "mean", "rms", "p95", "max")
        return {name: getattr(self, name) * self.radius for name in names}

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self) | {"input": self.input}


def compare(
    reconstruction: Mesh,
    reference: Solid,
    points: int = 200_000,
    seed: int = 0,
    mine: SurfaceDistance | None = None,
    crop: np.ndarray | None = None,
) -> Generator[Event, None, Report]:
    """Measure a mesh (input frame) against the solid, with `points` area-weighted points each way.

    mine : distances to the mesh in the solid's unit frame, where the caller has them
    crop : (2, 3) lowest and highest corner, input frame: nothing outside counts, nor where the mesh was cut there
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    ours = reconstruction.transformed(reference.similarity)
    truth = reference.mesh.transformed(reference.similarity)
    mine = mine or SurfaceDistance(ours.vertices, ours.faces, reference.backend)
    within = _within(None if crop is None else reference.similarity.to_unit(crop))
    forth, face_forth = within(*on_surface(ours, points, generator))
    back, face_back = within(*on_surface(truth, points, generator))
    yield Progress("report", 0, 4)
    to_truth = reference.exact.closest(forth)
    yield Progress("report", 1, 4)
    to_ours = mine.closest(back)
    yield Progress("report", 2, 4)
    agreement = np.concatenate(
        [
            np.einsum("ij,ij->i", ours.normals_of(face_forth), truth.normals_of(to_truth.face)),
            np.einsum("ij,ij->i", truth.normals_of(face_back), ours.normals_of(to_ours.face)),
        ]
    )
    d_forth, d_back = to_truth.distance / UNIT_RADIUS, to_ours.distance / UNIT_RADIUS
    both = np.concatenate([d_forth, d_back])
    if not len(both):  # all of the surface lies in the walls of the crop box
        both, agreement = np.zeros(1), np.ones(1)
    iou, band = yield from _overlaps(mine, reference.exact, truth, generator, points, within)
    return Report(
        accuracy=_mean(d_forth),
        completeness=_mean(d_back),
        mean=0.5 * (_mean(d_forth) + _mean(d_back)),
        rms=float(np.sqrt((both**2).mean())),
        p95=float(np.quantile(both, 0.95)),
        max=float(both.max()),
        normal_consistency=float(agreement.mean()),
        f_score={f"{t:g}": _f_score(d_forth, d_back, t) for t in THRESHOLDS},
        iou=iou,
        narrow_band_iou=band,
        sharp_normal_error=_sharp_error(truth, back, agreement[len(forth) :]),
        points=points,
        radius=reference.similarity.radius,
    )


def _within(box: np.ndarray | None) -> Callable[..., Any]:
    """A filter of arrays whose first is points (n, 3): the rows whose points lie in the box, clear of its walls."""
    if box is None:
        return lambda *rows: rows
    low, high = box[0] + CUT, box[1] - CUT

    def within(points: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
        chosen = ((points > low) & (points < high)).all(axis=1)
        return tuple(rows[chosen] for rows in (points, *others))

    return within


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _overlaps(
    mine: SurfaceDistance,
    exact: SurfaceDistance,
    truth: Mesh,
    generator: np.random.Generator,
    points: int,
    within: Callable[..., Any],
) -> Generator[Event, None, tuple[float, float]]:
    """IoU of inside over the box [-1, 1]³ in bounding radii, larger if an offset reaches out of it; over |d| < BAND."""
    half = max(UNIT_RADIUS, round(float(np.abs(truth.vertices).max()), 9))
    box = generator.uniform(-half, half, (points, 3))
    (box,) = within(box)
    whole = _iou(mine.inside(box), exact.inside(box))
    yield Progress("report", 3, 4)
    start, face = on_surface(truth, points, generator)
    near = start + truth.normals_of(face) * generator.uniform(-BAND, BAND, (points, 1)) * UNIT_RADIUS
    (near,) = within(near)
    near = near[exact.unsigned(near) < BAND * UNIT_RADIUS]
    band = _iou(mine.inside(near), exact.inside(near))
    yield Progress("report", 4, 4)
    return whole, band


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    union = int((a | b).sum())
    return float((a & b).sum() / union) if union else 1.0


def _f_score(forth: np.ndarray, back: np.ndarray, threshold: float) -> float:
    """Harmonic mean of precision and recall at a distance (Knapitsch et al. 2017)."""
    precision, recall = float((forth < threshold).mean()), float((back < threshold).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _sharp_error(truth: Mesh, points: np.ndarray, agreement: np.ndarray) -> float | None:
    ends = sharp_edges(truth)
    if not len(ends):
        return None
    from scipy.spatial import KDTree

    spacing = BAND * UNIT_RADIUS
    lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    counts = np.minimum(np.ceil(lengths / spacing).astype(int) + 1, 10_000)
    which = np.repeat(np.arange(len(ends)), counts)
    share = (np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)) / np.maximum(counts[which] - 1, 1)
    along = ends[which, 0] + share[:, None] * (ends[which, 1] - ends[which, 0])
    gap, _ = KDTree(along, balanced_tree=False).query(points, distance_upper_bound=spacing)
    close = np.isfinite(gap)
    return float(np.degrees(np.arccos(agreement[close].clip(-1, 1))).mean()) if close.any() else None


def sharp_edges(mesh: Mesh) -> np.ndarray:
    """(k, 2, 3) ends of the edges whose two faces meet at more than 30°."""
    half = np.sort(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    owner = np.repeat(np.arange(len(mesh.faces)), 3)
    order = np.lexsort((half[:, 1], half[:, 0]))
    half, owner = half[order], owner[order]
    pair = np.flatnonzero((half[1:] == half[:-1]).all(axis=1))
    normals = mesh.face_normals
    cosine = np.einsum("ij,ij->i", normals[owner[pair]], normals[owner[pair + 1]])
    return mesh.vertices[half[pair[cosine < SHARP]]]
