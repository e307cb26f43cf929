"""Arrays in `.npz`: whole or not there, with our mark, the same as the same bytes; and a stranger's `.npy`."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from shapefield.errors import content_guarded
from shapefield.storage.files import writing
from shapefield.storage.mark import Inputs, marked


def write_npz(path: str | Path, arrays: Mapping[str, np.ndarray], source: Inputs = None) -> None:
    """Write what `np.load` opens, with the id of the file that it is made from. Raises OutputError."""
    with writing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            with archive.open(entry, "w", force_zip64=True) as part:
                np.lib.format.write_array(part, np.asanyarray(array), allow_pickle=False)
        archive.comment = marked(path, source).encode("ascii")


def write_npy(path: str | Path, array: np.ndarray, source: Inputs = None) -> None:
    """Write what `np.load` opens, with our mark behind the numbers, where no reader looks. Raises OutputError."""
    with writing(path) as file:
        np.save(file, array, allow_pickle=False)
        file.write(f"\n{marked(path, source)}\n".encode("ascii"))


def read_npy(path: str | Path, expected: str, remedy: str) -> np.ndarray:
    """The array of numbers in a `.npy` file, mapped: what its header claims is held against the file's length.

    expected, remedy : for the message of the InputError that anything else is
    """
    with content_guarded(str(path), expected, remedy):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
            raise ValueError("no array of numbers")
        return array
