"""A folder of boxes, and a family that was trained on it."""

from pathlib import Path

import numpy as np
import pytest
from boxfamily import CORNERS, SIDES, run_of

from shapefield.mesh.model import Mesh
from shapefield.mesh.writing import write


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five boxes of different heights, in different units and places, and a file that is no mesh."""
    place = tmp_path_factory.mktemp("boxes")
    for k in range(5):
        vertices = CORNERS * [1, 1, 0.5 + 0.3 * k] * (k + 1) + 10.0 * k
        write(Mesh(vertices, np.array(SIDES)), place / f"box{k}.ply")
    (place / "broken.ply").write_bytes(b"ply\nnonsense")
    return place


@pytest.fixture(scope="session")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("family") / "boxes.family"
    list(run_of(folder, output, steps=300, holdout=0.2).events())
    return output
