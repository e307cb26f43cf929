"""The `.field` file: networks, and everything needed to give their surface in the input's units."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.errors import InputError, ResourceError, UsageError, content_guarded
from shapefield.mesh.model import Similarity
from shapefield.methods import HashGridOptions, Method
from shapefield.methods import method as method_named
from shapefield.storage.compact import COMPACT, compacted, expanded
from shapefield.storage.container import read_container, write_container
from shapefield.storage.files import check_written_back
from shapefield.storage.mark import opened_from

if TYPE_CHECKING:
    from torch import Tensor, nn

COLOUR_METHOD = "hashgrid"
COLOUR_OPTIONS = HashGridOptions(levels=6, table=15, coarsest=16, finest=192, width=32, depth=2)
"""The RGB field that goes beside a distance where the input has colours."""


@dataclass(eq=False)
class FieldContents:
    """A trained field as it lies in a file.

    method, options, preset : what it is
    module     : the network, unit frame, (n, 3) → (n, 1)
    similarity : from the input's frame to the unit frame
    colour     : the RGB network, unit frame, (n, 3) → (n, 3) in [0, 1]; None where the input had no colours
    smallest   : longest side of the box around the input's smallest separate piece, unit frame; 0 where unknown
    reach      : the widest offset that the box has room for, input units; 0 where it was made for the shape itself
    unit, name : the input's unit (or None) and file name
    run        : how it was trained (steps, seed, threads, versions, input hash, the command that repeats it)
    report     : how good it is, plain JSON; {} until measured
    history    : how the losses fell while it was trained, a record each of step, seconds and losses; not written
    source     : the file it came from: the input of its fit, or the `.field` that was opened; None for none. In a
                 file stands only its id
    device     : where the networks live; not written
    """

    method: Method
    options: Any
    preset: str
    module: nn.Module
    similarity: Similarity
    colour: nn.Module | None = None
    smallest: float = 0.0
    reach: float = 0.0
    unit: str | None = None
    name: str = "mesh"
    run: dict[str, Any] = dataclasses.field(default_factory=dict)
    report: dict[str, Any] = dataclasses.field(default_factory=dict)
    device: str = "cpu"
    source: Path | None = None
    history: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def write_field(contents: FieldContents, path: str | Path, force: bool = False) -> None:
    """Write `contents`; an existing file of another program is kept unless `force`. Raises OutputError.

    The same run gives the same bytes: of its report only what does not change from one time to the next is kept.
    """
    check_written_back(path, force, contents.source)
    header = {
        "method": contents.method.name,
        "kind": contents.method.value,
        "options": dataclasses.asdict(contents.options),
        "preset": contents.preset,
        "inputs": 3,
        "outputs": 1,
        "condition": 0,
        "center": contents.similarity.center.tolist(),
        "scale": contents.similarity.scale,
        "smallest": contents.smallest,
        "reach": contents.reach,
        "unit": contents.unit,
        "name": contents.name,
        "colour": dataclasses.asdict(COLOUR_OPTIONS) if contents.colour is not None else None,
        "run": _lasting(contents.run, ("seconds", "wall")),
        "report": _lasting(contents.report, ("seconds", "peak_memory", "bytes", "missed", "run", "files", "notices")),
    }
    tensors = {f"field.{k}": v for k, v in contents.module.state_dict().items()}
    if contents.colour is not None:
        tensors |= {f"colour.{k}": v for k, v in contents.colour.state_dict().items()}
    if contents.preset == COMPACT:
        header["parameters"] = sum(v.numel() for v in tensors.values())
        tensors, header["packed"] = compacted(tensors)
    write_container(path, "field", header, tensors, contents.source)


def _lasting(entries: dict[str, Any], passing: tuple[str, ...]) -> dict[str, Any]:
    """What is the same whenever and wherever the run is made again: no time, no memory, no place on a disk."""
    kept = {name: value for name, value in entries.items() if name not in passing}
    if isinstance(kept.get("command"), str):
        kept["command"] = _without_places(kept["command"])
    if isinstance(kept.get("input"), dict):
        kept["input"] = {name: value for name, value in kept["input"].items() if name != "path"}
    return kept


def _without_places(command: str) -> str:
    """A `shapefield fit` line with its input by name alone, and without its outputs."""
    try:
        words, kept = iter(shlex.split(command)), []
    except ValueError:  # of a file that somebody else has written
        return ""
    for word in words:
        if word in ("-o", "--field"):
            next(words, None)
        else:
            kept.append(Path(word).name if kept and kept[-1] == "fit" else word)
    return shlex.join(kept)


def read_field(path: str | Path) -> FieldContents:
    """What a `.field` file holds, on the CPU. Raises InputError in one line for a damaged or lying file."""
    header, tensors = read_container(path, "field")
    with content_guarded(str(path), "a whole field", "make the file again"):
        return dataclasses.replace(_contents(path, header, tensors), source=opened_from(path))


def _contents(path: str | Path, header: dict[str, Any], tensors: dict[str, Tensor]) -> FieldContents:
    """The field that header and tensors tell. Raises InputError."""
    try:
        method = _known(header["method"], path)
        options = method.options(**header["options"])
        similarity = Similarity(np.array(header["center"], dtype=np.float64).reshape(3), float(header["scale"]))
        colour = HashGridOptions(**header["colour"]) if header["colour"] else None
        smallest, reach = (float(header.get(name, 0.0)) for name in ("smallest", "reach"))  # files of before have none
        texts = (header["unit"], header["name"], header["preset"])
        tables = (header["run"], header["report"])
        packed = header.get("packed", {})
        if (header["kind"], header["inputs"], header["outputs"], header["condition"]) != (method.value, 3, 1, 0):
            raise ValueError("its shape is not one of a shape's field")
        if not (np.isfinite(similarity.center).all() and 0 < similarity.scale < float("inf")):
            raise ValueError("its similarity is not finite")
        if not 0 <= smallest < float("inf"):
            raise ValueError("its smallest piece has no finite size")
        if not 0 <= reach < similarity.radius:
            raise ValueError("its box is smaller than the offset it is said to hold")
        if not all(isinstance(t, str | None) for t in texts) or not all(isinstance(t, dict) for t in (*tables, packed)):
            raise ValueError("its entries have the wrong types")
        _check_preservation(tables[1].get("preservation"))
    except (KeyError, TypeError, ValueError, OverflowError, UsageError) as error:
        raise InputError(
            f"{path}: expected a field's header, got a damaged one ({error}): make the file again"
        ) from None
    rooms = [_Tensors(_under(tensors, start), _under(packed, start), path) for start in ("field.", "colour.")]
    module = _filled(method, options, 1, rooms[0])
    painter = _filled(method_named(COLOUR_METHOD), colour, 3, rooms[1]) if colour else None
    unit, name, preset = texts
    sizes = smallest, reach
    return FieldContents(method, options, str(preset), module, similarity, painter, *sizes, unit, str(name), *tables)


def _check_preservation(entry: Any) -> None:
    """Raise ValueError, TypeError or KeyError where a report's "preservation" is not what we write there."""
    if entry is None:
        return
    numbers = [entry[n] for n in ("lost", "lost_fine", "added", "added_fine", "invented", "beyond", "beyond_fine")]
    for part in entry["vanished"]:
        numbers += [*part["extent"], *part["center"]]
        if not isinstance(part.get("name", ""), str):
            raise ValueError("its report is not one of ours")
    fits = all(isinstance(n, int | float) for n in numbers) and isinstance(entry["vanished_parts"], int)
    if not fits or bool(entry["vanished_parts"]) != bool(entry["vanished"]):
        raise ValueError("its report is not one of ours")


