"""Cases → the table that is published."""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.dirty.peers import PEERS

TIE = 0.1
"""Medians that differ by less are the same."""
HEAD = """# Dirty meshes: who gives the clean one back?

Clean closed meshes are damaged by script and repaired by `shapefield repair`, by a whole fit, and by programs that
install from PyPI, each in a process of its own, the peers in an environment of theirs, with 60 s a try. A repair
succeeds where its file is a closed, outward manifold whose mean distance to the clean mesh, both ways, is at most 5e-3
of the bounding radius. A cell holds successes of tries and the median of that distance over what came out; the most
successes are bold, and of those the least medians (within 10 %). Ours ran on ten meshes, peers on five of them.
What each damage is stands in `benchmarks/dirty/defects.py`, how each program was called in `peers.py` and `ours.py`.

"""


def page(cases: list[dict[str, Any]], settings: dict[str, Any]) -> str:
    """The published page: what was asked, the table, what it was run with."""
    told = ", ".join(f"{name} {value}" for name, value in settings.items() if not isinstance(value, dict))
    fit = ", ".join(f"{value} {name}" for name, value in settings["fit"].items())
    tail = (
        f"A fit is one of few steps ({fit}). Run with: {told}.\n"
        "A hole is closed by a patch that continues the surface around it: at 30 % of the surface that patch cannot "
        "know the shape that it stands for. Noise of 30 % is not smoothed away.\n"
        "Again: `python -m benchmarks dirty --markdown docs/dirty-meshes.md`; rows that were run stay.\n"
    )
    return HEAD + markdown(cases) + "\n" + tail


def markdown(cases: list[dict[str, Any]]) -> str:
    """Successes of all, and the median error of what came out, by defect, severity and repairer."""
    names = list(dict.fromkeys(case["repairer"] for case in cases))
    order = list(dict.fromkeys(case["defect"] for case in cases))
    rows = sorted({(c["defect"], c["share"]) for c in cases}, key=lambda row: (order.index(row[0]), row[1]))
    lines = ["| damage | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    behind = []
    for defect, share in rows:
        here = [c for c in cases if (c["defect"], c["share"]) == (defect, share)]
        own = [[c for c in here if c["repairer"] == name] for name in names]
        lines.append(f"| {defect}, {100 * share:g} % | " + " | ".join(_cells(own)) + " |")
        ahead = [name for name in names if name in PEERS and is_behind(here, "repair", name)]
        behind += [f"{defect} {100 * share:g} % ({', '.join(ahead)})"] if ahead else []
    mild = [[c for c in cases if c["repairer"] == n and c["share"] <= 0.1] for n in names]
    lines.append("| **all up to 10 %** | " + " | ".join(_share(some) for some in mild) + " |")
    lines.append("| **all** | " + " | ".join(_share([c for c in cases if c["repairer"] == n]) for n in names) + " |")
    seconds = [median([c["seconds"] for c in cases if c["repairer"] == n]) for n in names]
    lines.append("| seconds a mesh, median | " + " | ".join(f"{s:.2g}" for s in seconds) + " |")
    told = f"`repair` is behind in: {'; '.join(behind)}." if behind else "`repair` is behind no peer in any row."
    meshes = list(dict.fromkeys(case["mesh"] for case in cases))
    return "\n".join([*lines, "", told, "", f"Clean meshes: {', '.join(_by(m, cases, names) for m in meshes)}.", ""])


def is_behind(cases: list[dict[str, Any]], mine: str, other: str) -> bool:
    """Whether on the meshes that both had one has fewer successes, or as many and a median that is no tie but more."""
    both = {c["mesh"] for c in cases if c["repairer"] == mine} & {c["mesh"] for c in cases if c["repairer"] == other}
    if not both:
        return False
    (good, _, error), (theirs, _, least) = (
        _cell([c for c in cases if c["repairer"] == name and c["mesh"] in both]) for name in (mine, other)
    )
    if good != theirs:
        return good < theirs
    return good > 0 and error is not None and least is not None and error > (1 + TIE) * least


def _by(mesh: str, cases: list[dict[str, Any]], names: list[str]) -> str:
    """The mesh, and whether only ours had it."""
    had = {c["repairer"] for c in cases if c["mesh"] == mesh}
    return mesh if had & set(PEERS) or not set(names) & set(PEERS) else f"{mesh} (ours only)"


def _cell(cases: list[dict[str, Any]]) -> tuple[int, int, float | None]:
    errors = [c["error"] for c in cases if "error" in c]
    return sum(c["success"] for c in cases), len(cases), median(errors) if errors else None


def _cells(columns: list[list[dict[str, Any]]]) -> list[str]:
    cells = [_cell(cases) for cases in columns]
    top = max((good / count for good, count, _ in cells if count), default=0.0)
    best = [error for good, count, error in cells if count and good == top * count and error is not None]
    said = []
    for good, count, error in cells:
        text = f"{good}/{count}" if count else "–"
        first = bool(good) and good == top * count and error is not None and error <= (1 + TIE) * min(best)
        text = f"**{text}**" if first else text
        said.append(text if error is None else f"{text} ({error:.0e})")
    return said


def _share(cases: list[dict[str, Any]]) -> str:
    good = sum(c["success"] for c in cases)
    return f"{good}/{len(cases)} ({100 * good / len(cases):.0f} %)" if cases else "–"
