"""Down a hierarchy with a box: which leaves it may have faces in common with.

Arrays are those of `shapefield.distance.bvh.BVH`.
"""

from __future__ import annotations

from numba import njit

from shapefield.distance.traversal import LANES


@njit
def leaves_meeting(boxes, children, x0, y0, z0, x1, y1, z1, stack, leaves):
    """How many leaves the box meets; the first row of each goes into `leaves`, which has room for every one."""
    stack[0], depth, count = 0, 1, 0
    while depth:
        depth -= 1
        node = stack[depth]
        if node >= len(boxes):
            leaves[count] = LANES * (node - len(boxes))
            count += 1
            continue
        for lane in range(LANES):
            if (
                boxes[node, 0, lane] <= x1
                and boxes[node, 3, lane] >= x0
                and boxes[node, 1, lane] <= y1
                and boxes[node, 4, lane] >= y0
                and boxes[node, 2, lane] <= z1
                and boxes[node, 5, lane] >= z0
            ):
                stack[depth] = children[node] + lane
                depth += 1
    return count
