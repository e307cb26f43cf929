"""Other programs' splat files: read whole, or refused in one line."""

import struct

import numpy as np
import pytest
from splatmaker import random_splats, same_turn, spz_bytes, write_ply

from shapefield.cli.main import main
from shapefield.errors import InputError
from shapefield.mesh.reading import read as read_mesh
from shapefield.splats.reading import kind_of, read


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_a_ply_comes_back_to_the_bit(tmp_path, degree):
    made = random_splats(degree=degree)
    write_ply(made, tmp_path / "m.ply")
    found = read(tmp_path / "m.ply")
    assert kind_of(tmp_path / "m.ply") == "ply" and found.degree == degree
    for name in ("positions", "log_scales", "logits", "harmonics"):
        assert np.array_equal(getattr(found, name), getattr(made, name)), name
    assert same_turn(found.rotations, made.rotations) < 1e-6


def test_properties_in_any_order_among_others_big_endian_and_in_words(tmp_path):
    made = random_splats(20, degree=1)
    write_ply(made, tmp_path / "m.ply")
    head, body = (tmp_path / "m.ply").read_bytes().split(b"end_header\n")
    names = [line.split()[-1].decode() for line in head.splitlines() if line.startswith(b"property")]
    rows = np.frombuffer(body, "<f4").reshape(20, -1)
    order = np.random.default_rng(1).permutation(len(names))
    more = np.concatenate([rows[:, order], np.full((20, 1), 7.0)], axis=1)
    lines = [f"property float {names[k]}" for k in order] + ["property float segment"]
    for kind, data in [
        ("binary_big_endian", more.astype(">f4").tobytes()),
        ("ascii", "\n".join(" ".join(f"{x:.9g}" for x in row) for row in more).encode()),
    ]:
        text = "\n".join(["ply", f"format {kind} 1.0", "element vertex 20", *lines, "end_header", ""])
        (tmp_path / "o.ply").write_bytes(text.encode() + data)
        found = read(tmp_path / "o.ply")
        assert np.allclose(found.harmonics, made.harmonics, atol=1e-7), kind
        assert np.allclose(found.positions, made.positions, atol=1e-7), kind


def test_splat_files_hold_32_bytes_a_gaussian(tmp_path):
    row = struct.pack("<6f8B", 1.0, -2.0, 3.0, 0.5, 0.25, 0.125, 255, 0, 51, 204, 128 + 64, 128 - 64, 128, 128)
    (tmp_path / "m.splat").write_bytes(row * 3)
    found = read(tmp_path / "m.splat")
    assert len(found) == 3 and found.positions[2].tolist() == [1.0, -2.0, 3.0]
    assert np.allclose(found.scales[0], [0.5, 0.25, 0.125]) and np.allclose(found.opacities, 0.8)
    assert np.allclose(0.5 + 0.28209479 * found.harmonics[0, 0], [1.0, 0.0, 0.2], atol=1e-6)
    assert np.allclose(found.rotations[0], [0.5**0.5, -(0.5**0.5), 0, 0])


@pytest.mark.parametrize(("version", "turn"), [(2, 6e-3), (3, 1e-5)])
def test_spz_is_within_its_quantisation(tmp_path, version, turn):
    made = random_splats(200, degree=2)
    (tmp_path / "m.spz").write_bytes(spz_bytes(made, version, flags=1))
    found = read(tmp_path / "m.spz")
    assert kind_of(tmp_path / "m.spz") == "spz" and found.antialiased and found.up == (0.0, 1.0, 0.0)
    assert np.abs(found.positions - made.positions).max() <= 0.5 / 4096
    assert np.abs(found.log_scales - made.log_scales).max() <= 1 / 32 + 1e-6
    assert np.abs(found.opacities - made.opacities).max() <= 0.5 / 255 + 1e-6
    assert same_turn(found.rotations, made.rotations) < turn
    inside = np.abs(made.harmonics[:, 1:]) < 0.99
    assert np.abs(found.harmonics[:, 1:] - made.harmonics[:, 1:])[inside].max() <= 0.5 / 128 + 1e-6


