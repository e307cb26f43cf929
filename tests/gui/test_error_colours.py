"""The error's colours: range, map, a tolerance with its share of the area, the histogram, the way to the largest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapefield_gui.children import shading
from shapefield_gui.children.messages import Picked
from shapefield_gui.models.distribution import Distribution
from shapefield_gui.models.scene import ErrorScale, ShapeScene
from shapefield_gui.shape.panels.error_panel import ErrorPanel
from shapefield_gui.view.color_bar import error_marks
from shapefield_gui.view.marks import reading


def _square(cells: int = 40):
    """Vertices and faces of the unit square; the error of a vertex is its x."""
    x, y = np.meshgrid(np.linspace(0, 1, cells + 1) ** 2, np.linspace(0, 1, cells + 1), indexing="ij")
    vertices = np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3)
    i, j = (k.ravel() for k in np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij"))
    a = i * (cells + 1) + j
    faces = np.concatenate([np.stack([a, a + cells + 1, a + 1], 1), np.stack([a + 1, a + cells + 1, a + cells + 2], 1)])
    return vertices, faces, vertices[:, 0].astype(np.float32)


def test_shares_are_of_the_area_and_not_of_the_vertices():
    spread = Distribution(*_square())
    assert [spread.share_over(limit) for limit in (0.0, 0.3, 1.0)] == pytest.approx([1.0, 0.7, 0.0], abs=0.03)
    shares = spread.histogram(0.5, 5)
    assert shares == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.6], abs=0.03) and shares.sum() == pytest.approx(1.0)


def test_what_is_not_known_counts_for_nothing():
    vertices, faces, error = _square()
    error[error > 0.5] = np.nan
    assert Distribution(vertices, faces, error).share_over(0.25) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("name", shading.MAPS)
def test_maps_grow_lighter_evenly_and_what_is_over_the_tolerance_is_red(name):
    lightness = shading.ramp(np.linspace(0, 1, 20), name).astype(float) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(lightness) > 0).all()
    colours = shading.heat(np.array([0.0, 0.2, 0.3, np.nan]), 0.4, name, 0.25)
    assert tuple(colours[2]) == shading.OVER and len(set(colours[3])) == 1
    assert (colours[:2] == shading.ramp(np.array([0.0, 0.5]), name)).all()


def test_the_panel_tells_the_share_and_the_view_follows_its_range_map_and_tolerance(qtbot):
    scene = ShapeScene()
    panel = ErrorPanel(scene)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.body.isHidden()
    scene.set_unit("mm")
    vertices, faces, error = _square()
    scene.set_mesh("fitted", vertices, faces, None, error)
    automatic = scene.error.top
    panel.over.setValue(0.25)
    assert panel.sentence.text().startswith("Over 0.250 mm: 7") and panel.sentence.text().endswith("% of the surface.")
    panel.top.setValue(0.5)
    panel.map.setCurrentIndex(panel.map.findData("magma"))
    heat = scene.look.heat
    assert (heat.upto, heat.over, heat.map) == (0.5, 0.25, "magma") and scene.error.top == 0.5 != automatic
    flown = []
    panel.flown.connect(flown.append)
    panel.worst.click()
    assert flown[0][0] == pytest.approx(1.0)
    scene.clear()
    assert panel.body.isHidden() and scene.look.heat.over is None, "a tolerance is of one mesh"


def test_signed_errors_have_two_ends_and_a_size():
    low, none, high = shading.heat(np.array([-1.0, 0.0, 1.0]), 1.0, shading.SIGNED, None).astype(int)
    assert low[2] > low[0] + 60 and high[0] > high[2] + 60 and none.min() > 240, "blue, white, brown"
    assert (shading.heat(np.array([-0.3]), 0.5, "magma", 0.25) == shading.OVER).all()
    vertices, faces, error = _square()
    spread = Distribution(vertices, faces, error - 0.5)
    assert spread.share_over(0.25) == pytest.approx(0.5, abs=0.05)
    sides = Distribution(vertices, faces, error - 0.5, signed=True).histogram(0.5, 2, -0.5)
    assert sides == pytest.approx([0.5, 0.5], abs=0.03)


def test_errors_without_a_sign_are_never_said_to_be_outside(qtbot):
    scene = ShapeScene()
    vertices, faces, error = _square()
    scene.set_mesh("fitted", vertices, faces, None, error)  # as a preview has them
    scene.change(mode="fitted", heat=replace(scene.look.heat, map=shading.SIGNED))
    assert scene.map == "viridis" and "0.400 units off" in reading(scene, Picked(1, (0.0, 0.0, 0.0), 0.4, "fitted"))
    scene.set_mesh("fitted", vertices, faces, None, error - 0.5)
    assert scene.map == shading.SIGNED and scene.error.max == pytest.approx(0.5)
    assert "0.400 units inside" in reading(scene, Picked(1, (0.0, 0.0, 0.0), -0.4, "fitted"))
    assert error_marks(scene.error, True)[:2] == [(1.0, "outside  0.500"), (0.0, "inside  0.500")]


def test_colours_end_where_the_surface_does_and_what_it_lacks_is_told(qtbot):
    scene = ShapeScene()
    panel = ErrorPanel(scene)
    qtbot.addWidget(panel)
    panel.show()
    vertices, faces, error = _square()
    scene.set_unit("mm")
    scene.set_mesh("fitted", vertices, faces, None, error, ErrorScale(2.0, 5.0, 11.0))
    assert scene.error.top == pytest.approx(1.0), "the largest error of the surface itself"
    assert not panel.lacking.isHidden() and "up to 11.0 mm away" in panel.lacking.text()
    scene.set_mesh("fitted", vertices, faces, None, error, ErrorScale(0.4, 0.9, 1.1))
    assert panel.lacking.isHidden()
