"""How an error is spread over a surface: shares of its area. No Qt."""

from __future__ import annotations

import numpy as np

_MOST = 200_000
"""Faces that are looked at: of more, every second, third, … one."""


class Distribution:
    """vertices (n, 3) in any scale; faces (m, 3); error (n,) per vertex, input units, NaN where it is not known.

    signed : inside and outside are kept apart; else sizes count
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, error: np.ndarray, signed: bool = False) -> None:
        some = faces[:: max(1, -(-len(faces) // _MOST))]
        corners = vertices[some].astype(np.float64)
        areas = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        values = (error if signed else np.abs(error))[some].mean(axis=1)
        known = np.isfinite(values)
        order = np.argsort(values[known])
        self.values, areas = values[known][order], areas[known][order]
        total = float(areas.sum())
        self._below = np.concatenate([[0.0], np.cumsum(areas) / total]) if total > 0 else np.zeros(len(areas) + 1)

    def share_over(self, limit: float) -> float:
        """0..1 of the area whose error exceeds the limit."""
        return float(self._below[-1] - self._below[np.searchsorted(self.values, limit, side="right")])

    def histogram(self, top: float, bins: int, low: float = 0.0) -> np.ndarray:
        """(bins,) share of the area in each of as many even steps from low to top; what is beyond is at the ends."""
        edges = np.searchsorted(self.values, np.linspace(low, top, bins + 1)[1:-1], side="right")
        return np.diff(self._below[np.concatenate([[0], edges, [len(self.values)]])])
