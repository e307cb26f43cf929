"""What there is to say of splats before anything is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapefield.splats.model import Splats


def summary(splats: Splats) -> dict[str, Any]:
    """Plain figures by name; lengths in the file's own units."""
    low, high = np.percentile(splats.positions.astype(np.float64), [1.0, 99.0], axis=0)
    return {
        "kind": "gaussian splats",
        "name": splats.name,
        "format": splats.format,
        "count": len(splats),
        "harmonics_degree": splats.degree,
        "antialiased": splats.antialiased,
        "extent_of_98_percent": (high - low).tolist(),
        "median_deviation": float(np.median(splats.scales)),
        "median_opacity": float(np.median(splats.opacities)),
    }