def spoilt(name: str, folder) -> str:
    """A damaged file of that kind; its name."""
    made = random_splats(50)
    whole = folder / "whole.ply"
    write_ply(made, whole)
    ply, spz = whole.read_bytes(), spz_bytes(made, 3)
    nan = np.frombuffer(ply[ply.index(b"end_header\n") + 11 :], "<f4").copy()
    nan[::7] = np.nan
    data = {
        "cut.ply": ply[:-9],
        "nan.ply": ply[: ply.index(b"end_header\n") + 11] + nan.tobytes(),
        "huge.ply": ply.replace(b"element vertex 50", b"element vertex 4000000000"),
        "missing.ply": ply.replace(b"property float rot_2", b"property float rat_2"),
        "rest.ply": ply.replace(b"property float f_rest_8", b"property float f_rust_8"),
        "cut.splat": bytes(95),
        "empty.splat": b"",
        "noise.splat": bytes([255]) * 64,
        "cut.spz": spz[:-40],
        "bomb.spz": spz_bytes(made, 3, count=4_000_000_000),
        "short.spz": spz_bytes(made, 3, count=60),
        "version.spz": spz_bytes(made, 9),
        "extended.spz": spz_bytes(made, 3, flags=2),
        "noise.spz": bytes(range(256)),
        "flipped.spz": spz[:60] + bytes([spz[60] ^ 255]) + spz[61:],
    }[name]
    (folder / name).write_bytes(data)
    return str(folder / name)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cut.ply", "cut short"),
        ("nan.ply", "expected finite Gaussians, got .* of 50 that are not"),
        ("huge.ply", "cut short"),
        ("missing.ply", "none of rot_2"),
        ("rest.ply", "expected 0, 9, 24, 45 properties"),
        ("cut.splat", "expected 32 bytes a Gaussian, got 95"),
        ("empty.splat", "expected 32 bytes"),
        ("noise.splat", "got .* that are not"),
        ("cut.spz", "cut short"),
        ("bomb.spz", "expected 4,000,000,000 Gaussians"),
        ("short.spz", "expected 60 Gaussians"),
        ("version.spz", "version 2 or 3, got 9"),
        ("extended.spz", "with extensions: export it as PLY"),
        ("noise.spz", "expected a sound SPZ file"),
        ("flipped.spz", "SPZ"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, name, told):
    with pytest.raises(InputError, match=told) as caught:
        read(spoilt(name, tmp_path))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_few_broken_gaussians_are_left_out_and_told(tmp_path):
    made = random_splats(500)
    made.positions[3, 1] = np.nan
    write_ply(made, tmp_path / "m.ply")
    found = read(tmp_path / "m.ply")
    assert len(found) == 499 and found.notices == ("left out 1 of 500 Gaussians whose numbers are not finite",)


def test_a_mesh_is_no_splats_and_splats_are_no_mesh(tmp_path):
    (tmp_path / "t.ply").write_text(
        "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
        "element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
    )
    assert kind_of(tmp_path / "t.ply") is None
    with pytest.raises(InputError, match="expected a PLY of Gaussian splats, got a mesh: use shapefield fit"):
        read(tmp_path / "t.ply")
    made = random_splats()
    write_ply(made, tmp_path / "s.ply")
    (tmp_path / "s.spz").write_bytes(spz_bytes(made, 2))
    (tmp_path / "s.splat").write_bytes(struct.pack("<6f8B", *[0.1] * 6, *[200] * 8) * 20)
    for name in ("s.ply", "s.spz", "s.splat"):
        with pytest.raises(InputError, match=r"got Gaussian splats.*: make one of them with shapefield nerf export"):
            read_mesh(tmp_path / name)
        assert main(["fit", str(tmp_path / name), "-q"]) == 3


def test_info_says_what_they_are(tmp_path, capsys):
    write_ply(random_splats(degree=3), tmp_path / "m.ply")
    assert main(["info", str(tmp_path / "m.ply")]) == 0
    said = capsys.readouterr().out
    assert "m.ply: 60 Gaussian splats (PLY" in said and "harmonics degree     3" in said
