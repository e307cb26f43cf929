"""A report's verdict: good, rough or unusable, and why. A report as plain JSON in, words out.

Keys that are asked for: "quality", "preservation", "without_network", "box_sides", "surface", "name"; whatever a
report lacks is not held against it.
"""

from __future__ import annotations

from typing import Any

from shapefield.config import GateConfig
from shapefield.events import counted

GOOD, ROUGH, UNUSABLE = "good", "rough", "unusable"
ROUGH_ERROR, UNUSABLE_ERROR = 5e-3, 5e-2
"""Mean errors in R beyond which a surface is rough, and unusable."""
ROUGH_LOSS, UNUSABLE_LOSS = 0.01, 0.5
"""Shares of the input's visible surface, the same."""
SIDES = 4
"""Sides of the box that a surface touches where it has filled the box rather than found the shape."""
NOISE = 1.01
"""How much worse than its start a fit may be before it counts: the points are others."""


def verdict(report: dict[str, Any]) -> tuple[str, list[str]]:
    """The word, and every reason for one that is not "good", worst first."""
    unusable, rough = [], []
    sides = report.get("box_sides") or 0
    if sides >= SIDES:
        unusable.append(f"the surface touches {sides} sides of the box: it has filled it")
    lost = (report.get("preservation") or {}).get("lost") or 0.0
    if lost > ROUGH_LOSS:
        into = unusable if lost > UNUSABLE_LOSS else rough
        into.append(f"{share(lost)} of the input's visible surface is lost")
    mean = (report.get("quality") or {}).get("mean") or 0.0
    if mean > ROUGH_ERROR:
        (unusable if mean > UNUSABLE_ERROR else rough).append(f"its mean error is {mean:.1e} R")
    start = (report.get("without_network") or {}).get("mean")
    if start is not None and mean > NOISE * start:
        rough.append(f"its mean error is larger than that of the base grid alone, {start:.1e} R")
    return (UNUSABLE if unusable else ROUGH if rough else GOOD), unusable + rough


def headline(report: dict[str, Any], unit: str | None) -> str:
    """The verdict as a sentence: first what is lost, then why it is not good, then what the surface is."""
    word, reasons = verdict(report)
    said = [] if any("is lost" in reason for reason in reasons) else losses(report.get("preservation"), unit)[:1]
    surface, quality = report.get("surface"), report.get("quality")
    said += reasons if surface is None else [*reasons, _outlined(surface)]
    said += inventions(report.get("preservation"))
    if quality and not any("mean error is" in reason for reason in reasons):
        said.append(f"mean error {quality['input']['mean']:.3g} {unit or 'units'}")
    return f"{word}: {'; '.join(said)}"


def losses(preservation: dict[str, Any] | None, unit: str | None) -> list[str]:
    """What of the input is not in the result, a line each: its share, and the parts that vanished; [] for nothing."""
    if not preservation:
        return []
    length, said = f" {unit}" if unit else "", []
    if preservation["lost"]:
        beyond = f"farther than {preservation['beyond']:.3g}{length} from the result"
        said.append(f"{share(preservation['lost'])} of the input's visible surface is lost ({beyond})")
    if number := preservation["vanished_parts"]:
        part = preservation["vanished"][0]
        size, place = (", ".join(f"{v:.4g}" for v in part[name]) for name in ("extent", "center"))
        of_them = "it" if number == 1 else "the largest of them"
        of_them += f", {name}," if (name := part.get("name")) else ""
        said.append(
            f"{counted(number, 'part')} of the input vanished: {of_them} measures {size}{length} and lay at {place}"
        )
    return said


def inventions(preservation: dict[str, Any] | None) -> list[str]:
    """One line where more than ROUGH_LOSS of the result's surface is none of the input's; [] else."""
    invented = preservation["invented"] if preservation else 0.0
    return [f"{share(invented)} of its surface is invented"] if invented > ROUGH_LOSS else []


def missed(report: dict[str, Any], gates: GateConfig, unit: str | None) -> list[str]:
    """The gates that the report does not keep to, a line each; lengths of `gates` in input units.

    A figure that was not measured keeps to every gate but its own.
    """
    quality, kept, length = report.get("quality"), report.get("preservation"), f" {unit}" if unit else ""
    said = []
    if (most := gates.error) is not None and not (quality and quality["input"]["mean"] <= most):
        got = f"{quality['input']['mean']:.3g}{length}" if quality else "none measured"
        said.append(f"mean error: expected at most {most:.3g}{length}, got {got}")
    for name, most in (("lost", gates.max_lost), ("invented", gates.max_invented)):
        if most is not None and not (kept and kept[name] <= most):
            got = share(kept[name]) if kept else "none measured"
            said.append(f"{name} surface: expected at most {share(most)}, got {got}")
    return said


def share(value: float) -> str:
    """A share as per cent, two significant digits: 37 %, 1.8 %, 0.005 %."""
    return f"{100 * value:.2g} %" if value < 0.995 else f"{100 * value:.0f} %"


def _outlined(surface: dict[str, Any]) -> str:
    closed = "closed" if surface["closed"] else "open"
    manifold = "manifold" if surface["manifold"] else "not manifold"
    parts = f"{counted(surface['components'], 'component')}, {counted(surface['faces'], 'face')}"
    genus = f", genus {surface['genus']}" if surface["genus"] else ""
    return f"{closed}, {manifold}, {parts}{genus}"
