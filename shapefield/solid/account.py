"""The account of a repair: what was changed before anything was fitted, as plain JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shapefield.solid.model import Solid
from shapefield.solid.rays import disagreement


def account(solid: Solid) -> dict[str, Any]:
    """The fields of `Repairs`, rays' disagreement measured, `hole_share` of the solid's area, and how inside was found.

    None of it is an error of a fit: that is measured against the solid that came out of the repair.
    """
    counts = replace(solid.repairs, sign_disagreement=disagreement(solid)).as_dict()
    share = solid.repairs.hole_area / max(float(solid.mesh.face_areas.sum()), 1e-300)
    return counts | {"hole_share": share, "sign_method": solid.sign_method, "reason": solid.reason}
