"""Files that other programs write and read although no standard has them so: the whole shape, or what is left out.

Each is the same closed box of 2 x 3 x 5, 12 faces, volume 30.
"""

import bz2
import gzip
import lzma
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from shapefield.errors import InputError, UnforeseenContent
from shapefield.mesh import reading
from shapefield.mesh.decoding import obj
from shapefield.mesh.decoding.texture import PixelBudget
from shapefield.mesh.reading import read

POINTS = [(0, 0, 0), (0, 0, 5), (0, 3, 0), (0, 3, 5), (2, 0, 0), (2, 0, 5), (2, 3, 0), (2, 3, 5)]
FACES = [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1)]
FACES += [(2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)]
ROWS = "".join(f"{x} {y} {z}\n" for x, y, z in POINTS)
TRIANGLES = "".join(f"3 {a} {b} {c}\n" for a, b, c in FACES)
OBJ = "".join(f"v {row}\n" for row in ROWS.splitlines()) + "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in FACES)
STL = "solid box\n" + "".join(
    "facet normal 0 0 0\nouter loop\n" + "".join("vertex {} {} {}\n".format(*POINTS[k]) for k in face)
    + "endloop\nendfacet\n"
    for face in FACES
) + "endsolid box\n"  # fmt: skip
PLY = "ply\nformat ascii 1.0\nelement vertex 8\nproperty float x\nproperty float y\nproperty float z\n"
PLY += "element face 12\nproperty list uchar int vertex_indices\nend_header\n" + ROWS + TRIANGLES
OFF = "OFF\n8 12 0\n" + ROWS + TRIANGLES


def binary_stl(head: bytes = b"", count: int = 12, tail: bytes = b"", shift: float = 0.0) -> bytes:
    body = b"".join(
        struct.pack("<12fH", 0, 0, 0, *(np.array([POINTS[k] for k in f]).ravel() + shift), 0) for f in FACES
    )
    return head.ljust(80, b" " if head else b"\x00") + struct.pack("<I", count) + body + tail


def box(folder: Path, name: str, data: str | bytes, notice: str | None = None):
    """The file is read as the whole box; with one notice that matches, or none."""
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    mesh = read(folder / name)
    assert (len(mesh.faces), len(mesh.vertices)) == (12, 8) and mesh.volume == pytest.approx(30)
    assert len(mesh.notices) == (notice is not None), mesh.notices
    assert notice is None or re.search(notice, mesh.notices[0]), mesh.notices
    return mesh


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        (STL.upper(), None),
        (STL.title(), None),
        (STL.replace("endsolid", "end solid"), None),
        (STL.replace("endfacet", "end facet").replace("endloop", "end loop"), None),
        (STL.replace("endsolid box\n", ""), "no 'endsolid'"),
        ("; made by X\n# and Y\n" + STL, None),
        (STL.replace("solid box", "solid " + "x/" * 3000, 1), None),
        (STL.replace("solid box", "solid facet normal vertex 1 2 3", 1), None),
        (STL.replace("\n", "\r"), None),
        (STL.replace("box", "Gehäuse"), None),
        ("".join(STL.partition("endsolid box\n")[0].replace("\n", " ") + "endsolid box\n"), None),
    ],
)
def test_ascii_stl(tmp_path, text, notice):
    box(tmp_path, "m.stl", text, notice)


@pytest.mark.parametrize(
    ("data", "notice"),
    [
        (binary_stl(b"solid box", tail=b"\n"), "ignored 1 bytes"),
        (binary_stl(b"solid box", tail=b"made by X, and more of it"), "ignored 25 bytes"),
        (binary_stl(count=0), "read 12 triangles.*says 0"),
        (binary_stl(b"solid box", count=0), "read 12 triangles.*says 0"),
        (binary_stl(count=0xFFFFFFFF), "says 4,294,967,295"),
        (binary_stl(count=11), "read 12 triangles.*says 11"),
        (binary_stl(tail=bytes(100)), "ignored 100 bytes"),
        (binary_stl(tail=b"\xff" * 50), "ignored 50 bytes"),
    ],
)
def test_binary_stl(tmp_path, data, notice):
    box(tmp_path, "m.stl", data, notice)


