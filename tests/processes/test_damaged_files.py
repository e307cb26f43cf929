"""Whatever is in a file, reading it gives a result or one line; the benchmark `fuzz` does it for 50 000 cases."""

import contextlib
import io
import json
import pickle
import signal
import struct
import zipfile
from argparse import Namespace
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from fuzz import edits, other_seeds, readers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load

from shapefield.errors import InputError, ResourceError
from shapefield.mesh.model import Mesh
from shapefield.solid import solid_of
from shapefield.solid.topology import edges_of
from shapefield.storage.container import checksum

CASES = 5000


@pytest.fixture(scope="module")
def valid(tmp_path_factory) -> tuple[Path, list[tuple[str, bytes]]]:
    """A folder, and valid files of every kind."""
    folder = tmp_path_factory.mktemp("valid")
    return folder, readers.readable(folder)


TEXT = ("obj", "ply", "stl", "off")
"""Formats whose readers answer everything themselves."""


def test_every_kind_is_there_and_met(valid) -> None:
    folder, files = valid
    kinds = {kind for kind, _ in files}
    assert len(files) >= 500 and set(readers.SHARES) == {readers.family(kind) for kind in kinds}
    meshes = {"ply", "obj", "stl", "off", "glb", "gltf", "3mf", "dae", "zae", "xaml", "3dxml"}
    others = {"field", "checkpoint", "picture", "png", "toml", "model.safetensors"}
    assert meshes | others | {"transforms.json", "poses_bounds.npy", "cameras.bin", "images.txt"} <= kinds
    met = [(kind, told) for kind, data in files if (told := readers.survives(folder, kind, data))]
    assert not met


def test_damaged_files_of_every_kind(valid) -> None:
    folder, files = valid
    unforeseen: Counter[str] = Counter()
    for number in range(CASES):
        kind, data = readers.damaged(files, np.random.Generator(np.random.PCG64([7, number])))
        assert readers.survives(folder, kind, data, unforeseen=unforeseen) is None, number
    assert not [where for where in unforeseen if where.startswith(TEXT)]


def test_what_hangs_or_takes_all_memory_is_noticed(valid, monkeypatch) -> None:
    folder, _ = valid

    def spins(path: Path) -> None:
        while True:
            pass

    def eats(path: Path) -> None:
        try:
            raise MemoryError
        except MemoryError as error:
            raise ResourceError("not enough memory") from error

    monkeypatch.setattr(readers, "_mesh", eats)
    assert "memory without end" in (readers.survives(folder, "obj", b"") or "")
    if hasattr(signal, "setitimer"):
        monkeypatch.setattr(readers, "_mesh", spins)
        assert "more than 0.2 s of processor time" in (readers.survives(folder, "obj", b"", 0.2) or "")


@pytest.mark.parametrize("kind", ["gltf", "glb", "3mf", "zae", "poses_bounds.npy", "field"])
def test_edits_stay_within_the_layer_that_they_change(valid, kind: str) -> None:
    """Most edited files still are what they were, outermost: else the fuzzer would test that layer alone."""
    opens = {
        "gltf": json.loads,
        "glb": lambda data: json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")]),
        "3mf": lambda data: zipfile.ZipFile(io.BytesIO(data)).testzip(),
        "zae": lambda data: zipfile.ZipFile(io.BytesIO(data)).testzip(),
        "poses_bounds.npy": lambda data: data[: 10 + int.from_bytes(data[8:10], "little")].index(b"descr"),
        "field": lambda data: json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")]),
    }[kind]
    data = next(data for found, data in valid[1] if found == kind)
    sound = 0
    for number in range(100):
        with contextlib.suppress(Exception):
            opens(edits.edited(data, np.random.Generator(np.random.PCG64([3, number])), [data]))
            sound += 1
    assert sound >= 60


def edited(kind: str, data: bytes) -> bytes:
    """What the benchmark found once, by the kind of file."""
    if kind == "images.bin":  # a quaternion whose square overflows
        return data[:12] + struct.pack("<d", 1e200) + data[20:]
    if kind == "images.txt":  # a picture whose name is a folder
        return data.replace(b"a.png", b"/")
    if kind == "picture":  # a scale too few
        return data.replace(b'"scales":[', b'"scales":[],"x":[')
    length = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + length])
    told = json.loads(table["__metadata__"]["shapefield"])
    del told["header"]["identity"]["steps"]
    told["checksum"] = checksum(json.dumps(told["header"]), load(data))
    table["__metadata__"]["shapefield"] = json.dumps(told)
    text = json.dumps(table).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


