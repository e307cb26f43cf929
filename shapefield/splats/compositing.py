"""Compiled: projected Gaussians, sorted by depth, laid over each other in tiles of the picture, nearest first.

A pixel's colour is Σ T α c with T the light that the nearer ones let through; it ends when less than OPAQUE is left.
Tiles share nothing, so threads draw them side by side.

Legend: n Gaussians in the order of their depth, t tiles row by row, p pairs of a tile and a Gaussian that meets it;
`table` (n, WIDTH) and `boxes` (n, 4) as `projecting` makes them.
"""

from __future__ import annotations

import math

from shapefield.machine.compiling import compiled
from shapefield.splats.projecting import FAINTEST, F

TILE = 16
"""Pixels along a tile's edge."""
OPAQUE = F(1e-4)
"""Light that is left, below which nothing behind matters."""
MOST = F(0.99)
"""Opacity of a Gaussian at a pixel, at most."""


@compiled
def count_pairs(boxes, columns, counts):
    """Add to counts (t,) how many Gaussians meet each tile; `columns` tiles make a row."""
    for n in range(len(boxes)):
        for row in range(boxes[n, 2] // TILE, boxes[n, 3] // TILE + 1):
            for column in range(boxes[n, 0] // TILE, boxes[n, 1] // TILE + 1):
                counts[row * columns + column] += 1


@compiled
def list_pairs(boxes, order, columns, first_row, last_row, places, pairs):
    """Write every Gaussian's number at the next place of each tile it meets, in `order`, for rows first to last.

    places : (t,) int64, where each tile's list begins in pairs (p,); left behind its end
    """
    for n in order:
        for row in range(max(first_row, boxes[n, 2] // TILE), min(last_row, boxes[n, 3] // TILE) + 1):
            for column in range(boxes[n, 0] // TILE, boxes[n, 1] // TILE + 1):
                tile = row * columns + column
                pairs[places[tile]] = n
                places[tile] += 1


@compiled(error_model="numpy")
def composite(table, boxes, pairs, starts, ends, columns, first, last, colour, light, distance):
    """Draw tiles first to last - 1 into colour (h, w, 3), light (h, w) that is left and distance (h, w), Σ T α t.

    Along a row of pixels the Gaussian's exponent is quadratic, so its values follow from each other by two products.
    """
    height, width = light.shape
    for tile in range(first, last):
        top, left = tile // columns * TILE, tile % columns * TILE
        bottom, right = min(top + TILE, height), min(left + TILE, width)
        alive = (bottom - top) * (right - left)
        for p in range(starts[tile], ends[tile]):
            n = pairs[p]
            g = table[n]
            x, y, a, b, c, opacity = g[0], g[1], g[2], g[3], g[4], g[5]
            red, green, blue, far, slope_x, slope_y = g[6], g[7], g[8], g[9], g[10], g[11]
            reach = F(2) * math.log(opacity / FAINTEST)
            falling = math.exp(-a)
            low, high = max(left, boxes[n, 0]), min(right - 1, boxes[n, 1])
            for row in range(max(top, boxes[n, 2]), min(bottom - 1, boxes[n, 3]) + 1):
                dy = F(row) + F(0.5) - y
                middle = -b * dy / a
                inside = middle * middle - (c * dy * dy - reach) / a
                if inside < F(0):
                    continue
                half = math.sqrt(inside)
                start = max(low, math.ceil(x + middle - half - F(0.5)))
                end = min(high, math.floor(x + middle + half - F(0.5)))
                if start > end:
                    continue
                dx = F(start) + F(0.5) - x
                alpha = opacity * math.exp(F(-0.5) * (a * dx * dx + F(2) * b * dx * dy + c * dy * dy))
                ratio = math.exp(-(a * dx + F(0.5) * a + b * dy))
                t = far + slope_x * dx + slope_y * dy
                for column in range(start, end + 1):
                    left_over = light[row, column]
                    if left_over > OPAQUE:
                        capped = min(alpha, MOST)
                        weight = left_over * capped
                        colour[row, column, 0] += weight * red
                        colour[row, column, 1] += weight * green
                        colour[row, column, 2] += weight * blue
                        distance[row, column] += weight * t
                        left_over -= weight
                        light[row, column] = left_over
                        if left_over <= OPAQUE:
                            alive -= 1
                    alpha *= ratio
                    ratio *= falling
                    t += slope_x
            if alive == 0:
                break
