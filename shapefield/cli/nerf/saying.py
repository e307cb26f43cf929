"""What the six actions share: their common flags, and figures as lines."""

from __future__ import annotations

import argparse
from typing import Any

from shapefield.cli.outputs import add_force
from shapefield.cli.voice import add_flags


def common(parser: argparse.ArgumentParser) -> None:
    """Flags of every action."""
    add_force(parser)
    add_flags(parser)


def figures(report: dict[str, Any], every: bool = False) -> list[str]:
    """Held-out figures as lines of text, with `every` those of each view too."""
    if not report.get("count"):
        return ["  no held-out views"]
    lines = []
    if every:
        lines += [f"  {row['name']:24} {row['psnr']:6.2f} dB" for row in report["views"]]
    line = f"  held out           {report['psnr']:.2f} dB"
    line += f", SSIM {report['ssim']:.4f}" if report.get("ssim") is not None else ""
    line += f", depth error {report['depth_error']:.3g}" if report.get("depth_error") is not None else ""
    return [*lines, f"{line} ({report['count']} view{'s' * (report['count'] > 1)} of {report['size']})"]
