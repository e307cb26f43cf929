"""The model parts of a 3MF file: objects, components, build items, colours. Every part is read once."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from shapefield.mesh.decoding.threemf.package import Package, one_line

UNITS = {"micron": "um", "millimeter": "mm", "centimeter": "cm", "meter": "m", "inch": "in", "foot": "ft"}

Name = tuple[str, str]
"""An object is named by its part and its id."""


class Role(Enum):
    """What a component is to its object; the value is what notices call it."""

    BODY = "part"
    NEGATIVE = "negative part"
    MODIFIER = "modifier"
    BLOCKER = "support blocker"
    ENFORCER = "support enforcer"


@dataclass(slots=True)
class Component:
    """An object placed within another one, x' = [x, 1] · matrix (4, 3).

    `settled` where a slicer's settings say what it is: then its object's type does not count, for Bambu Studio calls
    the objects of negative parts "other".
    """

    object: Name
    matrix: np.ndarray
    role: Role = Role.BODY
    label: str = ""
    settled: bool = False


@dataclass(slots=True)
class Item:
    """An object placed in the build."""

    object: Name
    matrix: np.ndarray
    printable: bool = True


@dataclass(slots=True)
class Object:
    """A mesh (flat coordinates, corners, and a colour per triangle corner), or components of other objects.

    `kind` is its type as written; `beams` counts the members of its beam lattice.
    """

    label: str = ""
    kind: str = "model"
    coordinates: array = field(default_factory=lambda: array("d"))
    corners: array = field(default_factory=lambda: array("q"))
    paint: array = field(default_factory=lambda: array("q"))
    components: list[Component] = field(default_factory=list)
    base_paint: int = -1
    beams: int = 0


@dataclass(slots=True)
class ThreemfModel:
    """All parts together; `groups` has the first and the number of a colour group's entries in `colors`."""

    root: str
    unit: str = "millimeter"
    objects: dict[Name, Object] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    groups: dict[Name, tuple[int, int]] = field(default_factory=dict)
    colors: list[tuple[int, int, int]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    textured: bool = False


def read_model(package: Package) -> ThreemfModel:
    """Read the root part and every part that components and items refer to, each once. Raises InputError."""
    model = ThreemfModel(package.root())
    found = {model.root: None}
    pending = [model.root]
    while pending:
        others = _PartReader(package, model, pending.pop()).read()
        fresh = [part for part in dict.fromkeys(others) if part not in found]
        found |= dict.fromkeys(fresh)
        pending += fresh
    return model


def identity() -> np.ndarray:
    """(4, 3): the transform that moves nothing."""
    return np.vstack([np.eye(3), np.zeros(3)])


class _PartReader:
    """What the elements of one model part mean."""

    def __init__(self, package: Package, model: ThreemfModel, part: str) -> None:
        self.package, self.model, self.part = package, model, part
        self.current, self.group = Object(), ""
        self.others: list[str] = []
        self.readers = {
            "vertex": self._vertex,
            "triangle": self._triangle,
            "object": self._object,
            "component": self._component,
            "beam": self._beam,
            "basematerials": self._colors,
            "colorgroup": self._colors,
            "texture2dgroup": self._textured,
            "base": self._color,
            "color": self._color,
        }
        if part == model.root:
            self.readers |= {"item": self._item, "model": self._unit}

    def read(self) -> list[str]:
        """Collect the part into the model; returns the other parts that it refers to."""
        error = self.package.source.error
        try:
            self.package.parse(self.part, self._start, self._end)
        except KeyError as missing:
            raise error(
                f"expected attribute {one_line(missing)} in {self.part[:60]}, got none: export it again"
            ) from None
        except (ValueError, OverflowError) as bad:
            raise error(f"expected numbers in {self.part[:60]}, got: {one_line(bad)}: export it again") from None
        return self.others

    def _start(self, tag: str, given: dict[str, str]) -> None:
        reader = self.readers.get(tag)
        if reader is not None:
            reader(given)

    def _end(self, tag: str) -> None:
        if tag in ("basematerials", "colorgroup"):
            self.group = ""

    def _textured(self, given: dict[str, str]) -> None:
        self.model.textured = True

    def _vertex(self, given: dict[str, str]) -> None:
        self.current.coordinates.extend((float(given["x"]), float(given["y"]), float(given["z"])))

    def _triangle(self, given: dict[str, str]) -> None:
        current = self.current
        current.corners.extend((int(given["v1"]), int(given["v2"]), int(given["v3"])))
        if "p1" in given or current.base_paint >= 0:
            self._paint(given)

    def _paint(self, given: dict[str, str]) -> None:
        """Colour numbers of a triangle's corners; triangles before the first painted one get the object's own."""
        current = self.current
        missing = len(current.corners) - 3 - len(current.paint)
        current.paint.extend([current.base_paint] * missing)
        group = given.get("pid")
        if group is None or "p1" not in given:
            current.paint.extend([current.base_paint] * 3)
            return
        first = self._number(group, given["p1"])
        rest = (self._number(group, given[key]) if key in given else first for key in ("p2", "p3"))
        current.paint.extend((first, *rest))

    def _number(self, group: str, index: str) -> int:
        first, count = self.model.groups.get((self.part, group), (0, 0))
        k = int(index)
        return first + k if 0 <= k < count else -1

    def _object(self, given: dict[str, str]) -> None:
        self.current = self.model.objects.setdefault((self.part, given["id"]), Object())
        self.current.label = given.get("name", "")
        self.current.kind = given.get("type", "model")
        if "pid" in given:
            self.current.base_paint = self._number(given["pid"], given.get("pindex", "0"))

    def _beam(self, given: dict[str, str]) -> None:
        self.current.beams += 1

    def _named(self, given: dict[str, str]) -> Name:
        place = given.get("path", "").lstrip("/") or self.part
        if place != self.part:
            self.others.append(place)
        return place, given["objectid"]

    def _component(self, given: dict[str, str]) -> None:
        self.current.components.append(Component(self._named(given), _transform(given.get("transform"))))

    def _item(self, given: dict[str, str]) -> None:
        printable = given.get("printable", "1").strip().lower() not in ("0", "false")
        self.model.items.append(Item(self._named(given), _transform(given.get("transform")), printable))

    def _unit(self, given: dict[str, str]) -> None:
        self.model.unit = given.get("unit", "millimeter")

    def _colors(self, given: dict[str, str]) -> None:
        self.group = given["id"]
        self.model.groups[self.part, self.group] = (len(self.model.colors), 0)

    def _color(self, given: dict[str, str]) -> None:
        if self.group:
            first, count = self.model.groups[self.part, self.group]
            self.model.colors.append(_rgb(given.get("displaycolor", given.get("color", ""))))
            self.model.groups[self.part, self.group] = (first, count + 1)


def _rgb(text: str) -> tuple[int, int, int]:
    digits = text.lstrip("#")
    try:
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    except ValueError:
        return 200, 200, 200


def _transform(text: str | None) -> np.ndarray:
    """(4, 3) row-vector transform: x' = [x, 1] · T."""
    if text is None:
        return identity()
    values = [float(word) for word in text.split()]
    if len(values) != 12:
        raise ValueError(f"a transform of {len(values)} numbers instead of 12")
    return np.array(values).reshape(4, 3)