def _known(name: object, path: str | Path) -> Method:
    """The method of that name. InputError where neither this program nor a plug-in has one."""
    try:
        return method_named(str(name))
    except UsageError:
        raise InputError(
            f"{path}: expected a known method, got {name!r}: sf.register it, or give its --plugin, before opening"
        ) from None


@dataclass(frozen=True, eq=False)
class _Tensors:
    """A network's tensors by name as they lie in the file, and how they are packed; {} where they are not."""

    tensors: dict[str, Tensor]
    packed: dict[str, Any]
    path: str | Path


def _filled(method: Method, options: Any, outputs: int, room: _Tensors) -> nn.Module:
    """The method's network with the tensors, whose names and shapes are checked before anything is allocated."""
    from shapefield.fields import build
    from shapefield.fields.metadevice import on_meta_device

    tensors, path = room.tensors, room.path
    try:
        if method.factory is not None:
            module = build(method, options, outputs=outputs)
            module.load_state_dict(tensors)
            return module
        module = on_meta_device(method, options, outputs=outputs)
        wanted = {k: tuple(v.shape) for k, v in module.state_dict().items()}
        if room.packed:
            tensors = expanded(tensors, room.packed, wanted)
        got = {k: tuple(v.shape) for k, v in tensors.items()}
        if wanted != got:
            name = next(k for k in [*wanted, *got] if wanted.get(k) != got.get(k))
            raise InputError(f"{path}: {name}: expected shape {wanted.get(name)}, got {got.get(name)}: it is damaged")
        module.load_state_dict({k: v.float() for k, v in tensors.items()}, assign=True)
    except MemoryError:
        raise ResourceError(f"{path}: expected room for its network, got too little memory") from None
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{path}: expected a {method.name} field, got {str(error).splitlines()[0]}") from None
    if not all(bool(t.isfinite().all()) for t in tensors.values()):
        raise InputError(f"{path}: expected finite weights, got NaN or infinity: the file is damaged")
    return module


def _under(entries: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {k[len(prefix) :]: v for k, v in entries.items() if k.startswith(prefix)}
