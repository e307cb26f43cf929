"""Compiled: every Gaussian as an ellipse in the picture, with its colour from there (EWA splatting).

A Gaussian's covariance in camera axes, W Σ Wᵀ, is carried to (column, row, distance along the ray) by the derivative J
of the projection at its centre. The 2 x 2 block of columns and rows, plus LOW_PASS on its diagonal, is the ellipse; the
rest says how the distance at which the Gaussian is densest along a ray changes from pixel to pixel.

Legend: n Gaussians, k harmonics a channel. A row of `found` is x, y of the centre (pixels), the three different numbers
of the ellipse's inverse, opacity, RGB, distance, its two slopes: WIDTH numbers. `boxes` are the first and the last
column and row within which the opacity is at least FAINTEST, empty where the first lies behind the last.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from shapefield.machine.compiling import compiled

F = np.float32
WIDTH = 12
LOW_PASS = F(0.3)
"""Square pixels added to every ellipse: none falls between pixels."""
FAINTEST = F(1.0 / 255.0)
"""Opacity at a pixel below which a Gaussian is not drawn."""
BEYOND = F(1.3)
"""J is taken at most this far out, in half picture widths: far beside the picture it would smear Gaussians over it."""

_C1 = F(0.4886025119029199)
_C2 = (F(1.0925484305920792), F(0.31539156525252005), F(0.5462742152960396))
_C3 = (
    *(F(0.5900435899266435), F(2.890611442640554), F(0.4570457994644658), F(0.3731763325901154)),
    F(1.445305721320277),
)


@njit(inline="always")
def _basis(x, y, z, k, basis):
    """The harmonics of a unit direction, as 3D Gaussian splatting signs and orders them."""
    basis[0] = F(0.28209479177387814)
    if k > 1:
        basis[1], basis[2], basis[3] = -_C1 * y, _C1 * z, -_C1 * x
    if k > 4:
        xx, yy, zz = x * x, y * y, z * z
        basis[4], basis[5] = _C2[0] * x * y, -_C2[0] * y * z
        basis[6] = _C2[1] * (F(2) * zz - xx - yy)
        basis[7], basis[8] = -_C2[0] * x * z, _C2[2] * (xx - yy)
        if k > 9:
            basis[9] = -_C3[0] * y * (F(3) * xx - yy)
            basis[10] = _C3[1] * x * y * z
            basis[11] = -_C3[2] * y * (F(4) * zz - xx - yy)
            basis[12] = _C3[3] * z * (F(2) * zz - F(3) * xx - F(3) * yy)
            basis[13] = -_C3[2] * x * (F(4) * zz - xx - yy)
            basis[14] = _C3[4] * z * (xx - yy)
            basis[15] = -_C3[0] * x * (xx - F(3) * yy)


@njit(inline="always")
def _axes(q, scale, view, m):
    """m (3, 3) = view times the Gaussian's axes, each as long as its standard deviation: W Σ Wᵀ = m mᵀ."""
    w, x, y, z = q[0], q[1], q[2], q[3]
    r00, r01, r02 = F(1) - F(2) * (y * y + z * z), F(2) * (x * y - w * z), F(2) * (x * z + w * y)
    r10, r11, r12 = F(2) * (x * y + w * z), F(1) - F(2) * (x * x + z * z), F(2) * (y * z - w * x)
    r20, r21, r22 = F(2) * (x * z - w * y), F(2) * (y * z + w * x), F(1) - F(2) * (x * x + y * y)
    for i in range(3):
        a, b, c = view[i, 0], view[i, 1], view[i, 2]
        m[i, 0] = (a * r00 + b * r10 + c * r20) * scale[0]
        m[i, 1] = (a * r01 + b * r11 + c * r21) * scale[1]
        m[i, 2] = (a * r02 + b * r12 + c * r22) * scale[2]


