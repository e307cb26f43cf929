"""A mesh on its way through the repairs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from shapefield.solid.model import FaceOrigin, Kind

TOLD = 40
"""Repairs of one kind that are recorded one by one, the largest first; what is smaller is summed up."""


class NoInside(Exception):
    """Nothing in the mesh encloses anything, and no thickness may or can be given to it; says what was expected."""


@dataclass(frozen=True, slots=True, eq=False)
class RepairsDone:
    """Repairs of one kind, unit frame: (k,) counts, areas, sizes, (k, 3) places, (k,) one given face or -1."""

    kind: Kind
    count: np.ndarray
    area: np.ndarray
    place: np.ndarray
    size: np.ndarray
    face: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """Vertices (n, 3) of the unit frame and faces (m, 3), what was done so far, and how the surface was found.

    source : (m,) int64 the given face of each, -1 for none;  made : (m,) int8 `FaceOrigin`; pieces know the whole
    """

    vertices: np.ndarray
    faces: np.ndarray
    source: np.ndarray
    made: np.ndarray
    done: tuple[RepairsDone, ...] = ()
    how: str = ""

    def only(self, rows: np.ndarray) -> Work:
        """With some of the faces."""
        return replace(self, faces=self.faces[rows], source=self.source[rows], made=self.made[rows])

    def noting(self, *done: RepairsDone | None) -> Work:
        """With these repairs added to the record."""
        return replace(self, done=(*self.done, *(one for one in done if one is not None and len(one.count))))

    def joined(self, other: Work) -> Work:
        """Both surfaces side by side; the record and the words of the other, which knows this one's."""
        return replace(
            other,
            vertices=np.concatenate([self.vertices, other.vertices]),
            faces=np.concatenate([self.faces, other.faces + len(self.vertices)]),
            source=np.concatenate([self.source, other.source]),
            made=np.concatenate([self.made, other.made]),
        )


def given(vertices: np.ndarray, faces: np.ndarray) -> Work:
    """The input as it is."""
    return Work(vertices, faces, np.arange(len(faces)), np.full(len(faces), FaceOrigin.KEPT, dtype=np.int8))


def noted(
    kind: Kind,
    vertices: np.ndarray,
    faces: np.ndarray,
    label: np.ndarray | None = None,
    counts: np.ndarray | None = None,
    source: np.ndarray | None = None,
) -> RepairsDone | None:
    """A record of faces (m, 3), one for each label (m,), counted by faces or as `counts` says; None without faces.

    source : (m,) the given face of each, where it has one
    """
    from shapefield.solid.topology import boxes

    if not len(faces):
        return None
    labels = np.zeros(len(faces), int) if label is None else label
    _, first, label = np.unique(labels, return_index=True, return_inverse=True)
    corners = vertices[faces]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    low, high = boxes(vertices, faces, label)
    count = np.bincount(label) if counts is None else counts
    size, face = np.linalg.norm(high - low, axis=1), np.full(len(first), -1) if source is None else source[first]
    return RepairsDone(kind, count, np.bincount(label, weights=area), 0.5 * (low + high), size, face)
