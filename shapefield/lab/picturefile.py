"""A fitted picture as a file: our mark, a JSON header, and the weights as integers or float32, compressed.

Layout: b"made by shapefield picture 1\\n" | header length, uint32 little-endian | header, JSON | payload.
The payload is stored, deflated or LZMA-compressed, whichever is shortest. Reading runs no code of the file's, and
every size is derived from the header's checked options before anything is allocated.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.errors import InputError, UsageError
from shapefield.lab.picturefield import PictureField
from shapefield.methods import Method
from shapefield.methods import method as method_named
from shapefield.storage.files import check_replaceable, writing
from shapefield.storage.mark import MARK, input_id
from shapefield.storage.quantising import PACKINGS, inflated, packed, squeezed, to_integers, unpacked

MAGIC = f"{MARK} picture 1\n".encode()
LONGEST = 1.23456789e-05
"""No scale of nine digits is longer in JSON."""


def write_picture_field(
    found: PictureField, path: str | Path, force: bool = False, source: str | Path | None = None
) -> int:
    """Write the field; returns the file's bytes. Raises OutputError."""
    check_replaceable(path, force, source)
    data = encoded(found, input_id(source, path))
    with writing(path) as file:
        file.write(data)
    return len(data)


def encoded(found: PictureField, origin: str = "") -> bytes:
    """The file's bytes; origin : the id of its input, or "".

    With `found.bits` the weights are rounded, and the header carries their scales.
    """
    scales, parts = [], []
    parameters = {k for k, _ in found.module.named_parameters()}
    for name, tensor in found.module.state_dict().items():
        if found.bits is not None and name in parameters:
            integers, scale = to_integers(tensor, found.bits)
            scales.append(scale)
            parts.append(packed(integers, found.bits))
        elif found.bits is None:  # with bits, buffers are remade from the seed
            parts.append(tensor.detach().cpu().numpy().astype("<f4").tobytes())
    raw = b"".join(parts)
    how, payload = squeezed(raw)
    header = _header(found.method, found.options, found.size, found.channels, found.run.get("seed", 0), how)
    if found.bits is None:
        header |= {"name": found.name, "run": found.run, "report": found.report}
    else:
        header |= {"bits": found.bits, "scales": [float(f"{s:.9g}") for s in scales]}
    return _head(header, origin) + payload


def most_bytes(method: Method, options: Any, size: tuple[int, int], channels: int, seed: int, bits: int) -> int:
    """What `encoded` takes at most for such a field whose weights are rounded to `bits`, whatever they are."""
    from shapefield.fields.metadevice import on_meta_device

    counts = [p.numel() for p in on_meta_device(method, options, inputs=2, outputs=channels).parameters()]
    header = _header(method, options, size, channels, seed, max(PACKINGS, key=len))
    header |= {"bits": bits, "scales": [LONGEST] * len(counts)}
    return len(_head(header, "0" * 12)) + sum((n * bits + 7) // 8 for n in counts)


def _header(method: Method, options: Any, size: tuple[int, int], channels: int, seed: int, how: str) -> dict[str, Any]:
    return {
        "method": method.name,
        "options": _changed(options),
        "size": list(size),
        "channels": channels,
        "seed": seed,
        "pack": how,
    }


def _head(header: dict[str, Any], origin: str) -> bytes:
    header = {"from": origin} | header if origin else header
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    return MAGIC + len(text).to_bytes(4, "little") + text


def _changed(options: Any) -> dict[str, Any]:
    values = {f.name: (getattr(options, f.name), f.default) for f in dataclasses.fields(options)}
    return {name: value for name, (value, default) in values.items() if value != default}


def read_picture_field(path: str | Path) -> PictureField:
    """The PictureField in a file, on the CPU. Raises InputError in one line for anything damaged."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: expected a fitted picture, got {(error.strerror or 'an error').lower()}") from None
    if not data.startswith(MAGIC):
        raise InputError(f"{path}: expected a fitted picture, got something else: make one with shapefield image fit")
    damaged = f"{path}: expected a whole fitted picture, got a damaged one"
    try:
        return decoded(data)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RuntimeError, UsageError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{damaged} ({why}): make it again") from None


def decoded(data: bytes) -> PictureField:
    """The field in a file's bytes. Raises ValueError and its kin for damaged ones."""
    import torch

    from shapefield.fields import build
    from shapefield.fields.metadevice import on_meta_device

    start = len(MAGIC) + 4
    length = int.from_bytes(data[len(MAGIC) : start], "little")
    if length > len(data) - start:
        raise ValueError("its header is cut off")
    header = json.loads(data[start : start + length])
    method = method_named(header["method"])
    options = method.options(**header["options"])
    height, width = (int(v) for v in header["size"])
    channels, seed, bits = int(header["channels"]), int(header["seed"]), header.get("bits")
    if not (2 <= height <= 1 << 20 and 2 <= width <= 1 << 20 and channels in (1, 3)):
        raise ValueError(f"a size of {width} x {height} x {channels}")
    if bits is not None and bits not in range(2, 17):
        raise ValueError(f"{bits!r} bits a weight")
    shape = on_meta_device(method, options, inputs=2, outputs=channels)
    names = {k for k, _ in shape.named_parameters()}
    layout = [(k, tuple(v.shape), v.numel()) for k, v in shape.state_dict().items()]
    kept = [e for e in layout if e[0] in names or bits is None]
    sizes = [(n * bits + 7) // 8 if bits is not None else 4 * n for _, _, n in kept]
    raw = inflated(data[start + length :], header["pack"], sum(sizes))
    module = build(method, options, inputs=2, outputs=channels, seed=seed)
    state, scales = dict(module.state_dict()), list(header.get("scales", []))
    at = 0
    for (name, form, count), size in zip(kept, sizes, strict=True):
        part = raw[at : at + size]
        at += size
        if bits is None:
            values = np.frombuffer(part, dtype="<f4").copy()
        else:
            values = unpacked(part, count, bits).astype(np.float32) * np.float32(scales.pop(0))
        if not np.isfinite(values).all():
            raise ValueError("weights that are not finite")
        state[name] = torch.from_numpy(values.reshape(form))
    module.load_state_dict(state)
    run, report = header.get("run", {"seed": seed}), header.get("report", {})
    return PictureField(
        method, options, module, (height, width), channels, str(header.get("name", "picture")), bits, run, report
    )
