"""Which method is which: groups, a line each, and the well-known ones by the names that the field gives them."""

from __future__ import annotations

from PyQt6.QtGui import QAction
from shapefield_gui.models.method_groups import grouped
from shapefield_gui.models.plan import FitChoices
from shapefield_gui.shape.panels.fit_panel import FitPanel

from shapefield.methods import METHODS


def test_every_method_is_in_one_group_and_the_list_shows_its_line(qtbot):
    listed = [m.name for _, methods in grouped() for m in methods]
    assert sorted(listed) == sorted(METHODS) and grouped()[0][1][0].name == "hybrid"
    papers = {m.name for m in dict(grouped())["The papers'"]}
    assert {"deepsdf", "occupancy", "siren"} <= papers and "mlp" not in papers
    panel = FitPanel(FitChoices(), QAction("Fit"), QAction("Stop"), QAction("Repair"))
    qtbot.addWidget(panel)
    texts = [panel.method.itemText(k) for k in range(panel.method.count())]
    assert texts[:4] == ["Default", "hybrid", "The papers'", "hashgrid"]
    model = panel.method.model()
    assert not model.item(0).isEnabled(), "a heading cannot be chosen"
    seen = [model.item(k).data(257) for k in range(model.rowCount()) if model.item(k).isEnabled()]
    assert seen == [METHODS[name].summary for name in listed]


def test_a_preset_gives_the_network_of_its_name_as_large_as_published_where_asked(qtbot):
    plan = FitChoices()
    panel = FitPanel(plan, QAction("Fit"), QAction("Stop"), QAction("Repair"))
    qtbot.addWidget(panel)
    entries = {a.text().partition(" (")[0]: a for a in panel.presets.menu().actions() if a.text()}
    assert list(entries)[:3] == ["DeepSDF, with the eikonal term", "Occupancy network", "SIREN"]
    panel.published.trigger()
    for title, name in (("DeepSDF, with the eikonal term", "deepsdf"), ("SIREN", "siren")):
        entries[title].trigger()
        assert plan.method == name and panel.method.currentData() == name
        config = plan.config()
        assert (config.method, config.preset) == (name, "paper") and "--preset paper" in plan.command("a.obj")
    panel.published.trigger()
    assert plan.config().preset == "auto" and "--preset" not in plan.command("a.obj")
