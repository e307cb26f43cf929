"""Rows → the table that is read, and the worst of them."""

from __future__ import annotations

from typing import Any

LOST = 0.01
"""The share of the visible surface from which a mesh has lost something."""


def markdown(rows: list[dict[str, Any]]) -> str:
    """Counts of everything that matters, then the worst rows by name."""
    ran = [row for row in rows if "lost" in row]
    lost = [row for row in ran if row["lost"] > LOST]
    silent = [row for row in lost if row["told_lost"] < 0.5 * row["lost"]]
    grid = [row for row in ran if row["grid"]]
    counts = (
        ("files", len(rows)),
        ("mended", len(ran)),
        ("refused in one line", sum("refused" in row for row in rows)),
        ("crashed, or past a limit", sum("failed" in row for row in rows)),
        (f"lost > {LOST:.0%} of the visible surface", len(lost)),
        ("of these, not told", len(silent)),
        ("added > 5 %", sum(row["added"] > 0.05 for row in ran)),
        ("on a grid, in part", len(grid)),
        ("thickened", sum(row["thickened"] for row in ran)),
        ("not closed", sum(not row["closed"] for row in ran)),
        ("not manifold", sum(not row["manifold"] for row in ran)),
        ("told to be ready", sum(row["ready"] for row in ran)),
    )
    lines = ["| what | number |", "|---|---|", *(f"| {what} | {number} |" for what, number in counts)]
    if ran:
        cpu = sorted(row["cpu"] for row in ran)
        lines.append(f"| CPU seconds, median and most | {cpu[len(cpu) // 2]:.1f}, {cpu[-1]:.1f} |")
    return "\n".join([*lines, "", *_worst(rows)]) + "\n"


def _worst(rows: list[dict[str, Any]], count: int = 30) -> list[str]:
    """What went wrong, then what lost most, then what added most."""
    lines = ["| file | faces | lost | told | added | grid | what it came to |", "|---|---|---|---|---|---|---|"]
    for row in worst(rows, count):
        if "lost" in row:
            cells = [f"{100 * row[name]:.2f} %" for name in ("lost", "told_lost", "added")]
            lines.append(f"| {row['name']} | {row['faces']} | {' | '.join(cells)} | {_grid(row)} | {_end(row)} |")
        else:
            why = row.get("failed") or row.get("refused")
            lines.append(f"| {row['name']} | {row['faces']} | – | – | – | – | {why} |")
    return lines


def worst(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Rows that failed first, then by what was lost, and added a quarter as much."""
    return sorted(rows, key=lambda row: -badness(row))[:count]


def badness(row: dict[str, Any]) -> float:
    """What a row is sorted by."""
    if "failed" in row:
        return 10.0
    if "lost" not in row:
        return 0.005
    return row["lost"] + 0.25 * row["added"] + 0.01 * (not row["closed"]) + 0.02 * row["grid"]


def _grid(row: dict[str, Any]) -> str:
    return "yes" if row["grid"] else "no"


def _end(row: dict[str, Any]) -> str:
    said = [f"{row['result_faces']:,} faces", f"{row['cpu']:.1f} s"]
    if row["thickened"]:
        said.append("thickened")
    if not row["closed"]:
        said.append("open")
    return ", ".join(said)
