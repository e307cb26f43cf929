"""Numbers below the smallest normal one are zero once a device is chosen; what is built of points must not mind."""

import subprocess
import sys
from pathlib import Path

CODE = """
import torch
from shapes import sphere
from shapefield.mesh.thickness import thinnest_wall
torch.set_flush_denormal(True)
print(thinnest_wall(sphere(2.0, cells=24)))
"""


def test_walls_are_measured_where_denormals_are_zero() -> None:
    """In a process of its own: scipy's balanced tree overflowed the stack there."""
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "None\n"), done.stderr
