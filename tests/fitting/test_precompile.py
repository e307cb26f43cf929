"""What is compiled ahead is all that training a grid, extraction and a repair need."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COUNT = """
import shapefield as sf
from shapefield.distance import raycasting
from shapefield.nn import gridkernel
from shapefield.machine.compiling import is_new
from shapefield.surface import bricks, extract, flooding, marching, refinement
from shapefield.fitting.precompile import ball
print(is_new(marching.triangulate))
for _ in extract(ball, 256):
    pass
sf.fit("sample_meshes/knot.ply", steps=40, samples=20_000, resolution=48)
loops = [gridkernel.encode, gridkernel.interpolate, gridkernel.scatter]
modules = (raycasting, bricks, flooding, marching, refinement)
loops += [f for m in modules for f in vars(m).values() if hasattr(f, "stats")]
print(len(loops), sum(sum(f.stats.cache_misses.values()) for f in loops))
"""

MENDED = """
import numpy as np
import shapefield as sf
from shapefield.distance import bvh, crossing, raycasting, traversal
from shapefield.mesh import graph
from shapefield.solid import intersections
mesh = sf.read_mesh("sample_meshes/knot.ply")
sf.repair(sf.Mesh(mesh.vertices, np.delete(mesh.faces, slice(100, 140), axis=0)))
modules = (crossing, bvh, traversal, raycasting, graph, intersections)
loops = [f for m in modules for f in vars(m).values() if hasattr(f, "stats") and f.stats.cache_path]
print(len(loops), sum(sum(f.stats.cache_misses.values()) for f in loops))
"""


def test_a_process_beside_leaves_nothing_to_compile(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}

    def run(*words: str) -> list[str]:
        line = [sys.executable, *words]
        return subprocess.run(
            line, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()

    run("-m", "shapefield.fitting.precompile", "fit")
    new, loops, compiled_again = run("-c", COUNT)
    assert new == "False" and int(loops) >= 12 and compiled_again == "0"
    run("-m", "shapefield.fitting.precompile", "repair")
    loops, compiled_again = run("-c", MENDED)
    assert int(loops) >= 8 and compiled_again == "0"
