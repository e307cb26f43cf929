"""Undo and redo: a drag is one step, what is set for a fit and for a surface comes back, crops too."""

from __future__ import annotations

import numpy as np
from shapefield_gui.models.undo import Step, UndoList, Watched
from shapefield_gui.shape.panels.surface_panel import SurfacePanel


def test_steps_are_taken_back_in_their_order_and_a_drag_is_one():
    steps, state = UndoList(), {"a": 0, "b": 0}
    watched = Watched("settings", steps, lambda: dict(state), state.update)
    for key, value in (("a", 1), ("a", 2), ("a", 3), ("b", 7)):
        state[key] = value
        watched.edited()
    steps.undo()
    assert state == {"a": 3, "b": 0} and steps.next_redo == "settings"
    steps.undo()
    assert state == {"a": 0, "b": 0} and steps.next_undo == ""
    steps.redo()
    assert state == {"a": 3, "b": 0}
    watched.settle()
    state["b"] = 1
    watched.edited()
    assert steps.next_redo == "", "what was taken back is gone once something else is done"


def test_what_a_step_sets_is_no_step_of_its_own():
    steps, seen = UndoList(), []
    again = Step("x", frozenset("x"), lambda: None, lambda: None)
    steps.push(Step("one", frozenset(), lambda: (seen.append("undone"), steps.push(again)), lambda: None))
    steps.undo()
    assert seen == ["undone"] and steps.next_undo == "" and steps.next_redo == "one"


def test_a_crop_and_an_offset_come_back(qtbot):
    panel, edits = SurfacePanel(), []
    qtbot.addWidget(panel)
    panel.begin(128, np.zeros(3), np.ones(3), "mm")
    panel.offer("mm", 1.0, True, 128, 1000)
    panel.edited.connect(lambda: edits.append(panel.config()))
    before = panel.config()
    assert edits == []
    panel.crop.switch.setChecked(True)
    panel.crop.edges[3].setValue(0.5)
    panel.slide.setValue(20)
    changed = panel.config()
    assert len(edits) == 3 and changed.crop is not None and changed.crop[3] == 0.5 and changed.offset > 0
    panel.restore(before)
    assert panel.config() == before and not panel.crop.switch.isChecked()
    panel.restore(changed)
    assert panel.config() == changed and len(edits) == 3
    assert panel.slide.value() == 20
