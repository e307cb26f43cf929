"""Cases → the table that is published."""

from __future__ import annotations

from statistics import median


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
    return "\n".join([*lines, "", f"Clean meshes: {', '.join(meshes)}.", ""])


def _cell(cases: list[dict]) -> tuple[int, int, float | None]:
    errors = [c["error"] for c in cases if "error" in c]
    return sum(c["success"] for c in cases), len(cases), median(errors) if errors else None


def _best(cells: list[tuple[int, int, float | None]]) -> list[str]:
    top = max((good for good, _, _ in cells), default=0)
    said = []
    for good, count, error in cells:
        text = f"{good}/{count}" if count else "–"
        text = f"**{text}**" if good == top and good else text
        said.append(text if error is None else f"{text} ({error:.0e})")
    return said


def _share(cases: list[dict]) -> str:
    return f"{100 * sum(c['success'] for c in cases) / len(cases):.0f} %" if cases else "–"
