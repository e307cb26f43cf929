"""Gaussian splats where a mesh is expected: how a PLY header tells them, and what to do with them."""

from __future__ import annotations

import re

HEADER_LIMIT = 1 << 20
"""Bytes within which a PLY header ends."""
END = re.compile(rb"(?<=[\r\n])[ \t]*end_header[ \t]*(?:\r\n|\n|\r|\Z)")
"""The line that ends a PLY header."""
SPLATS_REMEDY = "make one of them with shapefield nerf export FILE -o OUT.ply"


def holds_splats(head: bytes) -> bool:
    """Whether the beginning of a file is a PLY header that declares Gaussians (3D Gaussian splatting) and no faces."""
    end = END.search(head)
    if end is None or not re.match(rb"ply\s", head, re.IGNORECASE):
        return False
    header = head[: end.start()].replace(b"\r", b"\n")
    if re.search(rb"^\s*element\s+(face|tristrips)\s+[1-9]", header, re.MULTILINE):
        return False
    declared = set(re.findall(rb"^\s*property\s+\w+\s+(\w+)\s*$", header, re.MULTILINE))
    return {b"f_dc_0", b"opacity", b"scale_0", b"rot_0"} <= declared or b"packed_position" in declared
