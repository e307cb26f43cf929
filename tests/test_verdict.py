"""The head of a report: its word, its reasons, its sentence, and the gates."""

import pytest

from shapefield.config import GateConfig
from shapefield.verdict import GOOD, ROUGH, UNUSABLE, headline, losses, missed, share, verdict

SURFACE = {"vertices": 4, "faces": 1234, "closed": True, "manifold": True, "components": 1, "genus": 2}
PART = {"extent": [1.0, 2.0, 3.0], "center": [5.0, 0.0, 0.0], "share": 0.1}


def report(mean: float = 1e-4, lost: float = 0.0, **more) -> dict:
    kept = {"lost": lost, "added": 0.0, "invented": more.pop("invented", 0.0), "beyond": 2.5}
    kept |= {"vanished_parts": more.pop("vanished", 0), "vanished": [PART]}
    quality = {"mean": mean, "input": {"mean": 100 * mean}}
    return {"quality": quality, "preservation": kept, "surface": SURFACE, **more}


@pytest.mark.parametrize(
    ("found", "word", "reason"),
    [
        (report(), GOOD, None),
        (report(6e-3), ROUGH, "mean error is 6.0e-03 R"),
        (report(6e-2), UNUSABLE, "mean error is 6.0e-02 R"),
        (report(box_sides=4), UNUSABLE, "touches 4 sides of the box"),
        (report(box_sides=3), GOOD, None),
        (report(without_network={"mean": 9e-5}), ROUGH, "base grid alone"),
        (report(without_network={"mean": 2e-4}), GOOD, None),
        (report(without_network=None), GOOD, None),
        (report(lost=0.02), ROUGH, "2 % of the input's visible surface is lost"),
        (report(lost=0.6), UNUSABLE, "60 % of the input's visible surface is lost"),
        (report(lost=0.001), GOOD, None),
        ({}, GOOD, None),
    ],
)
def test_every_word_has_its_reason(found, word, reason):
    got, reasons = verdict(found)
    assert got == word
    assert len(reasons) == (reason is not None) and (reason is None or reason in reasons[0])


def test_the_worst_reason_comes_first():
    word, reasons = verdict(report(6e-3, lost=0.6))
    assert word == UNUSABLE and "lost" in reasons[0] and "error" in reasons[1]


def test_the_first_line_tells_a_loss_even_of_a_good_surface():
    assert headline(report(), "mm") == ("good: closed, manifold, 1 component, 1,234 faces, genus 2; mean error 0.01 mm")
    said = headline(report(lost=0.00005), "mm")
    assert said.startswith(
        "good: 0.005 % of the input's visible surface is lost (farther than 2.5 mm from the result);"
    )
    assert headline(report(lost=0.37), None).startswith("rough: 37 % of the input's visible surface is lost; closed")
    assert headline(report(vanished=1), "mm").startswith(
        "good: 1 part of the input vanished: it measures 1, 2, 3 mm and lay at 5, 0, 0;"
    )
    assert "9.8 % of its surface is invented" in headline(report(invented=0.098), None)


def test_losses_are_lines_and_nothing_is_none():
    assert losses(None, None) == [] and losses(report()["preservation"], None) == []
    assert len(losses(report(lost=0.5, vanished=3)["preservation"], "mm")) == 2


def test_gates():
    gates = GateConfig(max_error=0.02, max_lost=0.01, max_invented=0.05)
    assert missed(report(), gates, "mm") == [] and missed(report(1.0, 1.0, invented=1.0), GateConfig(), None) == []
    said = missed(report(3e-4, 0.02, invented=0.06), gates, "mm")
    assert said == [
        "mean error: expected at most 0.02 mm, got 0.03 mm",
        "lost surface: expected at most 1 %, got 2 %",
        "invented surface: expected at most 5 %, got 6 %",
    ]
    assert len(missed({}, gates, None)) == 3, "what was not measured has passed no gate"


def test_shares_keep_two_digits():
    assert [share(v) for v in (0.0, 5e-5, 0.018, 0.374, 0.996, 1.0)] == [
        "0 %",
        "0.005 %",
        "1.8 %",
        "37 %",
        "100 %",
        "100 %",
    ]
