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


MEASURED = """Each fit is a process of its own. Errors are in bounding radii; every surface was closed and manifold
unless it stands among those above the limit, which is a mean error of 1e-2. Seconds are from process start to the mesh
written; where steps are given and not a budget, they, and the steps a second, may be those of a busy machine.
"""


def page(runs: list[dict[str, Any]]) -> str:
    """The page as Markdown.

    runs : {"settings", "rows"} each, as `benchmarks.methods` writes them
    """
    known = [m for m in METHODS.values() if m.factory is None]
    measured = "\n".join(["## Measured", MEASURED, *(figures(run) for run in runs)])
    return "\n".join([HEAD, overview(known), measured, *(room(m) for m in known)]).rstrip() + "\n"


def overview(methods: list[Method]) -> str:
    """What it is made of and what it is for, a method a row."""
    lines = ["| method | encoding | activation | value | parameters | best for |", "|---|---|---|---|---|---|"]
    for m in methods:
        value = "signed distance" if m.value == "distance" else "logit of inside; no distance"
        lines.append(
            f"| [`{m.name}`](#{m.name}) | {m.encoding} | {m.activation} | {value} | {parameters(m):,} | {m.when} |"
        )
    return "\n".join(lines) + "\n"


def figures(run: dict[str, Any]) -> str:
    """One run: a method a row, with what it reached on all meshes of that run."""
    settings, rows = run["settings"], run["rows"]
    length = f"{settings['steps']} steps" if "steps" in settings else f"a budget of {settings['budget']}"
    cores = f"{settings['cores']} core{'s' if settings['cores'] > 1 else ''}"
    text = [
        f"{length[0].upper()}{length[1:]} each, {settings['resolution']}³, {cores}, no GPU, seed {settings['seed']}, "
        f"torch {settings['torch']}. Meshes: {', '.join(dict.fromkeys(row['mesh'] for row in rows))}.",
        "",
        "| method | kB of `.field` | steps | steps a second | longest | mean error, median | worst | above the limit | "
        "without its network, median |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(row["method"] for row in rows):
        mine = [row for row in rows if row["method"] == name and "mean" in row]
        failed = [row["mesh"] for row in rows if row["method"] == name and not row["good"]]
        worst = max(mine, key=lambda row: row["mean"])
        alone = [row["without_network"] for row in mine if "without_network" in row]
        cells = [
            f"`{name}`",
            f"{statistics.median(row['bytes'] for row in mine) / 1000:,.0f}",
            f"{statistics.median(row['steps'] for row in mine):,.0f}",
            f"{statistics.median(row['speed'] for row in mine):,.0f}",
            f"{max(row['wall'] for row in mine):.1f} s",
            f"{statistics.median(row['mean'] for row in mine):.1e}",
            f"{worst['mean']:.1e} ({worst['mesh']})",
            ", ".join(failed) or "none",
            f"{statistics.median(alone):.1e}" if alone else "",
        ]
        text.append("| " + " | ".join(cells) + " |")
    return "\n".join(text) + "\n"


def parameters(method: Method) -> int:
    """Trained numbers of the method's default network."""
    from shapefield.fields.metadevice import on_meta_device

    return sum(p.numel() for p in on_meta_device(method, method.options()).parameters())


def room(method: Method) -> str:
    """A method's own section: what it is, where it comes from, its training and its options."""
    recipe = method.recipe
    terms = "binary cross entropy" if method.value == "occupancy" else "L1 of distances"
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
