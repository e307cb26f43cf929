"""The `.field` file: the same field after a round trip, and nothing believed that a stranger's file claims."""

import json
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load
from shapes import sphere

import shapefield as sf
from shapefield.cli.main import main
from shapefield.config import ExtractionConfig
from shapefield.errors import InputError, UsageError
from shapefield.events import Notice
from shapefield.result import Result
from shapefield.storage.container import checksum
from shapefield.surface.components import label_components

POINTS = np.random.Generator(np.random.PCG64(0)).uniform(-2, 2, (100, 3))


@pytest.fixture(scope="module")
def field(tmp_path_factory) -> Path:
    """A small trained field."""
    path = tmp_path_factory.mktemp("fields") / "ball.field"
    size = {"samples": 5000, "resolution": 32, "batch": 512, "table": 10, "levels": 2, "finest": 32, "base": 12}
    sf.fit(sphere(2.0, cells=16), steps=20, **size).save(path)
    return path


def test_round_trip(field: Path, tmp_path: Path) -> None:
    first = sf.load(field)
    first.save(tmp_path / "again.field")
    second = sf.load(tmp_path / "again.field")
    assert np.array_equal(first.field(POINTS), second.field(POINTS))
    assert (tmp_path / "again.field").read_bytes() == field.read_bytes()
    assert first.field(np.zeros((1, 3)))[0] == pytest.approx(-2.0, abs=0.5)
    assert second.report["quality"]["mean"] < 0.05


class Pair(torch.nn.Module):
    """The signed distance of two spheres, one of them small; unit frame."""

    def __init__(self, radius: float) -> None:
        super().__init__()
        self.radius = radius

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        small = (points - torch.tensor([0.7, 0.0, 0.0])).norm(dim=1) - self.radius
        return torch.minimum(points.norm(dim=1) - 0.5, small)[:, None]


def test_specks_are_told_from_small_pieces_by_the_input_s_smallest(field: Path, tmp_path: Path) -> None:
    whole = sf.load(field)
    assert whole.smallest == pytest.approx(2 * 0.95, rel=0.01)  # one ball: its own box in the unit frame
    for radius, pieces in ((0.02, 1), (0.06, 2)):
        pair = Result(**vars(whole) | {"module": Pair(radius)})
        events = list(pair.surface(ExtractionConfig(resolution=128)))
        told = [e.message for e in events if isinstance(e, Notice)]
        assert (told == ["1 speck left out of the surface, far below the input's smallest piece"]) == (pieces == 1)
        assert label_components(pair.mesh(128)).max() + 1 == pieces
    pair = Result(**vars(whole) | {"module": Pair(0.02), "smallest": 0.04})
    assert label_components(pair.mesh(128)).max() + 1 == 2, "the input has a piece as small"


def test_a_file_of_before_gives_every_piece(field: Path, tmp_path: Path) -> None:
    old = with_told(field.read_bytes(), lambda told: told["header"].pop("smallest") and None)
    (tmp_path / "old.field").write_bytes(old)
    assert sf.load(tmp_path / "old.field").smallest == 0.0


@pytest.mark.parametrize(
    ("points", "told"),
    [
        ("x", r"expected an array \(…, 3\) of numbers, got str"),
        ([[1.0, 2.0], [3.0]], r"expected an array \(…, 3\) of numbers, got list"),
        (np.zeros((4, 2)), r"expected an array \(…, 3\), got \(4, 2\)"),
        ([[0.0, 0.0, 0.0], [0.0, np.nan, 0.0]], r"expected finite coordinates, got \[0.0, nan, 0.0\] in row 1"),
        ([[0.0, np.inf, 0.0]], "in row 0"),
    ],
)
def test_points_that_are_none_are_refused(field: Path, points, told: str) -> None:
    result = sf.load(field)
    for ask in (result.field, result.gradient):
        with pytest.raises(UsageError, match=f"points: .*{told}"):
            ask(points)


def with_table(data: bytes, change) -> bytes:
    """The file with its JSON table changed by `change`."""
    length = int.from_bytes(data[:8], "little")
    table = json.loads(data[8 : 8 + length])
    table = change(table) or table
    text = json.dumps(table).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def with_told(data: bytes, change) -> bytes:
    """The file with what we say about it (mark, purpose, version, header) changed by `change`, its checksum right."""

    def at(table: dict) -> None:
        told = json.loads(table["__metadata__"]["shapefield"])
        change(told)
        told["checksum"] = checksum(json.dumps(told["header"]), load(data))  # a liar would see to that
        table["__metadata__"]["shapefield"] = json.dumps(told)

    return with_table(data, at)