def test_stl_of_several_blocks_is_whole(tmp_path, monkeypatch):
    from shapefield.mesh.decoding import stl

    monkeypatch.setattr(stl, "BLOCK", 600)
    box(tmp_path, "m.stl", STL.replace("endfacet", "end  FACET"))


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        (OBJ.replace("v 2 3 5", "# C:\\models\\\nv 2 3 5"), None),
        (OBJ.replace("f 1 2 4", "g C:\\parts\\\nf 1 2 4"), None),
        (OBJ.replace("f 1 2 4", "usemtl a\\\nf 1 2 4").replace("\n", "\r\n"), None),
        (OBJ.replace("f 1 2 4", "f 1 \\  \n 2 \\\n4"), None),
        (OBJ.replace("v 2 3 5", "v 2 \\\r\n 3 5 # not here \\"), None),
        (OBJ + "f 1 2\n", "left out 1 faces of fewer than three"),
        ("f 1\n" + OBJ + "f 2 2\n", "left out 2 faces"),
        ("# Vertices: 24\n# Faces: 6\n" + OBJ, "counts 24 vertices, the file has 8"),
        ("# Faces: 12\n" + OBJ, None),
        (OBJ.replace("f 1 2 4", "f 1.0 2.0 4.0"), None),
    ],
)
def test_obj(tmp_path, text, notice):
    box(tmp_path, "m.obj", text, notice)


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        (re.sub(r"(3 \d \d \d)", r"\1 0 0", PLY), "left out 24 numbers that the header does not declare"),
        (PLY + "7 7 7\n", "left out 3 numbers"),
        (PLY.replace("vertex_indices", "indices"), None),
        (PLY.replace("vertex_indices", "corners_of_it"), None),
        (PLY.replace("ply\n", "ply\ncomment written before end_header by tool\n"), None),
        (PLY.replace("list uchar int", "list uchar float"), None),
        (PLY.replace("3 0 1 3\n", "3 0.0 1.0 3.0\n"), None),
        (PLY.replace("list uchar int", "list uchar uchar"), None),
        (PLY.replace("face 12", "face 13") + "2 0 1\n", "left out 1 faces"),
    ],
)
def test_ply(tmp_path, text, notice):
    box(tmp_path, "m.ply", text, notice)


def test_ply_colours_of_sixteen_bits_in_text(tmp_path):
    colors = "property ushort red\nproperty ushort green\nproperty ushort blue\nelement face"
    text = PLY.replace("element face", colors).replace(ROWS, ROWS.replace("\n", " 32896 16448 8224\n"))
    assert (box(tmp_path, "m.ply", text).colors == [128, 64, 32]).all()


@pytest.mark.parametrize("word", [np.nan, np.inf, -1.0, 2.5])
def test_ply_lists_whose_length_is_no_count(tmp_path, word):
    head = PLY[: PLY.index("end_header")].replace("ascii", "binary_little_endian").replace("uchar int", "float int")
    data = head.encode() + b"end_header\n" + np.array(POINTS, "<f4").tobytes()
    good = b"".join(struct.pack("<f3i", 3, *face) for face in FACES)
    box(tmp_path, "m.ply", data + good)
    for at in (0, 5):
        (tmp_path / "m.ply").write_bytes(data + good[: 16 * at] + struct.pack("<f", word) + good[16 * at + 4 :])
        with pytest.raises(InputError, match="12 of element 'face'"):
            read(tmp_path / "m.ply")


def test_ply_whose_coordinates_are_lists_has_none(tmp_path):
    (tmp_path / "m.ply").write_text(PLY.replace("property float x", "property list uchar float x"))
    with pytest.raises(InputError, match=r"element|x, y and z"):
        read(tmp_path / "m.ply")


