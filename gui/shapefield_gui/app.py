"""Start the program: arguments, application, window, and the picture of it that documentation uses."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from shapefield.errors import ResourceError, UsageError
from shapefield.machine.threads import wait_briefly

_REMEDY = (
    "on Debian or Ubuntu: sudo apt install libgl1 libegl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1"
)


def parser() -> argparse.ArgumentParser:
    """The options of the program."""
    p = argparse.ArgumentParser(prog="shapefield-gui", description="Turn a mesh into a neural field, and watch.")
    p.add_argument("file", nargs="*", help="meshes, a .field, a checkpoint, posed pictures or a RUN folder to open")
    p.add_argument("--plugin", metavar="PATH.py:NAME", help="a method of your own")
    p.add_argument("--screenshot", metavar="OUT.png", help="draw the window into a picture and leave")
    p.add_argument("--force", action="store_true", help="with --screenshot: replace a file that is not ours")
    p.add_argument("--fit", action="store_true", help="with --screenshot: fit first")
    p.add_argument("--theme", choices=("system", "light", "dark"), help="colours for this start")
    p.add_argument("--size", metavar="WxH", default="1366x768", help="with --screenshot: size of the window")
    return p


def main(arguments: list[str] | None = None) -> int:
    """Run until the window is closed; the process's exit code."""
    given = parser().parse_args(arguments)
    wait_briefly()  # for the child processes that train
    if given.screenshot:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from PyQt6.QtCore import QTimer
        from PyQt6.QtWidgets import QApplication
    except ImportError as error:
        sys.stderr.write(f"shapefield gui: expected the system libraries of Qt, got {error}: {_REMEDY}\n")
        return ResourceError.exit_code

    from shapefield_gui.theme import Themes
    from shapefield_gui.timing import every

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("shapefield")
    app.setDesktopFileName("shapefield")
    from shapefield.methods import load_plugins, plugins

    try:
        if given.plugin:
            plugins.add_file(given.plugin)
    except UsageError as error:
        sys.stderr.write(f"shapefield gui: {error}\n")
        return UsageError.exit_code
    missing = load_plugins()
    from shapefield_gui.window import Window

    themes = Themes(app)
    window = Window(themes)
    for line in missing:
        window.notices.say(line, "noticeBad")
    if given.theme:
        themes.choose(given.theme)
    # Python sees a signal only when its own code runs: a slow timer lets Ctrl-C close the window
    signal.signal(signal.SIGINT, lambda *_: window.close())
    ticking = every(app, 300, lambda: None)
    ticking.start()
    paths = [str(Path(path).resolve()) for path in given.file]
    if given.screenshot:
        from shapefield_gui.screenshot import take

        width, _, height = given.size.partition("x")
        window.resize(int(width), int(height))
        return take(app, window, given.screenshot, paths[0] if paths else None, given.fit, given.force)
    if paths:
        window.painted.connect(lambda: QTimer.singleShot(0, lambda: window.open_paths(paths)))
    else:
        window.painted.connect(lambda: QTimer.singleShot(0, window.offer_tour))
    window.show()
    return app.exec()
