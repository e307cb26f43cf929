"""Names, units and error texts of strangers in the window and its pages: shown, never run and never laid out."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import shapefield_gui
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel
from shapefield_gui.models.report_page import page
from shapefield_gui.widgets.dock import quiet, wrapping
from shapefield_gui.widgets.plain import PlainLabel, tip

EVIL = "<img src=x onerror=alert(1)><script>alert(1)</script>\"'&\x1b[2J\u202e"


def poisoned(value: Any) -> Any:
    """The same report with every text, and every key that is none of ours, replaced by markup."""
    if isinstance(value, dict):
        return {k: poisoned(v) for k, v in value.items()}
    return EVIL if isinstance(value, str) else value


def test_the_exported_page_runs_nothing() -> None:
    lengths = {"mean": 0.1, "rms": 0.2, "p95": 0.3, "max": 0.4}
    quality = {**lengths, "input": lengths, "normal_consistency": 0.9, "iou": 0.9, "narrow_band_iou": 0.8}
    report = {"name": "n", "method": "m", "preset": "p", "resolution": "r", "quality": quality, "run": {"wall": 1.0}}
    text = page(poisoned(report), EVIL, [f"shapefield fit '{EVIL}'"], [(EVIL, b"png")])
    tags = {tag.lower() for tag in re.findall(r"<(/?\w+)", text)}
    assert "script" not in tags and "/script" not in tags
    assert len(re.findall(r"<img ", text)) == 1 and "onerror=alert(1)&gt;" in text
    assert not set(text) & set("\x1b\u202e")
    assert text.count("&lt;script&gt;") >= 8


@pytest.mark.parametrize("make", [PlainLabel, quiet, wrapping])
def test_labels_show_letters(qtbot, make) -> None:
    label: QLabel = make(EVIL)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText and label.text() == EVIL


def test_tooltips_show_letters() -> None:
    assert tip("a mesh of parts & more") == "a mesh of parts & more"
    assert tip("<b>bold</b>\n/x") == "<qt>&lt;b&gt;bold&lt;/b&gt;<br>/x</qt>"


def test_no_label_of_the_window_guesses() -> None:
    """QLabel takes what looks like HTML for HTML; in the program there is only the one that does not."""
    root = Path(shapefield_gui.__file__).parent
    for path in root.rglob("*.py"):
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        assert "QLabel" not in {ast.unparse(call.func) for call in calls}, path
