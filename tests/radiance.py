"""A ball as posed pictures, and sizes at which every radiance field learns it in seconds."""

from pathlib import Path

from shapes import sphere

from shapefield.nerf import synthetic
from shapefield.nerf.synthetic_config import DatasetConfig

CENTER, RADIUS = (2.0, -1.0, 0.5), 0.8
SMALL = {
    "grid": {"coarse": 16, "fine": 40, "growths": 1},
    "neus": {"coarse": 16, "fine": 32, "growths": 1},
    "volsdf": {"coarse": 16, "fine": 32, "growths": 1},
    "classic": {"width": 16, "depth": 2, "coarse_samples": 8, "fine_samples": 8},
}


def pictured(folder: Path) -> Path:
    """The folder, with the ball off the origin in 20 views of 40 x 40 pixels, 3 of them held out."""
    list(synthetic.make(sphere(RADIUS, CENTER), folder, DatasetConfig(views=20, held_out=3, size=40, supersample=2)))
    return folder
