"""In a process of its own: Draco blobs on the standard input → their arrays, as an .npz, on the standard output.

Question: for each blob its length as 8 bytes, little endian, and its bytes. Answer: of blob k the entries "k faces"
(m, 3) and "k 7" (n, width) for the attribute of unique id 7, or none where it is damaged.
"""

from __future__ import annotations

import io
import struct
import sys
from typing import Any

import numpy as np


def decoded(question: bytes) -> dict[str, np.ndarray]:
    """The arrays of all blobs that can be decoded."""
    import DracoPy

    arrays: dict[str, np.ndarray] = {}
    at = number = 0
    while at + 8 <= len(question):
        (length,) = struct.unpack_from("<Q", question, at)
        try:
            mesh = DracoPy.decode(question[at + 8 : at + 8 + length])
            faces = np.asarray(mesh.faces, dtype=np.uint32).reshape(-1, 3)
            arrays[f"{number} faces"] = faces
            arrays |= {f"{number} {entry['unique_id']}": np.asarray(entry["data"]) for entry in mesh.attributes}
        except Exception:  # whatever the library raises for damage: the caller sees that there is no answer
            arrays = {key: array for key, array in arrays.items() if not key.startswith(f"{number} ")}
        at, number = at + 8 + length, number + 1
    return arrays


if __name__ == "__main__":
    answer = io.BytesIO()
    arrays: dict[str, Any] = decoded(sys.stdin.buffer.read())
    np.savez(answer, **arrays)
    sys.stdout.buffer.write(answer.getvalue())
