"""A comparison's rows as the records of a board: the curve over time, the picture, the figure that decides."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.comparison.curves import READ
from shapefield.lab.comparison.plan import MESH
from shapefield.lab.comparison.rows import QUALITY, Row


def shown(row: Row) -> Generator[Image | Curve | Fact, None, None]:
    """What a finished fit adds to the board; nothing for one that failed, which has been told."""
    if row.failed:
        return
    case, deciding = row.case, QUALITY[row.case.input.kind][0]
    seed = f" #{case.seed}" if case.seed else ""
    if row.curve and not case.seed:
        points = np.array(row.curve, float)
        plot = f"{case.input.name}: {READ[case.input.kind]}"
        log = "y" if case.input.kind == MESH else ""
        yield Curve(plot, case.method, points[:, 0], points[:, 1], "seconds", log)
    if "truth" in row.pictures:
        yield Image(case.input.name, row.pictures["truth"] / 255.0)
    if "field" in row.pictures:
        yield Image(f"{case.input.name}: {case.method}", row.pictures["field"] / 255.0)
    yield Fact(f"{case.input.name} {case.method}{seed}", row.values[deciding.name], deciding.unit)
