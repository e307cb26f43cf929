"""The unit of a file that does not say: named beside its size, shown everywhere, remembered for files of its format."""

from __future__ import annotations

from conftest import torus


def _write(path):
    vertices, faces = torus(12, 8)
    lines = [f"v {x} {y} {z}" for x, y, z in vertices] + [f"f {a} {b} {c}" for a, b, c in faces + 1]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_a_unit_is_named_once_for_a_format(qtbot, window, tmp_path):
    page, first, second = window.pages[0], _write(tmp_path / "one.obj"), _write(tmp_path / "two.obj")
    window.open_path(first)
    qtbot.waitUntil(lambda: page.work.opened is not None)
    panel = page.input
    assert panel.figures.text("extent").endswith(" units") and panel.unit.isEnabled()
    panel.unit.setCurrentIndex(panel.unit.findData("mm"))
    panel.unit.activated.emit(panel.unit.currentIndex())
    assert panel.figures.text("extent").endswith("24.0 mm") and page.work.scene.unit == "mm"
    assert "--unit mm" in page.command()
    window.open_path(second)
    qtbot.waitUntil(lambda: page.work.opened.path == second)
    assert panel.unit.currentData() == "mm" and page.work.scene.unit == "mm"
    off = tmp_path / "three.off"
    off.write_text("OFF\n4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n")
    window.open_path(str(off))
    qtbot.waitUntil(lambda: page.work.opened.path == str(off))
    assert panel.unit.currentData() is None and page.work.unit is None, "another format, another habit"
