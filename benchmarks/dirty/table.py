"""Cases → the table that is published."""

from __future__ import annotations

from statistics import median
from typing import Any

HEAD = """# Dirty meshes: who gives the clean one back?

Clean closed meshes are damaged by script, and repaired by shapefield and by programs that install from PyPI. A repair
succeeds where it is a closed, outward manifold whose mean distance to the clean mesh, both ways, is at most 5e-3 of
the bounding radius. A cell holds successes of tries and the median of that distance; the highest share is bold.
"solid", where it was run, is shapefield's repair alone, before any field: unlike a field's surface it may keep an edge
at which four faces meet, which counts as no success. Few tries make an example, no statistic.
What each damage is stands in `benchmarks/dirty/defects.py`, how each program was called in `repairers.py`.

"""


def page(cases: list[dict], settings: dict[str, Any]) -> str:
    """The published page: what was asked, the table, what it was run with."""
    ours = ", ".join(f"{name} {value}" for name, value in settings["shapefield"].items())
    versions = ", ".join(f"{name} {value}" for name, value in settings["versions"].items() if value)
    tail = (
        f"shapefield: a whole fit ({ours}), so that every output is one surface of a trained field. Peers at their "
        "defaults; Poisson at depth 8 on 50 000 oriented points of the damaged surface.\n"
        f"Versions: {versions}; Python {settings['python']}, {settings['machine']}, {settings['cores']} cores. "
        "Seconds were taken on a machine with other work beside and only tell magnitudes.\n"
        "A hole is closed by a patch that continues the surface around it: at 30 % of the surface that patch cannot "
        "know the shape that it stands for. Noise of 30 % is not smoothed away.\n"
        "Again: `python -m benchmarks dirty --markdown docs/dirty-meshes.md`.\n"
    )
    return HEAD + markdown(cases, settings) + "\n" + tail


def markdown(cases: list[dict], settings: dict) -> str:
    """Successes of all, and the median error of what came out closed, by defect, severity and repairer."""
    names = list(dict.fromkeys(case["repairer"] for case in cases))
    meshes = list(dict.fromkeys(case["mesh"] for case in cases))
    rows = sorted(
        {(case["defect"], case["share"]) for case in cases},
        key=lambda row: ([c["defect"] for c in cases].index(row[0]), row[1]),
    )
    lines = ["| damage | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for defect, share in rows:
        cells = [
            _cell([c for c in cases if (c["repairer"], c["defect"], c["share"]) == (n, defect, share)]) for n in names
        ]
        lines.append(f"| {defect}, {100 * share:g} % | " + " | ".join(_best(cells)) + " |")
    mild = [[c for c in cases if c["repairer"] == n and c["share"] <= 0.1] for n in names]
    lines.append("| **all up to 10 %** | " + " | ".join(_share(some) for some in mild) + " |")
    lines.append("| **all** | " + " | ".join(_share([c for c in cases if c["repairer"] == n]) for n in names) + " |")
    seconds = [median([c["seconds"] for c in cases if c["repairer"] == n]) for n in names]
    lines.append("| seconds a mesh, median | " + " | ".join(f"{s:.2g}" for s in seconds) + " |")
    return "\n".join([*lines, "", f"Clean meshes: {', '.join(_by(m, cases, names) for m in meshes)}.", ""])


def _by(mesh: str, cases: list[dict], names: list[str]) -> str:
    """The mesh, and who had it where that was not everyone."""
    had = [name for name in names if any(c["repairer"] == name and c["mesh"] == mesh for c in cases)]
    return mesh if had == names else f"{mesh} ({' and '.join(had)} only)"


def _cell(cases: list[dict]) -> tuple[int, int, float | None]:
    errors = [c["error"] for c in cases if "error" in c]
    return sum(c["success"] for c in cases), len(cases), median(errors) if errors else None


def _best(cells: list[tuple[int, int, float | None]]) -> list[str]:
    top = max((good / count for good, count, _ in cells if count), default=0.0)
    said = []
    for good, count, error in cells:
        text = f"{good}/{count}" if count else "–"
        text = f"**{text}**" if good and good == top * count else text
        said.append(text if error is None else f"{text} ({error:.0e})")
    return said


def _share(cases: list[dict]) -> str:
    good = sum(c["success"] for c in cases)
    return f"{good}/{len(cases)} ({100 * good / len(cases):.0f} %)" if cases else "–"