def test_ply_with_cr_alone_whose_body_begins_with_a_line_feed(tmp_path):
    head = PLY[: PLY.index("end_header")].replace("ascii", "binary_little_endian").replace("\n", "\r")
    head = head.replace("property float x", "property uchar a\rproperty float x") + "end_header\r"
    body = b"".join(b"\n" + struct.pack("<3f", *p) for p in POINTS)
    box(tmp_path, "m.ply", head.encode() + body + b"".join(struct.pack("<B3i", 3, *face) for face in FACES))


def binary_off(order: str) -> bytes:
    body = np.array([8, 12, 0], order + "i4").tobytes() + np.array(POINTS, order + "f4").tobytes()
    return b"OFF BINARY\n" + body + b"".join(np.array([3, *face, 0], order + "i4").tobytes() for face in FACES)


HEAVY_OFF = "4OFF\n8 12 0\n" + "".join(f"{2 * x} {2 * y} {2 * z} 2\n" for x, y, z in POINTS) + TRIANGLES


@pytest.mark.parametrize(
    ("data", "notice"),
    [
        (OFF.replace("OFF\n", "OFF"), None),
        (OFF.lower(), None),
        (OFF.replace("\n", " "), None),
        (OFF.replace("3 ", "3\n"), None),
        (OFF.replace("\n", " # a 1 2\n").replace("8 12 0", "8 12"), None),
        (OFF.replace(ROWS, ROWS.replace("\n", " ")), None),
        ("C" + OFF.replace("OFF\n", "OFF").replace(ROWS, ROWS.replace("\n", " 255 0 0 255\n")), None),
        ("CN" + OFF.replace(ROWS, ROWS.replace("\n", " 0 0 1 9 9 9\n")).replace("\n", " "), None),
        (HEAVY_OFF, None),
        (OFF.replace("OFF\n", "nOFF 3\n"), None),
        (OFF.replace(" 12 ", " 13 ") + "2 0 1\n", "left out 1 faces"),
        (OFF.replace("3 0 1 3", "3 0.0 1.0 3.0"), None),
        (binary_off(">"), None),
        (binary_off("<"), None),
    ],
)
def test_off(tmp_path, data, notice):
    box(tmp_path, "m.off", data, notice)


@pytest.mark.parametrize("word", ["inf", "nan", "9" * 200, "1e300", "-1", "0.5"])
def test_off_with_counts_and_corners_that_are_none(tmp_path, word):
    for text in (OFF.replace("8 12", f"{word} 12"), OFF.replace("8 12", f"8 {word}"), OFF.replace("3 0 1 3", word)):
        (tmp_path / "m.off").write_text(text)
        with pytest.raises(InputError, match=r"m\.off: expected"):
            read(tmp_path / "m.off")
    (tmp_path / "m.off").write_text(OFF.replace("3 0 1 3", f"3 0 1 {word}"))
    with pytest.raises(InputError, match="face 0 refers to vertex"):
        read(tmp_path / "m.off")


@pytest.mark.parametrize(("name", "text"), [("m.stl", STL), ("m.obj", OBJ), ("m.ply", PLY), ("m.off", OFF)])
def test_text_of_any_encoding_and_packed_files(tmp_path, name, text):
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        box(tmp_path, name, text.encode(encoding))
    for suffix, pack in ((".gz", gzip), (".bz2", bz2), (".xz", lzma)):
        box(tmp_path, name + suffix, pack.compress(text.encode()))
    box(tmp_path, f"{name}.gz", gzip.compress(text[:99].encode()) + gzip.compress(text[99:].encode()))


def test_a_binary_stl_with_a_wide_header_stays_binary(tmp_path):
    box(tmp_path, "m.stl", binary_stl("exported by a program".encode("utf-16-le")))


