"""A 3MF model → its triangles: build items and components placed, what is not part of the shape left out and told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from shapefield.mesh.decoding.expansion import Expansion
from shapefield.mesh.decoding.source import FileBytes, Geometry
from shapefield.mesh.decoding.threemf.cutting import Body, subtract
from shapefield.mesh.decoding.threemf.model import UNITS, Item, Name, Object, Role, ThreemfModel, identity
from shapefield.mesh.partnames import PartNames

DEPTH_LIMIT = 32
INSTANCE_LIMIT = 100_000
NOT_BUILT = ("support", "solidsupport", "other")
"""Types of objects that are no part of what is made."""


@dataclass(slots=True)
class Builder:
    """Bodies made so far, each once, however often it is placed; `left_out` has the names of each kind of thing."""

    source: FileBytes
    model: ThreemfModel
    bodies: dict[Name, Body] = field(default_factory=dict)
    cut: dict[Name, list[Body]] = field(default_factory=dict)
    sizes: dict[Name, np.ndarray] = field(default_factory=dict)
    left_out: dict[str, dict[Name, str]] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def object(self, name: Name) -> Object:
        """The object of that name; InputError if there is none."""
        found = self.model.objects.get(name)
        if found is None:
            raise self.source.error(f"expected object {name[1][:20]}, got none: export it again")
        return found

    def omit(self, what: str, name: Name, label: str) -> None:
        """Remember that something is left out."""
        self.left_out.setdefault(what, {})[name] = label

    def size(self, name: Name, depth: int = 0) -> np.ndarray:
        """(3,) Python integers: how many meshes, vertices and triangles an object places; nothing is expanded."""
        if depth > DEPTH_LIMIT:
            raise self.source.error("expected components of finite depth, got a cycle or too many: export it again")
        if name not in self.sizes:
            found = self.object(name)
            total = np.array([1, len(found.coordinates) // 3, len(found.corners) // 3], dtype=object)
            for component in found.components:
                if component.role in (Role.BODY, Role.NEGATIVE):
                    total = total + self.size(component.object, depth + 1)
            self.sizes[name] = total
        return self.sizes[name]

    def place(self, name: Name, matrix: np.ndarray, settled: bool = False) -> list[tuple[Body, np.ndarray]]:
        """The bodies of an object and of its components, each with its transform; negative parts are subtracted.

        `settled` where the object is part of the shape whatever its type says.
        """
        found = self.object(name)
        if found.kind in NOT_BUILT and not settled:
            self.omit(f"object{{}} of type {found.kind}", name, found.label)
            return []
        if found.beams:
            self.omit("beam lattice", name, f"{found.beams:,} beams")
        elif not len(found.corners) and not found.components:
            self.omit("object{} without triangles", name, found.label)
        if any(component.role is Role.NEGATIVE for component in found.components):
            return [(body, matrix) for body in self._cut(name)]
        return [*self._own(name, matrix), *self._components(name, matrix, Role.BODY)]

    def _own(self, name: Name, matrix: np.ndarray) -> list[tuple[Body, np.ndarray]]:
        return [(self._body(name), matrix)] if len(self.object(name).corners) else []

    def _components(self, name: Name, matrix: np.ndarray, role: Role) -> list[tuple[Body, np.ndarray]]:
        """What the components of one role place; those of other roles are told."""
        placed = []
        for k, component in enumerate(self.object(name).components):
            if component.role is role:
                joined = component.matrix @ matrix[:3]
                joined[3] += matrix[3]
                placed += self.place(component.object, joined, component.settled)
            elif component.role is not Role.NEGATIVE and component.role is not Role.BODY:
                label = component.label or self.object(component.object).label
                self.omit(component.role.value, (name[0], f"{name[1]}/{k}"), label)
        return placed

    def _cut(self, name: Name) -> list[Body]:
        """An object's bodies in its own frame, less its negative parts; made once."""
        if name not in self.cut:
            sides = []
            for role in (Role.BODY, Role.NEGATIVE):
                placed = self._components(name, identity(), role)
                placed = [*self._own(name, identity()), *placed] if role is Role.BODY else placed
                sides.append([body.placed(matrix) for body, matrix in placed])
            bodies, told = subtract(*sides)
            self.cut[name] = bodies
            self.notices += told
            if not told:
                negatives = [c for c in self.object(name).components if c.role is Role.NEGATIVE]
                labels = [c.label or self.object(c.object).label for c in negatives]
                self.notices.append(_counted("subtracted", Role.NEGATIVE.value, labels))
        return self.cut[name]

    def _body(self, name: Name) -> Body:
        if name not in self.bodies:
            found = self.object(name)
            points = np.array(found.coordinates).reshape(-1, 3)
            corners = np.array(found.corners, dtype=np.int64).reshape(-1, 3)
            if len(corners) and (corners.min() < 0 or corners.max() >= len(points)):
                bad = int(corners.max() if corners.max() >= len(points) else corners.min())
                there = f"object {name[1][:20]} has {len(points):,}"
                raise self.source.error(f"a face refers to vertex {bad}, but {there}: re-export the mesh")
            paint = np.full(corners.shape, found.base_paint)
            paint.reshape(-1)[: len(found.paint)] = found.paint
            self.bodies[name] = Body(points, corners, paint, found.label)
        return self.bodies[name]