def with_header(data: bytes, **values) -> bytes:
    """The file with entries of its header changed."""
    return with_told(data, lambda told: told["header"].update(values))


def lie_about_shape(table: dict) -> None:
    table["field.base"]["shape"] = [1_000_000, 1_000_000]


DAMAGES = {
    "empty": lambda d: b"",
    "picture": lambda d: b"made by shapefield picture 1\n" + d,
    "cut": lambda d: d[: len(d) // 2],
    "one byte short": lambda d: d[:-1],
    "pickle": lambda d: pickle.dumps({"a": 1}),
    "zip": lambda d: b"PK\x03\x04" + d,
    "text": lambda d: b"hello, this is no field at all",
    "huge table": lambda d: (1 << 62).to_bytes(8, "little") + d[8:],
    "lying shape": lambda d: with_table(d, lie_about_shape),
    "newer": lambda d: with_told(d, lambda t: t.update(version=99)),
    "foreign": lambda d: with_table(d, lambda t: t.pop("__metadata__") and None),
    "checkpoint": lambda d: with_told(d, lambda t: t.update(purpose="checkpoint")),
    "unknown method": lambda d: with_header(d, method="nope"),
    "wrong options": lambda d: with_header(d, options={"levels": 9e99}),
    "other sizes": lambda d: with_header(d, options={"levels": 20, "table": 24, "finest": 8192}),
    "bad scale": lambda d: with_header(d, scale=-1.0),
    "bad smallest": lambda d: with_header(d, smallest=float("inf")),
    "bad centre": lambda d: with_header(d, center=[0, 0]),
    "bad types": lambda d: with_header(d, report=3),
    "bad report": lambda d: with_header(d, report={"preservation": {"lost": "much"}}),
    "deep": lambda d: with_table(d, lambda t: t["__metadata__"].update(shapefield="[" * 100_000)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_bad_file_gets_one_line(field: Path, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "bad.field"
    path.write_bytes(DAMAGES[damage](field.read_bytes()))
    with pytest.raises(InputError) as caught:
        sf.load(path)
    assert "bad.field" in str(caught.value) and "\n" not in str(caught.value)


def test_every_flipped_bit_of_the_weights_is_noticed(field: Path, tmp_path: Path) -> None:
    data = field.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    for place in np.linspace(start, len(data) - 1, 25).astype(int):
        bad = bytearray(data)
        bad[place] ^= 1
        (tmp_path / "flipped.field").write_bytes(bytes(bad))
        with pytest.raises(InputError, match="checksum"):
            sf.load(tmp_path / "flipped.field")


def test_info_notices_a_flipped_bit_too(field: Path, tmp_path: Path, capsys) -> None:
    assert main(["info", str(field)]) == 0
    bad = bytearray(field.read_bytes())
    bad[-100] ^= 1
    (tmp_path / "flipped.field").write_bytes(bytes(bad))
    assert main(["info", str(tmp_path / "flipped.field")]) == 3
    assert "checksum" in capsys.readouterr().err


@pytest.mark.parametrize("version", [2, 99, 10**40])
def test_a_newer_file_says_so(field: Path, tmp_path: Path, version: int) -> None:
    path = tmp_path / "new.field"
    path.write_bytes(with_told(field.read_bytes(), lambda told: told.update(version=version)))
    with pytest.raises(InputError, match="update shapefield"):
        sf.load(path)


def test_a_claim_of_a_million_by_a_million_allocates_nothing(field: Path, tmp_path: Path) -> None:
    def lie(table: dict) -> None:
        entry = table["field.base"]
        entry["shape"], entry["data_offsets"] = [1_000_000, 1_000_000], [0, 4 * 10**12]

    path = tmp_path / "big.field"
    path.write_bytes(with_table(field.read_bytes(), lie))
    tracemalloc.start()
    with pytest.raises(InputError, match="big"):
        sf.load(path)
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()


def test_flipped_bytes_never_crash(field: Path, tmp_path: Path) -> None:
    generator = np.random.Generator(np.random.PCG64(1))
    data = field.read_bytes()
    path = tmp_path / "flipped.field"
    refused = 0
    for _ in range(150):
        bad = bytearray(data)
        for place in generator.integers(0, min(len(bad), 6000), size=3):
            bad[place] = generator.integers(0, 256)
        path.write_bytes(bytes(bad))
        try:
            sf.load(path)
        except InputError:
            refused += 1
    assert refused == 150
