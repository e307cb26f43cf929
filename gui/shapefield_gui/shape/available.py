"""Which commands of the Shape tab can be used now: said in one place, for menus, buttons and keys."""

from __future__ import annotations

from collections.abc import Sequence

from shapefield_gui.models.result_list import ResultEntry
from shapefield_gui.models.session import PAUSED
from shapefield_gui.models.undo import UndoList
from shapefield_gui.shape.comparing import Comparing
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.repairing import Repairing
from shapefield_gui.shape.results import Results
from shapefield_gui.shape.several import Several
from shapefield_gui.widgets.actions import Actions


class Available:
    """Enables actions as the workplace and the tab's jobs are."""

    def __init__(
        self,
        work: ShapeContext,
        actions: Actions,
        results: Results,
        comparing: Comparing,
        repairing: Repairing,
        several: Several,
    ) -> None:
        self.work, self.actions, self.results = work, actions, results
        self.comparing, self.repairing, self.several = comparing, repairing, several

    def refresh(self, running: bool) -> None:
        """running : whether a fit is"""
        work, a, opened = self.work, self.actions, self.work.opened
        is_mesh = opened is not None and opened.field is None
        a.enable(work.reference is not None, "fit")
        a.enable(work.reference is not None and not running and not self.comparing.running, "compare")
        a.enable(self.comparing.running, "compare_stop")
        a.enable(is_mesh and not running and self.repairing.task is None, "repair")
        a.enable(running, "pause", "stop", "ask_stop", "discard")
        a.enable(self.results.field is not None and not running, "extract")
        a.enable(work.fitted is not None and not running, "export_mesh", "export_json", "export_html")
        a.enable(bool(work.fitted is not None and work.fitted.field) and not running, "export_field")
        a.enable(opened is not None, "copy_command")
        a.enable(opened is not None and opened.field is not None, "open_reference")
        a["pause"].setText("&Resume" if work.session.state == PAUSED else "&Pause")
        self._refresh_view()

    def _refresh_view(self) -> None:
        work, a, meshes = self.work, self.actions, self.work.scene.meshes
        drawn = work.opened is not None and work.rendering.status == "ready"
        a.enable(drawn, "screenshot", "copy_picture", "turntable")
        a.enable("original" in meshes and "fitted" in meshes, "both", "side", "split", "swap")
        for name in ("original", "fitted", "marks"):
            a.enable(name in meshes, name)
        a.enable(work.scene.shown_error is not None, "heat")
        a.enable(any(m.colors is not None for m in meshes.values()), "colors")

    def refresh_results(self, picked: Sequence[ResultEntry], running: bool) -> None:
        """picked : the results that are selected;  running : whether a fit is"""
        a, still = self.actions, not running
        several = still and len(picked) > 1 and all(e.made for e in picked)
        a.enable(several, "result_side")
        a.enable(several and len(picked) == 2, "result_differ")
        shown = len(picked) == 1 and picked[0] is self.work.results.current
        a.enable(still and (shown or several), "result_export")
        a.enable(len(picked) == 1 and picked[0].made, "result_rename")
        a.enable(still and bool(picked), "result_delete")
        a.enable(bool(self.several.waiting) and not self.several.running, "fit_all", "repair_all")
        a.enable(self.several.running, "stop_all")

    def refresh_undo(self, steps: UndoList) -> None:
        """steps : what can be taken back, and done again"""
        for name, what in (("undo", steps.next_undo), ("redo", steps.next_redo)):
            self.actions[name].setText(f"&{name.capitalize()} {what}".strip())
            self.actions.enable(bool(what), name)
