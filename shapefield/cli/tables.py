"""Reports as short tables for a terminal."""

from __future__ import annotations

from typing import Any

from shapefield.events import counted
from shapefield.verdict import headline, share


def length(value: float, unit: str | None) -> str:
    """Three significant digits and the unit."""
    return f"{value:.3g} {unit or 'units'}"


def size(count: float | None) -> str:
    """Bytes in the unit that suits them."""
    if count is None:
        return "unknown"
    for name in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {name}" if name == "B" else f"{count:.3g} {name}"
        count /= 1000
    return f"{count:.3g} GB"


def quality_lines(quality: dict[str, Any], unit: str | None) -> list[str]:
    """The figures of a comparison; lengths in input units, and divided by the bounding radius R."""

    def both(name: str) -> str:
        return f"{length(quality['input'][name], unit):>18}   {quality[name]:.2e} R"

    lines = [
        f"  mean error         {both('mean')}",
        f"  95th percentile    {both('p95')}",
        f"  max (Hausdorff)    {both('max')}",
        f"  normal consistency {quality['normal_consistency']:>18.4f}",
        f"  IoU                {quality['iou']:>18.4f}   narrow band {quality['narrow_band_iou']:.4f}",
    ]
    if quality.get("sharp_normal_error") is not None:
        lines.append(f"  normals near edges {quality['sharp_normal_error']:>17.2f}°   mean error near sharp edges")
    return lines


def report_lines(report: dict[str, Any]) -> list[str]:
    """A fit's report."""
    unit, run = report["sizes"]["unit"], report["run"]
    seconds = report["seconds"]
    head = f"{report['name']}: {report['method']} ({report['preset']} preset), {report['resolution']}³"
    lines = [headline(report, unit), head]
    lines += quality_lines(report["quality"], unit) if "quality" in report else ["  mean error         not measured"]
    lines += preservation_lines(report["preservation"], unit) if "preservation" in report else []
    if report.get("level"):
        lines.insert(2, f"  measured against   the solid offset by {length(report['level'], unit)}")
    for name, title in (("without_network", "without network"), ("floor", "floor here")):
        if name in report and report[name] is None:
            lines.append(f"  {title:18} {'–':>18}   no surface at this resolution")
        elif name in report:
            lines.append(
                f"  {title:18} {length(report[name]['input']['mean'], unit):>18}   {report[name]['mean']:.2e} R"
            )
    lines += repair_lines(report["repairs"], unit) if "repairs" in report else []
    before, after = report["sizes"]["before"], report["sizes"]["after"]
    lines += [f"  size before        {extents(before, unit)}"] if before else []
    lines += [
        f"  size after         {extents(after, unit)}",
        f"  field              {size(report.get('bytes')):>18}   {counted(run['steps_done'], 'step')}",
        "  seconds            " + ", ".join(f"{k} {v:.1f}" for k, v in seconds.items()),
        f"  peak memory        {size(report['peak_memory']):>18}   {counted(run['threads'], 'thread')}",
        f"  written            {report['files']['mesh']}, {report['files']['field']}",
        f"  again exactly      {run['command']}",
    ]
    return lines


def preservation_lines(kept: dict[str, Any], unit: str | None) -> list[str]:
    """What of the input's visible surface was lost, and what the result added to it."""
    beyond, fine = length(kept["beyond"], unit), length(kept["beyond_fine"], unit)
    far, near = f"farther off than {beyond}", f"than {fine}"
    return [
        f"  lost of the input  {share(kept['lost']):>18}   {far}; {share(kept['lost_fine'])} {near}",
        f"  added to it        {share(kept['added']):>18}   {far}; {share(kept['added_fine'])} {near}",
    ]


def repair_lines(repairs: dict[str, Any], unit: str | None, title: str = "repaired before") -> list[str]:
    """What the repair did, which is no error of the fit; and the second opinion of rays."""
    from shapefield.solid.model import Repairs

    known = {name: repairs[name] for name in Repairs.__dataclass_fields__ if name in repairs}
    told = Repairs(**known).told(unit).removeprefix("repaired: ")
    lines = [f"  {title:18} {told}; not counted as error"] if told else []
    if repairs.get("sign_disagreement") is not None:
        lines.append(f"  rays disagree      {percent(repairs['sign_disagreement']):>18}   of points, about the side")
    return lines


SHOWN = 8
"""Repairs of one kind that a table shows, the largest ones."""


def repair_record(record: list[dict[str, Any]], unit: str | None) -> list[str]:
    """Every repair with its place, a line each, the largest SHOWN of each kind."""
    lines, shown = [], dict.fromkeys((one["kind"] for one in record), 0)
    for one in record:
        shown[one["kind"]] += 1
        if shown[one["kind"]] <= SHOWN:
            lines.append(_repair_line(one, unit))
        elif shown[one["kind"]] == SHOWN + 1:
            others = [other for other in record if other["kind"] == one["kind"]][SHOWN:]
            number = sum(1 + other["more"] for other in others)
            lines.append(f"  {'':18} and {number:,} more: {one['kind']} (--json tells them)")
    return lines


def _repair_line(one: dict[str, Any], unit: str | None) -> str:
    place = ", ".join(f"{value:.4g}" for value in one["place"])
    area = f"area {one['area']:.3g}{f' {unit}²' if unit else ''} ({share(one['share'])})"
    also = f"; with {one['more']:,} smaller ones" if one["more"] else ""
    where = f"at {place}, {length(one['size'], unit)} across"
    what = f"{one['kind']} ({one['name']})" if one.get("name") else one["kind"]
    return f"  {what}: {one['count']:,}, {area}, {where}{also}"


def percent(share: float) -> str:
    """A share as per cent, one digit after the point."""
    return f"{100 * share:.1f} %"


def extents(sizes: dict[str, Any], unit: str | None) -> str:
    """Sides of the box and the volume."""
    sides = " x ".join(f"{v:.4g}" for v in sizes["extents"])
    volume = "–" if sizes["volume"] is None else f"{sizes['volume']:.4g}{f' {unit}³' if unit else ''}"
    return f"{sides} {unit or 'units'}, volume {volume}"
