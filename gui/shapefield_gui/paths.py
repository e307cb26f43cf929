"""Where settings, runs and thumbnails lie; SHAPEFIELD_GUI_HOME moves all of them (tests start with a fresh one)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs
from PyQt6.QtCore import QSettings

_NAME = "shapefield"


def _home() -> Path | None:
    home = os.environ.get("SHAPEFIELD_GUI_HOME")
    return Path(home) if home else None


def settings() -> QSettings:
    """The window's settings: layout, recent files, theme."""
    folder = _home() or platformdirs.user_config_path(_NAME, appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)


def runs() -> Path:
    """Where fits keep their field and checkpoint until they are exported."""
    home = _home()
    folder = home / "runs" if home else platformdirs.user_data_path(_NAME, appauthor=False) / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def repairs() -> Path:
    """Where repaired meshes lie until they are exported."""
    folder = runs().with_name("repairs")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def batches() -> Path:
    """Where the outputs of several files lie until each has a run of its own."""
    folder = runs().with_name("batches")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def scene_meshes() -> Path:
    """Where meshes lie that were taken out of scenes, until they are exported."""
    folder = runs().with_name("scene-meshes")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def scene_runs() -> Path:
    """Where trainings of scenes keep their RUN folders."""
    folder = runs().with_name("scene-runs")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def scenes() -> Path:
    """The scenes that were rendered from sample meshes."""
    home = _home()
    folder = home / "scenes" if home else platformdirs.user_cache_path(_NAME, appauthor=False) / "scenes"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def posed(source: str) -> Path:
    """Where the scene lies that was made of a folder of photographs without poses."""
    return scenes() / "posed" / hashlib.sha256(source.encode()).hexdigest()[:12] / Path(source).name


def thumbnails() -> Path:
    """Small pictures of files that were open."""
    home = _home()
    folder = home / "thumbnails" if home else platformdirs.user_cache_path(_NAME, appauthor=False) / "thumbnails"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
