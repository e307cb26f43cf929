"""What came out: how far the fitted surface is from the original, in the input's units."""

from __future__ import annotations

from typing import Any

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QHBoxLayout, QWidget

from shapefield.verdict import losses, share
from shapefield_gui.models import formatting
from shapefield_gui.widgets.dock import Figures, Panel, begin_segments, tool, wrapping
from shapefield_gui.widgets.plain import PlainLabel


class QualityPanel(Panel):
    """A sentence that says it all, and the figures."""

    def __init__(self, heat: QAction, compare: QAction) -> None:
        super().__init__()
        self.sentence = wrapping("", "quiet")
        self.headline = PlainLabel("")
        self.headline.setObjectName("heading")
        self.add(self.headline)
        self.add(self.sentence)
        self.figures = Figures()
        for key, title, tip in (
            ("mean", "Mean error", "mean distance between the two surfaces, both ways"),
            ("p95", "95 % are within", "95th percentile of the distance, both ways"),
            ("max", "Largest error", "the largest distance of the sampled points (Hausdorff)"),
            ("lost", "Lost of the input", "share of the surface one sees of the input that the result has not"),
            ("added", "Added to it", "share of the result's surface that is none of the input's, as over closed holes"),
            ("normals", "Normals agree", "mean cosine between the surfaces' normals; 1 is perfect"),
            ("iou", "Volume overlap", "intersection over union of the two solids; 1 is perfect"),
            ("faces", "Faces", "triangles of the fitted surface"),
            ("bytes", "Field file", "size of the .field file"),
            ("time", "Fitted in", "wall time from Fit to the finished surface"),
        ):
            self.figures.row(key, title, tip)
        row = QWidget()
        box = QHBoxLayout(row)
        box.addWidget(begin_segments(tool(heat, "segment")))
        box.addWidget(begin_segments(tool(compare, "segment")))
        box.addStretch()
        box.setSpacing(8)
        box.setContentsMargins(1, 0, 0, 0)
        self.add(row)
        self.add(self.figures)
        self.column.addStretch()
        self.clear()

    def clear(self) -> None:
        self.headline.hide()
        self.figures.hide()
        self.sentence.setText("After a fit: how far the new surface is from the original, in the mesh's own units.")

    def show_preview(self, mean: float | None, p95: float | None, largest: float | None, unit: str | None) -> None:
        """Figures of a preview, while it learns: of its vertices only."""
        self.headline.hide()
        self.sentence.setText("So far, from the preview's vertices:")
        for key in ("lost", "added", "normals", "iou", "faces", "bytes", "time"):
            self.figures.set(key, "–")
        for key, value in (("mean", mean), ("p95", p95), ("max", largest)):
            self.figures.set(key, formatting.length(value, unit))
        self.figures.show_known()

    def show_report(self, report: dict[str, Any], unit: str | None, faces: int, why: str = "") -> None:
        """The exact report of a finished surface; `why` says why it has no error figures."""
        quality = report.get("quality") or {}
        lengths = quality.get("input") or {}
        mean = f"{formatting.length(lengths['mean'], unit)} mean error" if lengths else "Closed surface"
        self.headline.setText(mean)
        self.headline.show()
        level = quality.get("mean")
        detail = f"Closed surface; off by {_share(level)} of its radius." if level and lengths else ""
        gone = [formatting.spaced(f"{line}.") for line in losses(report.get("preservation"), unit)]
        self.sentence.setText(" ".join([*gone, detail or why or "No reference mesh: the error is not known."]))
        kept = report.get("preservation") or {}
        self.figures.set("lost", _kept(kept, "lost"))
        self.figures.set("added", _kept(kept, "invented"))
        for key in ("mean", "p95", "max"):
            self.figures.set(key, formatting.length(lengths.get(key), unit))
        normals, iou = quality.get("normal_consistency"), quality.get("iou")
        self.figures.set("normals", "–" if normals is None else f"{normals:.4f}")
        self.figures.set("iou", "–" if iou is None else f"{iou:.4f}")
        self.figures.set("faces", formatting.count(faces))
        self.figures.set("bytes", formatting.size(report.get("bytes")))
        self.figures.set("time", formatting.seconds((report.get("run") or {}).get("wall")))
        self.figures.show_known()


def _kept(preservation: dict[str, Any], name: str) -> str:
    return share(preservation[name]) if name in preservation else "–"


def _share(value: float) -> str:
    return f"{formatting.significant(100 * value)} %"
