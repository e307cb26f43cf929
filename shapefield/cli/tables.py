"""Reports as short tables for a terminal."""

from __future__ import annotations

from typing import Any


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
    lines = [head, *quality_lines(report["quality"], unit)]
    for name, title in (("without_network", "without network"), ("floor", "floor here")):
        if name in report:
            lines.append(
                f"  {title:18} {length(report[name]['input']['mean'], unit):>18}   {report[name]['mean']:.2e} R"
            )
    changed = {k: v for k, v in report["repairs"].items() if v and k not in ("sign_disagreement",)}
    if changed:
        lines.append(
            "  repaired first     " + ", ".join(f"{k.replace('_', ' ')} {_short(v)}" for k, v in changed.items())
        )
    before, after = report["sizes"]["before"], report["sizes"]["after"]
    extents = " x ".join(f"{v:.4g}" for v in after["extents"])
    lines += [
        f"  size               {extents} {unit or 'units'}, volume {after['volume']:.4g} (was {before['volume']:.4g})",
        f"  field              {size(report.get('bytes')):>18}   {run['steps_done']} steps",
        "  seconds            " + ", ".join(f"{k} {v:.1f}" for k, v in seconds.items()),
        f"  peak memory        {size(report['peak_memory']):>18}   {run['threads']} threads",
        f"  written            {report['files']['mesh']}, {report['files']['field']}",
        f"  again exactly      {run['command']}",
    ]
    return lines


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