def build(source: FileBytes, model: ThreemfModel) -> Geometry:
    """Every printable build item under its transform, components within objects. Raises InputError, ResourceError."""
    builder = Builder(source, model)
    items = _items(builder)
    placed, vertices, triangles = sum((builder.size(item.object) for item in items), np.zeros(3, dtype=object))
    if placed > INSTANCE_LIMIT:
        shown = f"{placed:,}" if placed < 10**9 else "billions"
        raise source.error(f"expected at most {INSTANCE_LIMIT:,} placed parts, got {shown}: export it again")
    expansion = Expansion(source)
    expansion.take_rows(vertices, triangles)
    bodies = [entry for item in items for entry in builder.place(item.object, item.matrix)]
    notices = [*model.notices, *builder.notices]
    notices += [_counted("left out", what, list(names.values())) for what, names in builder.left_out.items()]
    if notices and not any(len(body.corners) for body, _ in bodies):
        raise source.error(f"expected triangles, got none ({'; '.join(notices)[:200]}): export the body itself")
    return _joined(model, bodies, notices)


def _items(builder: Builder) -> list[Item]:
    """The build's printable items; all of them where none is; whatever is no component where there is no build."""
    model = builder.model
    if not model.items:
        within = {component.object for found in model.objects.values() for component in found.components}
        return [Item(name, identity()) for name in model.objects if name not in within] or [
            Item(name, identity()) for name in model.objects
        ]
    printable = [item for item in model.items if item.printable]
    if not printable:
        builder.notices.append("every build item is marked as not printable: all of them are read")
        return model.items
    for k, item in enumerate(model.items):
        if not item.printable:
            builder.omit("build item{} marked as not printable", (str(k), ""), builder.object(item.object).label)
    return printable


def _counted(verb: str, what: str, labels: list[str]) -> str:
    """ "left out 2 modifiers (a, b)"; an s stands at the end of `what`, or where it has {}, if there are several."""
    shown = [" ".join(label.split())[:30] for label in labels if label.strip()]
    names = f" ({', '.join(shown[:3])}{', …' if len(shown) > 3 else ''})" if shown else ""
    noun = (what if "{}" in what else what + "{}").format("s" if len(labels) > 1 else "")
    return f"{verb} {len(labels):,} {noun}{names}"


def _joined(model: ThreemfModel, placed: list[tuple[Body, np.ndarray]], notices: list[str]) -> Geometry:
    """All bodies under their transforms in arrays that are made once."""
    vertices = np.empty((sum(len(body.points) for body, _ in placed), 3))
    faces = np.empty((sum(len(body.corners) for body, _ in placed), 3), np.int64)
    painted = bool(model.colors) and any((body.paint >= 0).any() for body, _ in placed)
    colors = np.empty((len(faces) if painted else 0, 3, 3), np.uint8)
    palette = np.array([*model.colors, (200, 200, 200)], dtype=np.uint8)  # -1, no colour, is the palette's last
    base = row = 0
    for body, matrix in placed:
        turned = body.placed(matrix)
        vertices[base : base + len(turned.points)] = turned.points
        faces[row : row + len(turned.corners)] = turned.corners + base
        if painted:
            colors[row : row + len(turned.corners)] = palette[turned.paint]
        base, row = base + len(turned.points), row + len(turned.corners)
    unit = UNITS.get(model.unit)
    unread = ["texture coordinates"] if model.textured else []
    painting = colors if painted else None
    parts = PartNames.of_runs((body.label, len(body.corners)) for body, _ in placed)
    return Geometry(vertices, faces, corner_colors=painting, unit=unit, notices=notices, unread=unread, parts=parts)
