"""Tell that a file was saved, and show it in its folder."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QProcess, QUrl
from PyQt6.QtGui import QDesktopServices


def tell_saved(say: Callable[..., object], path: str, what: str = "") -> None:
    """A notice that leaves by itself, and stays in the history. what : what it holds, after the path"""
    button = ("Show in folder", functools.partial(show_in_folder, path))
    say(f"Saved {path}{what}", "noticeGood", "", (button,), stays=False)


def show_in_folder(path: str) -> None:
    """The system's file manager, with the file marked where the system can."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer", ["/select,", str(Path(path))])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", path])
    else:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))
