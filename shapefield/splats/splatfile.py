""".splat: 32 bytes a Gaussian and nothing else, as the first viewers in browsers read them.

Position and standard deviations as three float32 each, then RGB and opacity, then the quaternion w x y z, a byte each.
"""

from __future__ import annotations

import numpy as np

from shapefield.mesh.decoding.source import FileBytes
from shapefield.splats.model import SH0, Splats, logit

ROW = np.dtype([("position", "<f4", 3), ("scale", "<f4", 3), ("colour", "u1", 4), ("rotation", "u1", 4)])


def decode(source: FileBytes) -> Splats:
    """The Gaussians of a .splat file. Raises InputError where its size says that it is cut short or something else."""
    size = len(source.data)
    if not size or size % ROW.itemsize:
        raise source.truncated(f"{ROW.itemsize} bytes a Gaussian", f"{size:,} bytes in all")
    rows = np.frombuffer(source.data, ROW)
    scales = rows["scale"]
    with np.errstate(all="ignore"):
        negative = ~(scales >= 0.0)  # NaN too
        logs = np.where(negative, np.nan, np.log(np.maximum(scales, 1e-17)))
    logs = np.where(np.isnan(logs), np.float32(np.inf), logs)  # the check leaves them out
    colours = (rows["colour"][:, :3] / np.float32(255.0) - np.float32(0.5)) / np.float32(SH0)
    return Splats(
        positions=rows["position"].astype(np.float32),
        log_scales=logs.astype(np.float32),
        rotations=(rows["rotation"].astype(np.float32) - 128.0) / 128.0,
        logits=logit(rows["colour"][:, 3] / 255.0),
        harmonics=colours[:, None, :],
        format="SPLAT",
    )
