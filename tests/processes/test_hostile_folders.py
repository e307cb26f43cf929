"""A folder of downloads may hold Python files under the names of modules: none of them is ever run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from shapes import sphere

from shapefield.mesh.writing import write

NAMES = """
argparse random struct json pickle multiprocessing threading signal socket tempfile traceback typing enum selectors
subprocess shutil numpy scipy torch numba trimesh igl PIL rich psutil open3d PyQt6 matplotlib shapefield shapefield_gui
sitecustomize usercustomize
""".split()
TRAP = "open(__file__ + '.ran', 'w').close()\nraise ImportError('a file of the current folder was imported')\n"
ENTRY = "import sys; from shapefield.cli.main import entry; entry()"
WAYS = {
    "doctor": ("doctor", "--json"),
    "compare": ("compare", "ball.obj", "--methods", "siren", "--steps", "2", "--seeds", "1", "--parameters", "0"),
    "fit": ("fit", "ball.obj", "--steps", "2", "--samples", "2000", "--resolution", "16"),
    "gui": ("gui", "ball.obj", "--screenshot", "out.png"),
}


@pytest.mark.parametrize("way", [pytest.param(w, marks=pytest.mark.gl) if w == "gui" else w for w in WAYS])
def test_no_python_file_of_the_current_folder_runs(tmp_path: Path, way: str) -> None:
    write(sphere(2.0, cells=8), tmp_path / "ball.obj")
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(TRAP)
    path = os.pathsep.join(p for p in sys.path if p)
    environment = os.environ | {
        "PYTHONPATH": path,
        "SHAPEFIELD_GUI_HOME": str(tmp_path / "home"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    if way == "fit":  # nothing is compiled yet, so that the process beside the first fit starts as well
        environment["NUMBA_CACHE_DIR"] = str(tmp_path / "cache")
    command = [sys.executable, "-P", "-c", ENTRY, *WAYS[way]]  # -P: as a console script has it
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert [p.name for p in tmp_path.glob("*.ran")] == []
    assert done.returncode == 0, done.stderr
    assert "does not load (a file of" not in done.stdout
