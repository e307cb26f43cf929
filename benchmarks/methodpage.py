"""docs/methods.md: what each method is, out of the registry, and what was measured, out of a benchmark's JSON."""

from __future__ import annotations

import dataclasses
import statistics
from typing import Any

from shapefield.methods import METHODS, Method

HEAD = """# The methods
Made by `python -m benchmarks methods --page docs/methods.md` from the registry and the figures measured last; a test
holds it against the registry. Change neither by hand.
"""


def page(measured: dict[str, Any]) -> str:
    """The page as Markdown.

    measured : {"settings", "rows"} as `benchmarks.methods` writes it; a method that was not run has empty cells
    """
    known = [m for m in METHODS.values() if m.factory is None]
    parts = [HEAD, overview(known), figures(known, measured), *(room(m) for m in known)]
    return "\n".join(parts).rstrip() + "\n"


def overview(methods: list[Method]) -> str:
    """What it is made of and what it is for, a method a row."""
    lines = ["| method | encoding | activation | value | best for |", "|---|---|---|---|---|"]
    for m in methods:
        value = "signed distance" if m.kind == "distance" else "logit of inside; no distance"
        lines.append(f"| [`{m.name}`](#{m.name}) | {m.encoding} | {m.activation} | {value} | {m.when} |")
    return "\n".join(lines) + "\n"


def figures(methods: list[Method], measured: dict[str, Any]) -> str:
    """Size by the registry; error, steps a second and bytes as measured."""
    settings, rows = measured["settings"], measured["rows"]
    names = list(dict.fromkeys(row["mesh"] for row in rows))
    length = f"{settings['steps']} steps" if "steps" in settings else f"a budget of {settings['budget']}"
    text = [
        "## Measured",
        f"{length[0].upper()}{length[1:]} each, {settings['resolution']}³, {settings['cores']} cores, no GPU, seed "
        f"{settings['seed']}, torch {settings['torch']}; errors in bounding radii. "
        f"Meshes: {', '.join(names) or 'none yet'}.",
        "",
        "| method | parameters | kB of `.field` | steps | steps a second | mean error, median | worst | without its "
        "network, median |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for m in methods:
        mine = [row for row in rows if row["method"] == m.name and "mean" in row]
        cells = [f"`{m.name}`", f"{parameters(m):,}"]
        if mine:
            worst = max(mine, key=lambda row: row["mean"])
            cells.append(f"{statistics.median(row['bytes'] for row in mine) / 1000:,.0f}")
            cells.append(f"{statistics.median(row['steps'] for row in mine):,.0f}")
            cells.append(f"{statistics.median(row['speed'] for row in mine):,.0f}")
            cells.append(f"{statistics.median(row['mean'] for row in mine):.1e}")
            cells.append(f"{worst['mean']:.1e} ({worst['mesh']})")
            alone = [row["without_network"] for row in mine if "without_network" in row]
            cells.append(f"{statistics.median(alone):.1e}" if alone else "")
        else:
            cells += [""] * 6
        text.append("| " + " | ".join(cells) + " |")
    return "\n".join(text) + "\n"


def parameters(method: Method) -> int:
    """Trained numbers of the method's default network."""
    import torch

    from shapefield.fields import build

    with torch.device("meta"):
        module = build(method, method.options())
    return sum(p.numel() for p in module.parameters())


def room(method: Method) -> str:
    """A method's own section: what it is, where it comes from, its training and its options."""
    recipe = method.recipe
    terms = "binary cross entropy" if method.kind == "occupancy" else "L1 of distances"
    terms += f" clamped at {recipe.clamp:g} R" if recipe.clamp else ""
    terms += f" + {recipe.eikonal:g} · eikonal" if recipe.eikonal else ""
    lines = [
        f"## {method.name}",
        f"{method.summary[0].upper()}{method.summary[1:]} ({method.source}).",
        f"Besides the samples it is given {method.aid}." if method.aid else "",
        f"Trained with {terms}; rate {recipe.rate:g}, {recipe.batch:,} points a step, {recipe.schedule} schedule, "
        f"samples mixed as {recipe.mix}" + (f", weights averaged with decay {recipe.ema:g}." if recipe.ema else "."),
        "",
        "| option | default | what it is |",
        "|---|---|---|",
    ]
    for entry in dataclasses.fields(method.options):
        lines.append(f"| `{entry.name}` | {entry.default} | {entry.metadata['help']} |")
    if method.paper:
        changes = ", ".join(f"{name} {value}" for name, value in method.paper.items())
        lines += ["", f"The paper's figures, `--preset paper`: {changes}."]
    return "\n".join(line for k, line in enumerate(lines) if line or k > 2) + "\n"