def test_shapes_far_from_the_origin_are_told(tmp_path):
    (tmp_path / "m.stl").write_bytes(binary_stl(shift=4_500_000.0))
    notice = read(tmp_path / "m.stl").notices[0]
    assert "reach 4,500,005 at a size of 5" in notice and "steps of 0.5" in notice
    box(tmp_path, "m.stl", binary_stl(shift=0.0))
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = np.stack([4.5e6 + np.cos(angle), np.sin(angle), np.zeros(40)], axis=1)
    fan = "".join(f"f 1 {k} {k + 1}\n" for k in range(2, 40))
    rounded = ring.astype(np.float32).astype(np.float64)
    for points, told in ((ring, False), (rounded, True), (np.rint(ring * 10), False)):
        (tmp_path / "m.obj").write_text("".join("v {!r} {!r} {!r}\n".format(*map(float, p)) for p in points) + fan)
        assert any("single precision" in line for line in read(tmp_path / "m.obj").notices) == told


# Work that grows with the file and not faster


def test_a_texture_is_decoded_once_however_often_it_is_switched_to(tmp_path, monkeypatch):
    from PIL import Image

    Image.new("RGB", (2, 2), (10, 20, 30)).save(tmp_path / "t.png")
    (tmp_path / "m.mtl").write_text("newmtl a\nmap_Kd t.png\nnewmtl b\nmap_Kd ./t.png\nnewmtl c\nmap_Kd none.png\n")
    decoded = []
    load = PixelBudget.load
    monkeypatch.setattr(PixelBudget, "load", lambda self, data: decoded.append(1) or load(self, data))
    switches = "".join(f"usemtl {'abc'[k % 3]}\nf 1/1 2/1 4/1\n" for k in range(300))
    text = "mtllib m.mtl\nvt 0 0\n" + OBJ + switches
    (tmp_path / "m.obj").write_text(text)
    mesh = read(tmp_path / "m.obj")
    assert decoded == [1] and mesh.colors is not None
    assert [line for line in mesh.notices if "texture" in line] == [
        "texture left out: 'none.png' is not in the folder of m.obj"
    ]


def test_materials_are_switched_in_one_pass(monkeypatch):
    """200 000 switches: the count of written elements, not their time, shows whether each rewrote the rest."""
    lines = 200_000
    block = b"usemtl a\nusemtl b\n" * (lines // 2)
    raw = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(raw == 10)
    starts = np.concatenate([[0], ends[:-1] + 1])
    blocks = obj.Blocks()
    written = []
    repeat = np.repeat
    monkeypatch.setattr(obj.np, "repeat", lambda a, n: written.append(int(np.sum(n))) or repeat(a, n))
    current, _ = obj._switches(block, np.full(lines, obj.MATERIAL), starts, ends, blocks)
    assert sum(written) == 2 * lines and len(blocks.names) == 3
    assert current[0] == 1 and current[-1] == 2 and blocks.current == 2


# The guard


def test_what_no_decoder_foresaw_is_one_line_with_its_cause(tmp_path, monkeypatch, caplog):
    (tmp_path / "m.obj").write_text(OBJ)
    monkeypatch.setattr(obj, "triangulate", lambda *a: [].pop())
    with (
        caplog.at_level("DEBUG", "shapefield"),
        pytest.raises(UnforeseenContent, match=r"m\.obj: expected sound OBJ") as e,
    ):
        read(tmp_path / "m.obj")
    assert e.value.exit_code == 3 and isinstance(e.value.__cause__, IndexError) and "\n" not in str(e.value)
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize("error", [NameError("x"), ImportError("x"), UserWarning("x")])
def test_what_content_cannot_cause_passes_the_guard(tmp_path, monkeypatch, error):
    def broken(*_):
        raise error

    (tmp_path / "m.obj").write_text(OBJ)
    monkeypatch.setattr(reading, "_checked", broken)
    with pytest.raises(type(error)):
        read(tmp_path / "m.obj")
