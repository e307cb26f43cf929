"""OpenCV's model of a lens: radial distortion, rational where k4 to k6 are given, and tangential distortion.

With r2 = x^2 + y^2 of ideal normalised image coordinates (x right, y down):
    radial = (1 + k1 r2 + k2 r2^2 + k3 r2^3) / (1 + k4 r2 + k5 r2^2 + k6 r2^3)
    x' = x radial + 2 p1 x y + p2 (r2 + 2 x^2);   y' = y radial + p1 (r2 + 2 y^2) + 2 p2 x y
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

COEFFICIENTS = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
"""In OpenCV's order; the first four alone are the usual model."""
PINHOLE = (0.0, 0.0, 0.0, 0.0)


def trimmed(coefficients: tuple[float, ...]) -> tuple[float, ...]:
    """The first four coefficients where the others are zero, else all eight."""
    return (*coefficients, *(0.0,) * 8)[:8] if any(coefficients[4:]) else coefficients[:4]


def _radial(r2: np.ndarray, distortion: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The radial factor, and twice its derivative by r2."""
    k1, k2, _, _, k3, k4, k5, k6 = (*distortion, *(0.0,) * 8)[:8]
    above, slope = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3)), k1 + r2 * (2.0 * k2 + 3.0 * k3 * r2)
    if not (k4 or k5 or k6):
        return above, 2.0 * slope
    below, fall = 1.0 + r2 * (k4 + r2 * (k5 + r2 * k6)), k4 + r2 * (2.0 * k5 + 3.0 * k6 * r2)
    return above / below, 2.0 * (slope - above / below * fall) / below


def distorted(xy: np.ndarray, distortion: tuple[float, ...]) -> np.ndarray:
    """(n, 2) ideal normalised image coordinates → where the lens puts them."""
    p1, p2 = distortion[2:4]
    x, y = xy[:, 0], xy[:, 1]
    r2 = x * x + y * y
    radial, _ = _radial(r2, distortion)
    return np.stack(
        [
            x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x),
            y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y,
        ],
        axis=1,
    )


def undistorted(xy: np.ndarray, distortion: tuple[float, ...], iterations: int = 12) -> np.ndarray:
    """Inverse of `distorted` by Newton's method; exact to rounding wherever the lens model is one-to-one."""
    if not any(distortion):
        return np.array(xy, dtype=np.float64)
    p1, p2 = distortion[2:4]
    guess = np.array(xy, dtype=np.float64)
    for _ in range(iterations):
        x, y = guess[:, 0], guess[:, 1]
        radial, slope = _radial(x * x + y * y, distortion)
        residual = distorted(guess, distortion) - xy
        xx = radial + x * x * slope + 2.0 * p1 * y + 6.0 * p2 * x
        xy_ = x * y * slope + 2.0 * p1 * x + 2.0 * p2 * y
        yy = radial + y * y * slope + 6.0 * p1 * y + 2.0 * p2 * x
        determinant = xx * yy - xy_ * xy_
        determinant = np.where(np.abs(determinant) < 1e-9, 1.0, determinant)
        dx = (yy * residual[:, 0] - xy_ * residual[:, 1]) / determinant
        dy = (xx * residual[:, 1] - xy_ * residual[:, 0]) / determinant
        guess -= np.clip(np.stack([dx, dy], axis=1), -0.5, 0.5)
    return guess


@lru_cache(maxsize=1024)
def is_one_to_one(left: float, right: float, top: float, bottom: float, distortion: tuple[float, ...]) -> bool:
    """Whether the lens has an inverse out to the middle of each edge, and grows monotonically on the way there.

    left, right, top, bottom : the edges of the picture, normalised image coordinates
    Corners may lie beyond that: calibrations of wide lenses bend back there.
    """
    edges = np.array([[left, 0.0], [right, 0.0], [0.0, top], [0.0, bottom]])
    with np.errstate(all="ignore"):  # an impossible lens overflows, and is found by that
        ideal = undistorted(edges, distortion)
        out = distorted((np.linspace(0.0, 1.0, 33)[:, None, None] * ideal).reshape(-1, 2), distortion)
        out = out.reshape(33, 4, 2)
        grows = np.diff(np.linalg.norm(out, axis=2), axis=0) > -1e-12
        return bool(np.isfinite(out).all() and (np.abs(out[-1] - edges) < 1e-4).all() and grows.all())
