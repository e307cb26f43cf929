"""`--screenshot`: the window, drawn off-screen once everything in it is there."""

from __future__ import annotations

import sys
import time

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from shapefield.errors import InputError, OutputError
from shapefield.escaping import visible
from shapefield.storage.files import check_replaceable
from shapefield_gui.images import write_png
from shapefield_gui.shape.page import ShapePage
from shapefield_gui.timing import every
from shapefield_gui.window import Window

_PATIENCE_S = 240.0
_SETTLE_MS = 900


def take(app: QApplication, window: Window, out: str, path: str | None, fit: bool, force: bool = False) -> int:
    """Show, wait until the view has its picture (and the fit its result), write `out`; 0, or 6 if it cannot be.

    force : replace a file that is not ours as well
    """
    try:
        check_replaceable(out, force)
    except OutputError as error:
        sys.stderr.write(f"shapefield gui: {visible(error)}\n")
        window.close()
        return error.exit_code
    page = next(p for p in window.pages if isinstance(p, ShapePage))
    began = time.monotonic()
    state = {"code": 1, "fitting": False, "settled": False}

    def finish() -> None:
        try:
            write_png(window.grab().toImage(), out)
            state["code"] = 0
        except OutputError as error:
            sys.stderr.write(f"{visible(error)}\n")
            state["code"] = error.exit_code
        window.close()
        app.quit()

    def look() -> None:
        work = page.work
        if page.opening.trouble:
            timer.stop()
            sys.stderr.write(f"{visible(page.opening.trouble)}\n")
            state["code"] = InputError.exit_code
            window.close()
            app.quit()
            return
        late = time.monotonic() - began > _PATIENCE_S or work.session.state == "failed"
        seen = work.rendering.status == "absent" or page.viewport.frame is not None
        blank = not page.opening.drawing and work.rendering.status in ("ready", "absent")
        ready = seen if path else blank and time.monotonic() - began > 2.0
        if fit and path and work.opened is not None and seen and not state["fitting"]:
            state["fitting"] = True
            page.actions_by_name["fit"].trigger()
            return
        if fit and path:
            ready = work.fitted is not None and page.cut.shown is not None
        shown = window.page
        if path and shown is not page:
            ready = shown.portray(fit)
        if (ready or late) and not state["settled"]:
            state["settled"] = True
            timer.stop()
            if work.scene.error is not None:
                page.actions_by_name["heat"].trigger()
            window.notices.clear()
            QTimer.singleShot(_SETTLE_MS * (3 if fit else 1), finish)

    timer = every(window, 100, look)
    timer.start()
    window.show()
    if path:
        window.painted.connect(lambda: window.open_path(path))
    app.exec()
    return int(state["code"])
