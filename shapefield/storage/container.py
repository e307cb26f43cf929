"""Tensors with a JSON header in one safetensors file, safe to open from strangers: no code runs, no claim is believed.

Every size, type and offset in the file's own table is held against the file's length before a byte is allocated.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.errors import InputError, content_guarded
from shapefield.machine.memory import require
from shapefield.storage.files import writing
from shapefield.storage.mark import MARK, Inputs, input_id

if TYPE_CHECKING:
    from torch import Tensor

VERSION = 1
_SIZES = {"I64": 8, "F64": 8, "F32": 4, "I32": 4, "BF16": 2, "F16": 2, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
"""Bytes a number, by the format's word for its type; the widest first, in which order tensors lie in a file."""
_LARGEST_TABLE = 8 << 20
_LARGEST_COUNT = 1 << 60
"""Numbers of a tensor, empty axes counted as 1: beyond that its strides would overflow."""


def write_container(
    path: str | Path, purpose: str, header: dict[str, Any], tensors: dict[str, Tensor], source: Inputs = None
) -> None:
    """Write atomically, tensor by tensor. Raises OutputError.

    purpose: "field" or "checkpoint"; header: plain JSON; source: what it is made from, whose id stands beside the mark
    """
    flat = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    origin = {"from": found} if (found := input_id(source, path)) else {}
    told = {"mark": MARK, **origin, "purpose": purpose, "version": VERSION, "header": header}
    told["checksum"] = checksum(_plain(header), flat)
    places = list(_SIZES)
    names = sorted(flat, key=lambda name: (places.index(_name(flat[name])), name))
    table: dict[str, Any] = {"__metadata__": {"shapefield": _plain(told)}}
    end = 0
    for name in names:
        tensor, begin = flat[name], end
        end += tensor.numel() * tensor.element_size()
        table[name] = {"dtype": _name(tensor), "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(table, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with writing(path) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in names:
            file.write(_bytes(flat[name]))


def _name(tensor: Tensor) -> str:
    """The format's word for the tensor's type: F32, I64, BOOL …"""
    kind, bits = str(tensor.dtype).removeprefix("torch."), 8 * tensor.element_size()
    words = {"bool": "BOOL", "uint8": "U8", "bfloat16": "BF16"}
    return words.get(kind) or f"{'F' if tensor.is_floating_point() else 'I'}{bits}"


def _bytes(tensor: Tensor) -> memoryview:
    """The tensor's own bytes, not copied."""
    import torch

    return tensor.reshape(-1).view(torch.uint8).numpy().data


def checksum(header: str, tensors: dict[str, Tensor]) -> str:
    """SHA-256 of the header and of every tensor's name, type, shape and bytes: a flipped bit is noticed."""
    digest = hashlib.sha256(header.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
        digest.update(_bytes(tensor))
    return digest.hexdigest()


def _plain(value: Any) -> str:
    return json.dumps(value, allow_nan=False)


def read_container(path: str | Path, purpose: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Header and tensors of a file that `write_container` made. Raises InputError in one line for anything else."""
    from safetensors.torch import load

    require(2.5 * os.path.getsize(path) if os.path.isfile(path) else 0, f"{path}: to open it", "close other programs")
    with content_guarded(str(path), f"a whole shapefield {purpose}", "copy it anew"):
        header, expected = _told(path, purpose)
        with open(path, "rb") as file:
            tensors = load(file.read())
        found = checksum(_plain(header), tensors)
    if found != expected:
        raise InputError(f"{path}: expected the content its checksum is of, got another: it is damaged, copy it anew")
    return header, tensors


def read_header(path: str | Path, purpose: str) -> dict[str, Any]:
    """The header alone, its tensors unread and unproven. Raises InputError for what is no such file."""
    return _told(path, purpose)[0]


def _told(path: str | Path, purpose: str) -> tuple[dict[str, Any], str]:
    """Header and checksum, of a file whose table is whole. Raises InputError."""
    table = _checked_table(path, purpose)
    metadata = table.pop("__metadata__", None) or {}
    try:
        told = json.loads(metadata["shapefield"], parse_constant=_no_constant, parse_float=_finite)
        mark, found, version, header = (told[k] for k in ("mark", "purpose", "version", "header"))
        proof = told.get("checksum")
    except (KeyError, TypeError, ValueError, RecursionError):
        mark = found = version = header = proof = None
    if mark != MARK:
        raise InputError(f"{path}: expected a shapefield {purpose}, got some other safetensors file")
    if found != purpose:
        remedy = "use the commands of `shapefield nerf`" if found == "nerf" else "name another file"
        raise InputError(f"{path}: expected a {purpose}, got a {found}: {remedy}")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= VERSION:
        raise InputError(f"{path}: expected version {VERSION} or older, got {version!r}: update shapefield")
    if not isinstance(header, dict) or not isinstance(proof, str):
        raise InputError(f"{path}: expected a JSON header and a checksum, got something else: the file is damaged")
    return header, proof


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _finite(text: str) -> float:
    if math.isinf(value := float(text)):  # 1e999
        raise ValueError(text)
    return value


def _checked_table(path: str | Path, purpose: str) -> dict[str, Any]:
    damaged = f"{path}: expected a whole shapefield {purpose}"
    try:
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            start = file.read(8)
            if start[:2] in (b"PK", b"\x80\x02", b"\x80\x04", b"\x80\x05"):
                raise InputError(f"{path}: expected a shapefield {purpose}, got a pickle or archive: it is not opened")
            if start == MARK.encode()[:8]:  # how the lab's fitted pictures begin
                raise InputError(f"{path}: expected a {purpose}, got a fitted picture: see shapefield image render")
            length = int.from_bytes(start, "little")
            if len(start) < 8 or not 2 <= length <= min(_LARGEST_TABLE, size - 8):
                raise InputError(f"{damaged}, got {size} bytes of something else: the file is cut off or no field")
            text = file.read(length)
    except OSError as error:
        raise InputError(f"{path}: expected a {purpose}, got {(error.strerror or 'an error').lower()}") from None
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        table = None
    if not isinstance(table, dict):
        raise InputError(f"{damaged}, got a damaged table: make it again")
    spans = []
    for name, entry in table.items():
        if name != "__metadata__":
            spans.append(_span(entry, f"{damaged}, got a lying entry {name!r}"))
    end = 0
    for begin, stop in sorted(spans):
        if begin != end:
            raise InputError(f"{damaged}, got overlapping entries: the file is damaged")
        end = stop
    if end != size - 8 - length:
        raise InputError(f"{damaged}, got {size} bytes where its table claims {8 + length + end}: it is cut off")
    return table


def _span(entry: Any, complaint: str) -> tuple[int, int]:
    """(begin, end) of a table entry whose shape, type and offsets agree; InputError otherwise."""
    try:
        shape, (begin, end), width = entry["shape"], entry["data_offsets"], _SIZES[entry["dtype"]]
        counts = all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in [*shape, begin, end])
        fits = counts and len(shape) <= 8 and end - begin == math.prod(shape) * width
        fits = fits and math.prod(max(n, 1) for n in shape) < _LARGEST_COUNT
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise InputError(f"{complaint}: the file is damaged")
    return begin, end
