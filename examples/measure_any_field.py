"""Any function of points against a mesh, by the same exact figures as a fit's report.

python examples/measure_any_field.py
"""

import numpy as np
import trimesh

import shapefield as sf

box = trimesh.creation.box((2.0, 2.0, 2.0))


def exact(points: np.ndarray) -> np.ndarray:
    """The signed distance of the box [-1, 1]³."""
    q = np.abs(points) - 1.0
    return np.linalg.norm(q.clip(min=0.0), axis=1) + q.max(axis=1).clip(max=0.0)


def rounded(points: np.ndarray) -> np.ndarray:
    """The same box with its edges rounded by 0.1: what a smooth network makes of it."""
    return exact(points / 0.9) * 0.9 - 0.1


for field in (exact, rounded):
    found = sf.evaluate_field(field, box, resolution=128)
    print(
        f"{field.__name__:8} values {found.near:.1e} R off near the surface, {found.wrong_side:.2%} on the wrong side;"
        f" surface {found.surface.mean:.1e} R off, at most {found.surface.max:.3f} R"
    )
