"""Edits that know what a file is made of: JSON trees, words of text and XML, members of archives, aligned numbers.

An edit of random bytes mostly breaks the outermost layer (a checksum, a bracket) and goes no further. These keep that
layer sound and lie within it. One in four cases is edited blindly all the same.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
from mesh.mutation import mutate

JSON_WORDS = (
    "null", "true", "-1", "0", "1", "2", "1.5", "1e20", "1e999", "-1e999", "NaN", "4294967295", "9223372036854775808",
    "18446744073709551616", "1" + "0" * 400, "9" * 5000, '""', '"x"', '"\\u0000"', '"\\ud800"', '"%s"' % ("a" * 300),
    '"../../x.png"', '"/etc/hostname"', '"C:\\\\x.png"', '"file:///x"', '"."', "[]", "{}", "[[]]", "[null]",
    '{"a": 1}', "[" * 900 + "]" * 900, '"<script>"', '"\\u001b[2J"',
)  # fmt: skip
WORDS = (
    b"nan", b"inf", b"-inf", b"1e999", b"-1", b"0", b"1", b"3", b"1.0", b"1.5", b"1e20", b"1e308", b"9" * 400, b"0x10",
    b"1,5", b"x", b"/", b"//", b"1/2/3/4", b"-1/-1", b"\\", b"#", b'"', b"4294967295", b"2147483648",
    b"9223372036854775808", b"1_000", "\u0663".encode(), b"\x00", b"\xff", b"a" * 300, b"../../x", b"", b"<", b"&x;",
)  # fmt: skip
INTEGERS = (0, 1, 2, 3, 7, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1)
FLOATS = (0.0, -0.0, 1.0, -1.0, 1e-300, 1e30, 3.4e38, 1e300, float("inf"), float("-inf"), float("nan"), 0.5)


def edited(data: bytes, generator: np.random.Generator, others: list[bytes]) -> bytes:
    """`data` with one to three edits in the layer that it is made of, or, one in four times, anywhere."""
    if generator.random() < 0.25:
        return mutate(data, generator, others)
    for _ in range(int(generator.integers(1, 4))):
        data = _editor(data)(data, generator)
    return data


Edit = Callable[[bytes, np.random.Generator], bytes]


def _editor(data: bytes) -> Edit:
    head = data[:8]
    if head[:2] == b"PK":
        return _archive
    if head[:4] == b"glTF":
        return _glb
    if head[:2] == b"\x1f\x8b":
        return _packed
    if head[:6] == b"\x93NUMPY":
        return _array
    if data[:1] == b"{":
        return _json
    if 8 <= len(data) and data[8:9] == b"{" and int.from_bytes(head, "little") < len(data):
        return _tensors
    return (
        _words if b"\x00" not in data[:200] and not re.match(rb"\x89PNG|\xff\xd8|RIFF|GIF8|II|MM|BM", data) else _binary
    )


def _pick(generator: np.random.Generator, among: Any) -> Any:
    return among[int(generator.integers(0, len(among)))]


def _json(data: bytes, generator: np.random.Generator) -> bytes:
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return _words(data, generator)
    places = list(_places(tree))
    if not places:
        return _words(data, generator)
    raw = ""
    for _ in range(int(generator.integers(1, 3))):
        holder, key = _pick(generator, places)
        kind = int(generator.integers(0, 6))
        try:
            if kind == 0:
                del holder[key]
            elif kind == 1:
                other, name = _pick(generator, places)
                holder[key] = json.loads(json.dumps(other[name]))
            elif kind == 2:
                holder[key] = [holder[key]] * int(generator.integers(1, 40))
            elif kind == 3 and isinstance(holder[key], int | float):
                holder[key] = holder[key] * _pick(generator, (-1, 0, 0.5, 2, 10**9)) + _pick(generator, (0, 1, -1))
            else:
                holder[key], raw = "\u0001here\u0001", _pick(generator, JSON_WORDS)
        except (KeyError, IndexError, RecursionError, ValueError, OverflowError):
            continue  # an edit before took the place away
    try:
        text = json.dumps(tree)
    except (ValueError, RecursionError):
        return data
    return text.replace('"\\u0001here\\u0001"', raw or "0").encode("utf-8", "surrogatepass")


def _places(tree: Any, most: int = 4000):
    """(holder, key) of the values of a tree, breadth first."""
    waiting = [tree]
    while waiting and most > 0:
        holder = waiting.pop(0)
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in keys:
            most -= 1
            yield holder, key
            waiting.append(holder[key])


def _glb(data: bytes, generator: np.random.Generator) -> bytes:
    """The JSON chunk or the binary chunk edited, the lengths made right."""
    try:
        size = int.from_bytes(data[12:16], "little")
        text, rest = data[20 : 20 + size], data[28 + size :]
    except IndexError:
        return _binary(data, generator)
    if generator.random() < 0.7:
        text = _json(text, generator)
    else:
        rest = _binary(rest, generator)
    text += b" " * (-len(text) % 4)
    rest += b"\0" * (-len(rest) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(rest), 0x004E4942) + rest
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def _tensors(data: bytes, generator: np.random.Generator) -> bytes:
    """A safetensors file whose table of tensors is edited."""
    size = int.from_bytes(data[:8], "little")
    text = _json(data[8 : 8 + size], generator)
    return len(text).to_bytes(8, "little") + text + data[8 + size :]


def _array(data: bytes, generator: np.random.Generator) -> bytes:
    """A NumPy file whose header, a Python literal, is edited."""
    size = int.from_bytes(data[8:10], "little")
    text = data[10 : 10 + size].decode("latin-1")
    words = ("(-4, 17)", "(10**30, 17)", "(1000000000000, 17)", "()", "(2,)", "5", "'|O'", "'<f4'", "'<U9'", "None")
    found = [match.span() for match in re.finditer(r"\([^)]*\)|'[^']*'|True|False", text)]
    if generator.random() < 0.3 or not found:
        return data[:10] + data[10 : 10 + size] + _binary(data[10 + size :], generator)
    first, last = _pick(generator, found)
    text = text[:first] + _pick(generator, words) + text[last:]
    return data[:8] + struct.pack("<H", len(text)) + text.encode("latin-1") + data[10 + size :]


def _archive(data: bytes, generator: np.random.Generator) -> bytes:
    """A zip archive packed again with one member edited, left out, doubled or renamed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(name, archive.read(name)) for name in archive.namelist()]
    except Exception:  # an edit before broke it
        return _binary(data, generator)
    if not parts:
        return _binary(data, generator)
    k = int(generator.integers(0, len(parts)))
    name, part = parts[k]
    kind = int(generator.integers(0, 10))
    if kind == 0:
        parts.pop(k)
    elif kind == 1:
        parts.append((name + "2", part))
    elif kind == 2:
        parts[k] = (_pick(generator, ("../x", "/x", "", name.upper(), "a" * 300)), part)
    else:
        parts[k] = (name, _editor(part)(part, generator))
    made = io.BytesIO()
    method = _pick(generator, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", method) as file:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, part in parts:
            file.writestr(name or "x", part)
    return made.getvalue()


def _packed(data: bytes, generator: np.random.Generator) -> bytes:
    try:
        inner = gzip.decompress(data)
    except Exception:  # an edit before broke it
        return _binary(data, generator)
    return gzip.compress(_editor(inner)(inner, generator), mtime=0)


def _words(data: bytes, generator: np.random.Generator) -> bytes:
    """Text with a word replaced, or lines left out, doubled, swapped, joined, or written otherwise as a whole."""
    kind = int(generator.integers(0, 12))
    if kind < 6:
        found = [match.span() for match in re.finditer(rb"[^\s<>=\"',]+", data[: 1 << 16])]
        if not found:
            return data + _pick(generator, WORDS)
        first, last = _pick(generator, found)
        new = _pick(generator, WORDS) if generator.random() < 0.7 else data[slice(*_pick(generator, found))]
        return data[:first] + new + data[last:]
    lines = data.split(b"\n")
    k, other = (int(generator.integers(0, len(lines))) for _ in range(2))
    if kind == 6:
        del lines[k]
    elif kind == 7:
        lines[k:k] = [lines[k]] * int(generator.integers(1, 5))
    elif kind == 8:
        lines[k], lines[other] = lines[other], lines[k]
    elif kind == 9:
        lines[k : k + 2] = [_pick(generator, (b"", b" ", b"\\")).join(lines[k : k + 2])]
    elif kind == 10:
        lines[k] = _pick(generator, (lines[k].upper(), lines[k].title(), b"# " + lines[k], lines[k] + b" \\", b""))
    else:
        text = data.decode("latin-1")
        return _pick(
            generator,
            (data.replace(b"\n", b"\r"), data.replace(b"\n", b"\r\n"), data.replace(b"\n", b" "), data.upper(),
             text.encode("utf-16"), text.encode("utf-8-sig"), data.lower(), gzip.compress(data, mtime=0)),
        )  # fmt: skip
    return b"\n".join(lines)


def _binary(data: bytes, generator: np.random.Generator) -> bytes:
    """An aligned word written over with a number that lies, a span copied or taken away, or the end changed."""
    kind = int(generator.integers(0, 8))
    if len(data) < 8 or kind == 0:
        return data + bytes(int(generator.integers(0, 99)))
    if kind == 1:
        return data[: int(generator.integers(0, len(data)))]
    width = int(_pick(generator, (1, 2, 4, 8)))
    near = int(generator.integers(0, min(len(data), 200) if kind < 5 else len(data)))
    at = near // width * width
    if kind == 2:
        return data[:at] + data[at + width * int(generator.integers(1, 20)) :]
    if kind == 3:
        return data[: at + width * 4] + data[at:]
    order = _pick(generator, "<>")
    if width >= 4 and generator.random() < 0.4:
        with np.errstate(over="ignore"):
            new = np.array(_pick(generator, FLOATS), dtype=f"{order}f{width}").tobytes()
    else:
        new = (int(_pick(generator, INTEGERS)) % (1 << 8 * width)).to_bytes(width, "little" if order == "<" else "big")
    return data[:at] + new + data[at + width :]
