"""What the window writes is held while it is written: a second run on the same place ends with one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtGui import QImage
from shapefield_gui.children import jobs as shape
from shapefield_gui.children import turntable
from shapefield_gui.children.messages import Draw, Turntable, Viewpoint
from shapefield_gui.images import write_png
from shapefield_gui.lab import jobs as lab
from shapefield_gui.nerf.children import jobs as nerf

from shapefield.config import ExtractionConfig
from shapefield.errors import OutputError
from shapefield.lab.board import Board
from shapefield.mesh.model import Mesh
from shapefield.storage.files import lock
from shapefield.storage.mark import input_id, made_from

_MESH = Mesh(np.eye(3), np.array([[0, 1, 2]]))


def _turn(path):
    draw = Draw(1, 8, 8, 1, Viewpoint((0, 0, 0), (0, 0, 1), (0, 1, 0), 1.0), ("original",))
    return turntable.write(Turntable(path, draw, (0, 0, 1), 2, 20, (0, 0, 0)), lambda _: np.zeros((8, 8, 4), np.uint8))


WRITERS = {
    "mesh.ply": lambda path: shape.save_mesh(_MESH, path),
    "copy.field": lambda path: shape.save_field(__file__, path),
    "turn.gif": _turn,
    "scene.ply": lambda path: nerf.export("run", path, ExtractionConfig()),
    "run/run.json": lambda path: nerf.save_run("run", path.removesuffix("/run.json")),
    "board.png": lambda path: lab.save_board(Board(), "", "", path),
    "picture.png": lab.save_fitted,
    "report.html": lambda path: lab.compare((__file__,), ("siren",), {}, path),
    "view.png": lambda path: iter(write_png(QImage(2, 2, QImage.Format.Format_RGB888), path) or ()),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_place_that_another_run_writes_is_left_alone(tmp_path, monkeypatch, name):
    monkeypatch.setitem(lab._fitted, "picture", object())
    (tmp_path / "run").mkdir()  # with nothing of a run in it yet but the lock
    place = tmp_path / name
    with lock(place), pytest.raises(OutputError, match=f"{place.name}: another shapefield run is writing it"):
        for _ in WRITERS[name](str(place)):
            pass
    assert not place.exists()


def test_what_the_window_exports_carries_the_id_of_its_input(tmp_path):
    golden, source = Path(__file__).parents[1] / "golden" / "siren.field", tmp_path / "in" / "a.obj"
    for name, job in (
        ("a.field", shape.save_field(str(golden), str(tmp_path / "a.field"), str(source))),
        ("a.ply", shape.save_mesh(_MESH, str(tmp_path / "a.ply"), str(source))),
    ):
        list(job)
        assert made_from(tmp_path / name) == input_id(source, tmp_path / name) != ""
