"""Numbers below the smallest normal one are zero once a device is chosen; what is built of points must not mind."""

import subprocess
import sys
from pathlib import Path

CODE = """
import torch
from shapes import sphere
from shapefield.distance.signed import SurfaceDistance
from shapefield.mesh.thickness import thinnest_wall
torch.set_flush_denormal(True)
ball = sphere(2.0, cells=24)
print(round(thinnest_wall(SurfaceDistance(ball.vertices, ball.faces)), 1))
"""


def test_walls_are_measured_where_denormals_are_zero() -> None:
    """In a process of its own, for the setting stays: a library's tree once overflowed the stack there."""
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "4.0\n"), done.stderr