@pytest.mark.parametrize("kind", ["images.bin", "images.txt", "picture", "checkpoint"])
def test_what_was_found_once(valid, kind: str) -> None:
    folder, files = valid
    sound = [*other_seeds.dataset_files(), *((k, data) for k, data in files if k in ("picture", "checkpoint"))]
    for bad in [edited(kind, data) for found, data in sound if found == kind]:
        assert readers.survives(folder, kind, bad) is None
        assert bad not in [data for _, data in files] or kind == "picture"


def test_a_mesh_whose_corners_all_but_meet_is_a_thin_sheet() -> None:
    vertices = [[1, 1, -1], [-1, -1, 9e24], [1e35, 8e20, 0], [5e-27, 0, 0], [0, 0, 1e-40], [0, 1e-40, 0]]
    solid = solid_of(Mesh(np.array(vertices), np.array([[0, 1, 2], [3, 4, 5]]), name="needle"))
    assert solid.repairs.thickened_by > 0
    assert np.isfinite(solid.mesh.vertices).all() and edges_of(solid.mesh.faces).closed


def test_that_test_can_fail(valid, monkeypatch) -> None:
    folder, files = valid
    monkeypatch.setattr(readers, "read_mesh", lambda path: (_ for _ in ()).throw(IndexError("x")))
    assert "IndexError: x" in (readers.survives(folder, *files[0]) or "")


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
inner = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=5), scalars, max_size=3)
values = inner | st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 1 << 16), deep=st.booleans(), value=values)
def test_any_value_anywhere_in_a_fields_header(valid, place: int, deep: bool, value: object) -> None:
    folder, files = valid
    whole = next(d for kind, d in files if kind == "field")
    length = int.from_bytes(whole[:8], "little")
    table = json.loads(whole[8 : 8 + length])
    told = json.loads(table["__metadata__"]["shapefield"])
    header = told["header"]
    spots = [(header, name) for name in header]
    deeper = [(part, name) for part in header.values() if isinstance(part, dict) for name in part]
    spots = deeper if deep else spots
    part, name = spots[place % len(spots)]
    part[name] = value
    told["checksum"] = checksum(json.dumps(header), load(whole))
    table["__metadata__"]["shapefield"] = json.dumps(told)
    text = json.dumps(table).encode()
    bad = len(text).to_bytes(8, "little") + text + whole[8 + length :]
    assert readers.survives(folder, "field", bad) is None


class Trap:
    """Says so if it is ever unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path("unpickled"),))


@pytest.mark.parametrize("kind", ["field", "checkpoint", "picture", "obj", "toml", "poses_bounds.npy"])
def test_no_pickle_is_ever_opened(valid, monkeypatch, tmp_path: Path, kind: str) -> None:
    folder, _ = valid
    monkeypatch.chdir(tmp_path)
    array = np.empty(1, object)
    array[0] = Trap()
    np.save(tmp_path / "trap.npy", array, allow_pickle=True)
    for bad in (pickle.dumps(Trap()), (tmp_path / "trap.npy").read_bytes()):
        assert readers.survives(folder, kind, bad) is None
    assert not (tmp_path / "unpickled").exists()


def test_references_reach_neither_other_folders_nor_the_network(tmp_path: Path, monkeypatch) -> None:
    import socket

    from shapefield.mesh.reading import read

    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(36))
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.bin").symlink_to(secret)
    monkeypatch.setattr(socket, "socket", lambda *a, **k: pytest.fail("the network was tried"))
    for uri in (
        "../secret.bin",
        "/etc/passwd",
        "http://127.0.0.1/x.bin",
        "file:///etc/passwd",
        "link.bin",
        "%2e%2e/secret.bin",
    ):
        tree = {
            "asset": {"version": "2.0"},
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
            "nodes": [{"mesh": 0}],
            "scenes": [{"nodes": [0]}],
            "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
            "bufferViews": [{"buffer": 0, "byteLength": 36}],
            "buffers": [{"byteLength": 36, "uri": uri}],
        }
        (inner / "a.gltf").write_text(json.dumps(tree))
        with pytest.raises(InputError, match="folder"):
            read(inner / "a.gltf")


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    from shapefield.cli.info import run

    path = tmp_path / "bomb.3mf"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("3D/3dmodel.model", "w") as part:
            for _ in range(300):
                part.write(bytes(1 << 20))
    with pytest.raises(InputError, match="zip bomb"):
        run(Namespace(file=str(path), json=False, full=False))
