"""Generalised winding numbers (Jacobson et al. 2013; Barill et al. 2018): of a mesh, and of one that differs little.

A winding number is a sum over faces. So that of a surface with a few faces more, or fewer, is the old one and that of
the few: what was removed counts turned over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from shapefield.distance.splitting import cut_short
from shapefield.machine.memory import require_stacks

FINE = 2.0
"""The Barnes-Hut parameter at which a winding number is about 0.005 off."""


class Winding(Protocol):
    def at(self, points: np.ndarray, accuracy: float) -> np.ndarray:
        """(n, 3) float64 → (n,) float64. accuracy : the Barnes-Hut parameter"""
        ...


class WindingTree:
    """Of the faces (m, 3) over vertices (v, 3); its tree is built at the first question."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        self.vertices, self.faces = vertices, faces
        self._tree: Any = None

    def at(self, points: np.ndarray, accuracy: float) -> np.ndarray:
        require_stacks(f"the winding number of {len(self.faces):,} faces")
        if self._tree is None:
            import igl

            self._tree = igl.FastWindingNumberBVH()
            self._tree.init(*cut_short(self.vertices, self.faces), 2)
        return np.asarray(self._tree.winding_number(np.ascontiguousarray(points), accuracy)).reshape(-1)


@dataclass(frozen=True, slots=True, eq=False)
class WindingSum:
    """Of two surfaces together. `more` is small, and always asked for finely: errors would add up."""

    base: Winding
    more: Winding

    def at(self, points: np.ndarray, accuracy: float) -> np.ndarray:
        return self.base.at(points, accuracy) + self.more.at(points, max(accuracy, FINE))
