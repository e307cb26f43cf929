"""Named arrays in one `.npz`: whole or not there, with our mark, and the same arrays as the same bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from shapefield.storage.files import MARK, writing


def write_npz(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write what `np.load` opens. Raises OutputError."""
    with writing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            with archive.open(entry, "w", force_zip64=True) as part:
                np.lib.format.write_array(part, np.asanyarray(array), allow_pickle=False)
        archive.comment = MARK.encode("ascii")
