"""What a file calls the parts of its surface: OBJ's objects and groups, glTF's nodes, 3MF's objects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

LONGEST = 80
"""Letters of a name that are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class PartNames:
    """Names of faces in runs, in the file's order: a run has one name, "" where the file has none for it.

    names : of the k runs;  ends : (k,) int64 the face after each run's last
    """

    names: tuple[str, ...]
    ends: np.ndarray

    @staticmethod
    def of_runs(runs: Iterable[tuple[str, int]]) -> PartNames | None:
        """From (name, number of faces) in order; None where no face has a name."""
        found = [(" ".join(name.split())[:LONGEST], count) for name, count in runs if count]
        if not any(name for name, _ in found):
            return None
        return PartNames(tuple(name for name, _ in found), np.cumsum([count for _, count in found], dtype=np.int64))

    @staticmethod
    def of_faces(names: list[str], number: np.ndarray) -> PartNames | None:
        """From each face's place (m,) in a list of names."""
        begins = np.flatnonzero(np.diff(number, prepend=-1))
        counts = np.diff(begins, append=len(number))
        return PartNames.of_runs((names[k], int(n)) for k, n in zip(number[begins].tolist(), counts, strict=True))

    def of(self, face: int) -> str:
        """The name of the part that a face is of, "" for none."""
        return self.names[int(np.searchsorted(self.ends, face, side="right"))]
