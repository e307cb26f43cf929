"""A mesh on its way through the repairs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shapefield.solid.model import Repairs


class NoInside(Exception):
    """Nothing in the mesh encloses anything, and no thickness may or can be given to it; says what was expected."""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """Vertices (n, 3) of the unit frame, faces (m, 3), what was done so far, and how the surface was found."""

    vertices: np.ndarray
    faces: np.ndarray
    repairs: Repairs
    how: str = ""

    def noting(self, **counts: Any) -> Work:
        """With these numbers added to the record of repairs."""
        before = {name: getattr(self.repairs, name) for name in counts}
        return replace(self, repairs=replace(self.repairs, **{k: before[k] + v for k, v in counts.items()}))
