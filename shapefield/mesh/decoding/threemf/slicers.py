"""What slicers store beside the meshes: which parts are cut away, and which only change settings.

PrusaSlicer and its kin number the triangles of an object's one mesh (Metadata/Slic3r_PE_model.config); Bambu Studio
and OrcaSlicer name an object's components (Metadata/model_settings.config).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from shapefield.errors import InputError
from shapefield.mesh.decoding.threemf.model import Component, Name, Object, Role, ThreemfModel, identity
from shapefield.mesh.decoding.threemf.package import Package

PRUSA, BAMBU = "Metadata/Slic3r_PE_model.config", "Metadata/model_settings.config"
ROLES = {
    "NegativeVolume": Role.NEGATIVE,
    "ParameterModifier": Role.MODIFIER,
    "SupportBlocker": Role.BLOCKER,
    "SupportEnforcer": Role.ENFORCER,
    "negative_part": Role.NEGATIVE,
    "modifier_part": Role.MODIFIER,
    "support_blocker": Role.BLOCKER,
    "support_enforcer": Role.ENFORCER,
}


@dataclass(slots=True)
class Setting:
    """A volume (triangles first to last of the object's mesh) or a part (a component's object id) of a slicer."""

    part: str = ""
    first: int = 0
    last: int = -1
    role: Role = Role.BODY
    label: str = ""


@dataclass(slots=True)
class _Settings:
    objects: dict[str, list[Setting]] = field(default_factory=dict)
    current: list[Setting] = field(default_factory=list)
    inside: bool = False

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "object":
            self.current, self.inside = self.objects.setdefault(given.get("id", ""), []), False
        elif tag == "volume":
            self._add(Setting(first=_whole(given.get("firstid")), last=_whole(given.get("lastid"))))
        elif tag == "part":
            role = ROLES.get(given.get("subtype", ""), Role.BODY)
            self._add(Setting(part=given.get("id", ""), role=role))
        elif tag == "metadata" and self.inside:
            self._describe(self.current[-1], given.get("key", ""), given.get("value", ""))

    def end(self, tag: str) -> None:
        if tag in ("volume", "part", "object"):
            self.inside = False

    def _add(self, setting: Setting) -> None:
        self.current.append(setting)
        self.inside = True

    @staticmethod
    def _describe(setting: Setting, key: str, value: str) -> None:
        if key == "name":
            setting.label = value
        elif key == "volume_type":
            setting.role = ROLES.get(value, Role.BODY)
        elif key == "modifier" and value == "1" and setting.role is Role.BODY:
            setting.role = Role.MODIFIER  # as before there were volume types


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 19 else -1


def apply_slicer_settings(package: Package, model: ThreemfModel) -> None:
    """Give the model's components the roles that a slicer's settings give them; a damaged one of these is told."""
    for place, apply in ((PRUSA, _apply_volumes), (BAMBU, _apply_parts)):
        if not package.has(place):
            continue
        settings = _Settings()
        try:
            package.parse(place, settings.start, settings.end)
        except InputError:
            model.notices.append(f"{place} is damaged: all parts are taken as solid")
            continue
        for number, found in settings.objects.items():
            owner = model.objects.get((model.root, number))
            if owner is not None:
                apply(model, (model.root, number), owner, found)


def _apply_parts(model: ThreemfModel, name: Name, owner: Object, found: list[Setting]) -> None:
    by_id = {setting.part: setting for setting in found}
    for component in owner.components:
        setting = by_id.get(component.object[1])
        if setting is not None:
            component.role, component.label, component.settled = setting.role, setting.label, True


def _apply_volumes(model: ThreemfModel, name: Name, owner: Object, found: list[Setting]) -> None:
    """Split the object's mesh into one object a volume, and make these its components, unless all are solid."""
    if all(setting.role is Role.BODY for setting in found):
        return
    count = len(owner.corners) // 3
    if any(not 0 <= setting.first <= setting.last < count for setting in found):
        model.notices.append(f"{PRUSA} does not fit the mesh of {count:,} triangles: all parts are taken as solid")
        return
    volume = np.full(count, len(found))
    for k, setting in enumerate(found):
        volume[setting.first : setting.last + 1] = k
    corners = np.array(owner.corners, dtype=np.int64).reshape(-1, 3)
    paint = np.full(corners.shape, owner.base_paint)
    paint.reshape(-1)[: len(owner.paint)] = owner.paint
    for k, setting in enumerate([*found, Setting(label=owner.label)]):
        rows = volume == k
        if rows.any():
            piece = Object(setting.label, coordinates=owner.coordinates, base_paint=owner.base_paint)
            piece.corners.extend(corners[rows].reshape(-1).tolist())
            piece.paint.extend(paint[rows].reshape(-1).tolist())
            inner = (name[0], f"{name[1]}, volume {k + 1}")
            model.objects[inner] = piece
            owner.components.append(Component(inner, identity(), setting.role, setting.label))
    del owner.corners[:], owner.paint[:]