@compiled(error_model="numpy")
def project(
    positions, scales, rotations, opacities, harmonics, view, eye, lens, near, compensate, found, depths, boxes
):
    """Fill found (n, WIDTH), depths (n,) along the optical axis and boxes (n, 4) int32 of first/last column, row.

    view : (3, 3) world → camera axes x right, y down, z forward;  eye : (3,) the camera's place
    lens : fx, fy, cx, cy, width, height;  near : distance before which nothing is drawn
    compensate : whether what LOW_PASS adds in size is taken from the opacity
    """
    fx, fy, cx, cy, width, height = lens[0], lens[1], lens[2], lens[3], lens[4], lens[5]
    left, right = -cx / fx, (width - cx) / fx
    above, below = -cy / fy, (height - cy) / fy
    wide, tall = F(0.5) * (BEYOND - F(1)) * (right - left), F(0.5) * (BEYOND - F(1)) * (below - above)
    k = harmonics.shape[1]
    m, basis = np.empty((3, 3), F), np.empty(16, F)
    for n in range(len(positions)):
        boxes[n, 0], boxes[n, 1], boxes[n, 2], boxes[n, 3] = 0, -1, 0, -1
        dx, dy, dz = positions[n, 0] - eye[0], positions[n, 1] - eye[1], positions[n, 2] - eye[2]
        z = view[2, 0] * dx + view[2, 1] * dy + view[2, 2] * dz
        if z < near or opacities[n] < FAINTEST:
            continue
        x = view[0, 0] * dx + view[0, 1] * dy + view[0, 2] * dz
        y = view[1, 0] * dx + view[1, 1] * dy + view[1, 2] * dz
        _axes(rotations[n], scales[n], view, m)
        u = min(max(x / z, left - wide), right + wide)
        v = min(max(y / z, above - tall), below + tall)
        distance = math.sqrt(x * x + y * y + z * z)
        length = math.sqrt(u * u + v * v + F(1))
        sxx = sxy = syy = sxt = syt = F(0)
        for axis in range(3):
            a, b, c = m[0, axis], m[1, axis], m[2, axis]
            col, row, far = fx / z * (a - u * c), fy / z * (b - v * c), (u * a + v * b + c) / length
            sxx += col * col
            sxy += col * row
            syy += row * row
            sxt += col * far
            syt += row * far
        opacity = opacities[n]
        sharp = np.float64(sxx) * syy - np.float64(sxy) * sxy
        sxx += LOW_PASS
        syy += LOW_PASS
        determinant = np.float64(sxx) * syy - np.float64(sxy) * sxy
        if compensate:
            opacity *= F(math.sqrt(max(0.000025, sharp / determinant)))
        if not (determinant > F(0)) or opacity < FAINTEST:
            continue
        px, py = fx * x / z + cx, fy * y / z + cy
        reach = F(2) * math.log(opacity / FAINTEST)
        rx, ry = math.sqrt(reach * sxx), math.sqrt(reach * syy)
        if not (px + rx > F(0) and px - rx < width and py + ry > F(0) and py - ry < height):
            continue
        first, last = max(F(0), math.ceil(px - rx - F(0.5))), min(width - F(1), math.floor(px + rx - F(0.5)))
        top, bottom = max(F(0), math.ceil(py - ry - F(0.5))), min(height - F(1), math.floor(py + ry - F(0.5)))
        if not (first <= last and top <= bottom):
            continue
        boxes[n, 0], boxes[n, 1] = np.int32(first), np.int32(last)
        boxes[n, 2], boxes[n, 3] = np.int32(top), np.int32(bottom)
        depths[n] = z
        ia, ib, ic = F(syy / determinant), F(-sxy / determinant), F(sxx / determinant)
        row = found[n]
        row[0], row[1], row[2], row[3], row[4], row[5] = px, py, ia, ib, ic, opacity
        _basis(dx / distance, dy / distance, dz / distance, k, basis)
        red = green = blue = F(0.5)
        for j in range(k):
            red += basis[j] * harmonics[n, j, 0]
            green += basis[j] * harmonics[n, j, 1]
            blue += basis[j] * harmonics[n, j, 2]
        row[6], row[7], row[8] = max(F(0), red), max(F(0), green), max(F(0), blue)
        row[9], row[10], row[11] = distance, sxt * ia + syt * ib, sxt * ib + syt * ic
