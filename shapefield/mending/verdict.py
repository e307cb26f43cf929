"""A repair's verdict: whether the mesh can be printed, and why not. A report as plain JSON in, words out."""

from __future__ import annotations

from typing import Any

from shapefield.events import counted
from shapefield.lengths import told_length
from shapefield.verdict import ROUGH_LOSS, share

MUCH_INVENTED = 0.1
"""The share of a surface that is none of the input's, from which somebody should look at it first."""


def reasons(report: dict[str, Any]) -> list[str]:
    """Why the mesh is not ready to be printed, worst first; [] where it is."""
    surface, kept = report["surface"], report["preservation"]
    said = []
    if not surface["closed"]:
        said.append("it is open")
    if not surface["manifold"]:
        said.append("it is not manifold")
    if surface["closed"] and not (report["sizes"]["after"]["volume"] or 0.0) > 0:
        said.append("it encloses no volume")
    if surface["crossings"] is None:
        said.append("nobody looked for faces that cross")
    elif surface["crossings"]:
        said.append(f"{counted(surface['crossings'], 'face crosses', 'faces cross')} others")
    if kept["lost"] > ROUGH_LOSS:
        said.append(f"{share(kept['lost'])} of the input's visible surface is lost")
    if kept["vanished_parts"]:
        said.append(f"{counted(kept['vanished_parts'], 'part')} of the input vanished")
    if kept["invented"] > MUCH_INVENTED:
        said.append(f"{share(kept['invented'])} of its surface is invented")
    return said


def headline(report: dict[str, Any]) -> str:
    """The first line: what the mesh is, what was invented for it, and whether it can be printed."""
    surface, unit = report["surface"], report["sizes"]["unit"]
    said = [_shape(report), *_invented(report)]
    if (wall := report["thinnest_wall"]) is not None:
        said.append(f"thinnest wall {told_length(float(f'{wall:.2g}'), unit)}")
    if (quality := report.get("quality")) is not None:
        said.append(f"mean error {told_length(quality['input']['mean'], unit)}")
    against = report["reasons"]
    flaws = [reason for reason in against if surface["closed"] or reason != "it is open"]
    told = f": {', '.join(flaws)}" if flaws else ""
    return "; ".join([*said, f"not ready to print{told}" if against else "ready to print"])


def _shape(report: dict[str, Any]) -> str:
    surface, sizes = report["surface"], report["sizes"]
    said = ["closed" if surface["closed"] else "open", "manifold" if surface["manifold"] else "not manifold"]
    said.append(counted(surface["bodies"], "body", "bodies"))
    if surface["cavities"]:
        said.append(counted(surface["cavities"], "cavity", "cavities"))
    said.append(counted(surface["faces"], "face"))
    if (volume := sizes["after"]["volume"]) is not None:
        said.append(told_volume(volume, sizes["unit"]))
    return ", ".join(said)


def _invented(report: dict[str, Any]) -> list[str]:
    """How many holes were closed, and which share of the surface is none of the input's."""
    holes, invented = report["repairs"]["holes_closed"], report["preservation"]["invented"]
    of_it = f"{share(invented)} of the surface invented"
    if holes:
        return [f"{counted(holes, 'hole')} closed ({of_it})"]
    return [of_it] if invented > ROUGH_LOSS else []


def not_kept(report: dict[str, Any]) -> list[str]:
    """One line on what the file says of its surface and the result does not; [] where that is nothing."""
    names = report["not_kept"]
    if not names:
        return []
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    shown = "; the vertices have their colours" if report["surface"]["colored"] else ""
    return [f"not kept: {listed}{shown}"]


def told_volume(value: float, unit: str | None) -> str:
    """Three significant digits; cm³ for a thousand mm³ and more; "volume 17.5" without a unit."""
    if unit == "mm" and abs(value) >= 1000:
        value, unit = value / 1000, "cm"
    return f"{value:.3g} {unit}³" if unit else f"volume {value:.3g}"


def guess_of_unit(extents: list[float]) -> str:
    """What the lengths of a file without a unit may be, and how to say so: offered, never applied."""
    longest = max(extents)
    unit, convert = ("mm", "") if longest >= 10 else ("cm", " --scale 10") if longest >= 1 else ("m", " --scale 1000")
    how = f"--unit mm{convert} makes that mm" if convert else "--unit mm says so"
    return f"the file does not say its unit: its longest side, {longest:.4g}, may be in {unit}; {how}"
