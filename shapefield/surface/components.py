"""Connected pieces of a mesh: the largest one, or all but the debris."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shapefield.errors import UsageError
from shapefield.mesh.graph import connected_faces
from shapefield.mesh.model import Mesh


def label_components(mesh: Mesh) -> np.ndarray:
    """(m,) int32: the component of each face; components are joined by shared vertices."""
    return connected_faces(mesh.faces, len(mesh.vertices))


def keep_largest(mesh: Mesh) -> Mesh:
    """The component with the largest area, and the cavities inside it.

    Components with a negative volume (walls of cavities) are kept when they lie within the chosen one's bounds.
    """
    return select_faces(mesh, largest_component(mesh))


def largest_component(mesh: Mesh, area: np.ndarray | None = None) -> np.ndarray:
    """(m,) bool: the faces that `keep_largest` keeps. area : (m,) of every face that counts, if not its own."""
    return _kept(mesh, lambda area: np.arange(len(area)) == np.argmax(area), area)


def drop_debris(mesh: Mesh, share: float = 0.01) -> Mesh:
    """All components with at least `share` of the largest one's area, and their cavities."""
    if not 0.0 <= share <= 1.0:
        raise UsageError(f"debris: expected a share between 0 and 1, got {share:g}")
    return select_faces(mesh, _kept(mesh, lambda area: area >= share * area.max()))


def without_specks(mesh: Mesh, least: float) -> tuple[Mesh, int]:
    """The components, cavities too, whose box has a side of at least `least`, and how many others there were.

    The largest one stays whatever its size.
    """
    labels = label_components(mesh)
    sides = longest_sides(mesh, labels)
    kept = sides >= min(least, sides.max())
    if kept.all():
        return mesh, 0
    return select_faces(mesh, kept[labels]), int((~kept).sum())


def smallest_side(mesh: Mesh) -> float:
    """The longest side of the box around the smallest component, units of the mesh."""
    return float(longest_sides(mesh, label_components(mesh)).min())


def longest_sides(mesh: Mesh, labels: np.ndarray) -> np.ndarray:
    """(components,) the longest side of each one's box."""
    low, high = _boxes(mesh, labels)
    return (high - low).max(axis=1)


def _boxes(mesh: Mesh, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner (components, 3) of each; labels (m,) of the faces."""
    faces = np.bincount(labels)
    low = np.full((len(faces), 3), np.inf)
    high = -low
    most = int(faces.argmax())  # nearly all, as a rule: not face by face
    others = np.flatnonzero(labels != most)
    used = np.zeros(len(mesh.vertices), dtype=bool)
    used[mesh.faces[labels == most]] = True
    low[most], high[most] = mesh.vertices[used].min(axis=0), mesh.vertices[used].max(axis=0)
    for corner in mesh.faces[others].T:
        np.minimum.at(low, labels[others], mesh.vertices[corner])
        np.maximum.at(high, labels[others], mesh.vertices[corner])
    return low, high


def _kept(mesh: Mesh, choose, area: np.ndarray | None = None) -> np.ndarray:
    labels = label_components(mesh) if len(mesh.faces) else np.zeros(0, dtype=np.int32)
    count = int(labels.max(initial=0)) + 1
    if count == 1:
        return np.ones(len(labels), dtype=bool)
    area = np.bincount(labels, mesh.face_areas if area is None else area, count)
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    volume = np.bincount(labels, np.einsum("ij,ij->i", a, np.cross(b, c)), count)
    cavity = volume < 0
    kept = choose(np.where(cavity, 0.0, area)) & ~cavity
    low, high = _boxes(mesh, labels)
    solids = np.flatnonzero(kept)
    for wall in np.flatnonzero(cavity):
        kept[wall] = bool(((low[solids] <= low[wall]) & (high[wall] <= high[solids])).all(axis=1).any())
    return kept[labels]


def select_faces(mesh: Mesh, chosen: np.ndarray) -> Mesh:
    """The chosen faces ((m,) bool) and the vertices they use; the mesh itself where that is all of them."""
    if chosen.all():
        return mesh
    used, faces = np.unique(mesh.faces[chosen], return_inverse=True)
    return replace(
        mesh,
        vertices=mesh.vertices[used],
        faces=faces.reshape(-1, 3),
        colors=None if mesh.colors is None else mesh.colors[used],
        normals=None if mesh.normals is None else mesh.normals[used],
    )
