"""`shapefield family info`."""

from __future__ import annotations

import argparse
from pathlib import Path

from shapefield.cli.hints import source
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("family", metavar="FAMILY", type=source, help="a .family file")
    add_voice(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look and print."""
    from shapefield.cli.tables import size
    from shapefield.families.familyfile import read_family

    family = read_family(arguments.family)
    residuals = family.report.get("residual", {}).get("members", {})
    rows = [
        {
            "name": m.name,
            "file": m.path,
            "sha256": m.sha256,
            "code": float(code.norm()),
            "residual": residuals.get(m.name),
        }
        for m, code in zip(family.members, family.codes, strict=True)
    ]
    held = [{"name": m.name, "file": m.path, "sha256": m.sha256} for m in family.held]
    parameters = sum(p.numel() for p in family.decoder.parameters())
    report = {"model": family.method.name, "members": rows, "held": held, "parameters": parameters, "run": family.run}
    report |= {"code": family.codes.shape[1], "bytes": Path(arguments.family).stat().st_size}
    lines = [
        f"{arguments.family}: a family of {len(rows)} shapes ({family.method.name}), {len(held)} held out",
        f"  {parameters:,} numbers in the network, {report['code'] or 'none'} in a code; {size(report['bytes'])}",
    ]
    for row in rows:
        residual = f"{row['residual']:.2e} R" if row["residual"] is not None else "–"
        code = f"   code {row['code']:.3f} long" if report["code"] else ""
        lines.append(f"  {row['name']:24} residual {residual:>10}{code}   {row['file']}")
    lines += [f"  {row['name']:24} held out                             {row['file']}" for row in held]
    voice.report(report, lines)
    return 0
