"""Compact fields: what is rounded comes back bit for bit, within its step, and no lie in a file is believed."""

import lzma
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from shapes import sphere

import shapefield as sf
from shapefield.errors import InputError, UsageError
from shapefield.storage.compact import BLOCK, compacted, expanded, rounded
from shapefield.storage.container import read_container
from shapefield.storage.quantising import inflated, squeezed


def tensors() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    axis = torch.linspace(-1, 1, 20)
    ball = (axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2).sqrt() - 0.7
    return {
        "encoding.table": 0.02 * torch.randn(3 * BLOCK // 2 + 5, 2, generator=generator) ** 3,
        "base": ball[..., None],
        "network.0.weight": torch.randn(7, 5, generator=generator),
        "network.0.bias": torch.zeros(7),
    }


def test_round_trip_is_the_rounding_and_the_rounding_is_idempotent():
    given = tensors()
    packed, how = compacted(given)
    shapes = {k: tuple(v.shape) for k, v in given.items()}
    back = expanded(packed, how, shapes)
    for name, tensor in given.items():
        assert np.array_equal(back[name].numpy(), rounded(name, tensor.numpy())), name
    again, again_how = compacted(back)
    assert again_how == how and all(torch.equal(again[k], packed[k]) for k in packed)


@pytest.mark.parametrize(
    ("name", "share"), [("encoding.table", 1 / 127), ("base", 1 / 8191), ("network.0.weight", 1 / 32767)]
)
def test_error_is_at_most_half_a_step(name, share):
    value = tensors()[name].numpy()
    # a power of two may be nearly twice the least step that reaches the largest value
    assert np.abs(rounded(name, value) - value).max() <= share * np.abs(value).max()


def test_a_smooth_grid_takes_less_than_a_byte_a_node():
    base = {"base": tensors()["base"]}
    assert sum(t.numel() for t in compacted(base)[0].values()) < 0.75 * base["base"].numel()


def test_packed_bytes_come_back_and_bombs_are_refused():
    noise = np.random.default_rng(0).integers(0, 256, 5000, dtype=np.uint8).tobytes()
    for raw in (noise, b"\0" * 5000, bytes(range(250)) * 20):
        how, payload = squeezed(raw)
        assert inflated(payload, how, len(raw)) == raw
        for size in (len(raw) - 1, len(raw) + 1):
            with pytest.raises(ValueError, match="bytes"):
                inflated(payload, how, size)
    with pytest.raises(ValueError, match="packing"):
        inflated(noise, "pickle", 5000)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS")
def test_packing_takes_little_memory_and_what_was_packed_with_more_history_still_opens():
    import resource

    raw = np.random.default_rng(0).normal(0, 9, 1 << 20).astype(np.int8).tobytes()
    older = lzma.compress(raw, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 9}])
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), before[1]))
    try:
        how, packed = squeezed(raw)
        assert inflated(packed, how, len(raw)) == raw == inflated(older, "lzma", len(raw))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert len(packed) <= 1.01 * len(older)


@pytest.mark.parametrize("lie", ["missing", "foreign", "dtype", "shape", "how"])
def test_what_does_not_fit_is_refused(lie):
    given = tensors()
    packed, how = compacted(given)
    shapes = {k: tuple(v.shape) for k, v in given.items()}
    match lie:
        case "missing":
            del packed["base"]
        case "foreign":
            packed["more"] = packed["base"]
        case "dtype":
            packed["base"] = packed["base"].float()
        case "shape":
            shapes["base"] = (4000, 4000, 4000, 1)
        case "how":
            how["base"] = "nonsense"
    with pytest.raises(ValueError):
        expanded(packed, how, shapes)


def test_a_compact_fit_is_small_loads_everywhere_and_is_what_was_measured(tmp_path: Path):
    size = {"samples": 5000, "batch": 512, "table": 10, "levels": 2, "finest": 32, "base": 12, "steps": 20}
    places = {preset: tmp_path / f"{preset}.field" for preset in ("cpu", "compact")}
    results = {}
    for preset, place in places.items():
        results[preset] = sf.fit(sphere(2.0, cells=16), preset=preset, resolution=32, **size)
        results[preset].save(place)
    assert places["compact"].stat().st_size < 0.5 * places["cpu"].stat().st_size
    points = np.random.default_rng(0).uniform(-2, 2, (200, 3))
    again = sf.load(places["compact"])
    assert np.array_equal(again.field(points), results["compact"].field(points))
    assert again.field(points) == pytest.approx(results["cpu"].field(points), abs=0.02)
    again.save(tmp_path / "again.field")
    assert (tmp_path / "again.field").read_bytes() == places["compact"].read_bytes()
    plain = sum(tensor.numel() for tensor in read_container(places["cpu"], "field")[1].values())
    assert read_container(places["compact"], "field")[0]["parameters"] == plain


def test_flipped_bytes_of_a_compact_field_never_crash(tmp_path: Path):
    bad = tmp_path / "b.field"
    data = (Path(__file__).parents[1] / "golden" / "compact.field").read_bytes()
    generator = np.random.default_rng(0)
    table = 8 + int.from_bytes(data[:8], "little")
    for k in range(300):
        flipped = bytearray(data)
        for at in generator.integers(8, table if k % 2 else len(flipped), size=3):
            flipped[at] = generator.integers(0, 256)
        bad.write_bytes(bytes(flipped))
        try:
            sf.load(bad)
        except InputError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-1e999"])
def test_a_header_whose_numbers_are_not_finite_is_one_line(tmp_path: Path, number: str):
    data = (Path(__file__).parents[1] / "golden" / "compact.field").read_bytes()
    (old,) = re.findall(rb'scale\\": ([\d.]+)', data)
    (tmp_path / "bad.field").write_bytes(data.replace(old, number.encode().ljust(len(old))))
    with pytest.raises(InputError, match=r"^[^\n]+$"):
        sf.load(tmp_path / "bad.field")


def test_a_registered_method_is_told_so():
    sf.register("own-compact", lambda inputs=3, outputs=1: torch.nn.Linear(inputs, outputs))
    with pytest.raises(UsageError, match="built-in"):
        sf.fit(sphere(1.0, cells=8), method="own-compact", preset="compact")
