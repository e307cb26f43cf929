"""What is made of a file's numbers: Gaussians that are whole, or one line."""

from __future__ import annotations

import numpy as np

from shapefield.mesh.decoding.source import FileBytes
from shapefield.splats.model import Splats

FAR = 1e6
"""Coordinates beyond this are damaged numbers: single precision could not place their Gaussians."""
LARGEST_LOG = 14.0
"""Logarithm of a standard deviation, a little above that of FAR."""
MOST_LOST = 0.01
"""Share of the Gaussians that may be left out; with more of them broken it is the file that is."""


def checked(source: FileBytes, splats: Splats) -> Splats:
    """The splats without Gaussians that have no place, size or direction; unit quaternions.

    Raises InputError for none at all, or where more than MOST_LOST of them are broken.
    """
    if not len(splats):
        raise source.error("expected Gaussian splats, got none: export it again")
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(splats.rotations.astype(np.float64), axis=1)
        whole = (np.abs(splats.positions) < FAR).all(axis=1) & (splats.log_scales < LARGEST_LOG).all(axis=1)
        whole &= (lengths > 1e-6) & (lengths < FAR) & np.logical_not(np.isnan(splats.logits))
        whole &= np.isfinite(splats.harmonics).all(axis=(1, 2))
    count, lost = len(splats), int(len(splats) - whole.sum())
    if lost > MOST_LOST * count:
        k = int(np.flatnonzero(~whole)[0])
        raise source.error(
            f"expected finite Gaussians, got {lost:,} of {count:,} that are not (number {k} first): export it again"
        )
    keep = slice(None) if not lost else whole
    told = (f"left out {lost:,} of {count:,} Gaussians whose numbers are not finite",) if lost else ()
    return Splats(
        positions=np.ascontiguousarray(splats.positions[keep]),
        log_scales=np.clip(splats.log_scales[keep], -40.0, None),
        rotations=(splats.rotations[keep] / lengths[keep, None]).astype(np.float32),
        logits=np.clip(splats.logits[keep], -80.0, 80.0),
        harmonics=np.ascontiguousarray(splats.harmonics[keep]),
        up=splats.up,
        antialiased=splats.antialiased,
        name=source.name,
        format=splats.format,
        notices=(*splats.notices, *told),
    )
