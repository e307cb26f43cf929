"""The five steps of the first tour: a sample is opened, fitted, looked at, measured and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapefield_gui.models.plan import QUALITIES
from shapefield_gui.models.samples import samples
from shapefield_gui.widgets.tour import TourStep

if TYPE_CHECKING:
    from shapefield_gui.shape.page import ShapePage

_SAMPLE = "knot"


def steps(page: ShapePage) -> list[TourStep]:
    """For a tour of that page; none where the samples are not installed."""
    found = samples()
    if not found:
        return []
    sample = next((s for s in found if s.path.stem == _SAMPLE), found[0])
    docks = page.layout_of_docks.docks

    def fit() -> None:
        if page.work.reference is not None and page.fitting.task is None:
            page.work.plan.choose(QUALITIES[0])
            page.actions_by_name["fit"].trigger()

    def bring(name: str) -> None:
        docks[name].show()
        docks[name].raise_()

    def colour() -> None:
        bring("Error")
        if page.work.scene.shown_error is not None:
            page.actions_by_name["heat"].trigger()

    return [
        TourStep(
            "A mesh comes in",
            "Any mesh can be dropped on this place, or several at once. Here it learns a continuous field whose zero "
            f"is the surface, and gives back a clean, closed mesh. Let us take the sample “{sample.title}”.",
            lambda: page.stack,
            "Open the sample",
            leave=lambda: page.open_path(str(sample.path)),
        ),
        TourStep(
            "Fit learns it",
            "Draft takes seconds, Finest minutes; Advanced has every setting. Repair, beside it, closes and mends a "
            "mesh without learning anything.",
            lambda: docks["Fit"],
            "Fit a draft",
            enter=lambda: bring("Fit"),
            leave=fit,
        ),
        TourStep(
            "Watch it come",
            "Drag turns the view, the wheel zooms, a double click chooses what it turns about. Below: original, "
            "fitted, both, side by side. The bar at the foot says how far it is.",
            lambda: page.stack,
        ),
        TourStep(
            "See where it is off",
            "Quality has the error in the mesh's own units. Error colours (H) show where it is, and a tolerance here "
            "says how much of the surface lies beyond it.",
            lambda: docks["Error"],
            enter=colour,
        ),
        TourStep(
            "Everything is kept",
            "Each fit, repair and surface stays in this list, also tomorrow: click one to show it, two to compare "
            "them. Export saves mesh, field and report. The guide is under Help.",
            lambda: docks["Results"],
            "Done",
            enter=lambda: bring("Results"),
        ),
    ]
