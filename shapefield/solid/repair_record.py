"""The record of a repair: what was changed before anything was fitted, piece by piece, in sums, and as plain JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from shapefield.mesh.model import Similarity
from shapefield.solid.model import FaceOrigin, Kind, Repair, Repairs, Solid
from shapefield.solid.rays import disagreement
from shapefield.solid.work import TOLD, RepairsDone, Work


def account(solid: Solid) -> dict[str, Any]:
    """The fields of `Repairs`, rays' disagreement measured, `hole_share` of the solid's area, how inside was found, and
    the `record`, repair by repair.

    None of it is an error of a fit: that is measured against the solid that came out of the repair.
    """
    counts = replace(solid.repairs, sign_disagreement=disagreement(solid)).as_dict()
    share = solid.repairs.hole_area / max(float(solid.mesh.face_areas.sum()), 1e-300)
    found = {"hole_share": share, "sign_method": solid.sign_method, "reason": solid.reason}
    return counts | found | {"record": [one.as_dict() for one in solid.record]}


def recorded(
    done: tuple[RepairsDone, ...], frame: Similarity, area: float, name_of: Callable[[int], str]
) -> tuple[Repair, ...]:
    """What was done in the unit frame, in the input's; of each kind the largest first, the many small ones summed.

    area : of the whole input, in unit lengths;  name_of : what the file calls the part that one of its faces is of
    """
    found = []
    for kind in Kind:
        own = [one for one in done if one.kind == kind]
        if not own:
            continue
        count, areas, size = (np.concatenate([getattr(one, name) for one in own]) for name in ("count", "area", "size"))
        faces = np.concatenate([one.face for one in own])
        places = frame.to_input(np.concatenate([one.place for one in own]))
        order = np.argsort(-areas, kind="stable")
        for k in order[:TOLD]:
            rest = order[TOLD:] if k == order[min(TOLD, len(order)) - 1] else order[:0]
            total = float(areas[k] + areas[rest].sum())
            found.append(
                Repair(
                    kind=kind,
                    count=int(count[k] + count[rest].sum()),
                    area=total / frame.scale**2,
                    share=total / max(area, 1e-300),
                    place=(float(places[k, 0]), float(places[k, 1]), float(places[k, 2])),
                    size=float(size[k]) / frame.scale,
                    more=len(rest),
                    name=name_of(int(faces[k])) if faces[k] >= 0 else "",
                )
            )
    return tuple(found)


def summed(record: tuple[Repair, ...], work: Work, thickened_by: float) -> Repairs:
    """The sums of a record."""
    faces, repairs = dict.fromkeys(Kind, 0), dict.fromkeys(Kind, 0)
    areas = dict.fromkeys(Kind, 0.0)
    for one in record:
        faces[one.kind] += one.count
        repairs[one.kind] += 1 + one.more
        areas[one.kind] += one.area
    return Repairs(
        faces_reoriented=faces[Kind.TURNED],
        duplicates_removed=faces[Kind.DUPLICATE],
        holes_closed=repairs[Kind.HOLE],
        hole_area=areas[Kind.HOLE],
        inner_faces_removed=faces[Kind.INNER],
        debris_removed=faces[Kind.DEBRIS],
        cavities_filled=repairs[Kind.CAVITY],
        thickened_by=thickened_by,
        crossings_cut=faces[Kind.CUT],
        resampled=bool((work.made == FaceOrigin.GRID).any()),
    )
