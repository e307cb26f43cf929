"""What is compiled ahead is all that extraction needs."""

import os
import subprocess
import sys

import pytest

COUNT = """
from shapefield.machine.compiling import is_new
from shapefield.surface import bricks, extract, flooding, marching, refinement
from shapefield.surface.ahead import ball
print(is_new(marching.triangulate))
for _ in extract(ball, 256):
    pass
loops = [f for m in (bricks, flooding, marching, refinement) for f in vars(m).values() if hasattr(f, "stats")]
print(len(loops), sum(sum(f.stats.cache_misses.values()) for f in loops))
"""


@pytest.mark.timeout(600)  # everything is compiled twice, with whatever else runs
def test_a_process_beside_leaves_nothing_to_compile(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}

    def run(*words: str) -> list[str]:
        line = [sys.executable, *words]
        return subprocess.run(line, env=environment, capture_output=True, text=True, check=True).stdout.split()

    run("-m", "shapefield.surface.ahead")
    new, loops, compiled_again = run("-c", COUNT)
    assert new == "False" and int(loops) >= 8 and compiled_again == "0"
