"""The door for pictures: which formats are opened, how large, and that deep ones are neither white nor black."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shapefield.errors import InputError, ResourceError
from shapefield.lab.pictures import read_picture
from shapefield.machine import memory
from shapefield.mesh.decoding.texture import PixelBudget
from shapefield.storage.pictures import FORMATS, eight_bits, opened

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n(found) (w) file closefile showpage\n"


def encoded(array: np.ndarray, kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_of_the_list_is_opened(kind: str, tmp_path: Path) -> None:
    array = np.zeros((9, 12, 3), np.uint8)
    array[:, 6:] = (250, 120, 10)
    (tmp_path / "a.png").write_bytes(encoded(array, kind))  # the name says nothing
    assert (
        np.abs(PixelBudget().load((tmp_path / "a.png").read_bytes())[4, [1, 10]].astype(int) - array[4, [1, 10]]).max()
        < 40
    )
    assert read_picture(tmp_path / "a.png").size == (9, 12)


def test_no_program_is_started_for_postscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow would run Ghostscript, which runs the file."""
    import subprocess

    monkeypatch.setattr(subprocess, "check_call", lambda *a, **k: pytest.fail("it started a program"))
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: pytest.fail("it started a program"))
    (tmp_path / "a.png").write_bytes(POSTSCRIPT)
    with pytest.raises(InputError, match=r"a\.png: expected a picture \(PNG, JPEG, .*\), got something else"):
        read_picture(tmp_path / "a.png")
    with pytest.raises(ValueError, match="expected a picture"):
        PixelBudget().load(POSTSCRIPT)


@pytest.mark.parametrize("order", ["<u2", ">u2"])
@pytest.mark.parametrize("kind", ["TIFF", "PNG", "PPM"])
def test_sixteen_bits_in_either_byte_order(order: str, kind: str, tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 40).reshape(5, 8).astype(order)
    if kind == "TIFF":
        mode = "I;16" if order == "<u2" else "I;16B"
        picture = Image.frombytes(mode, (8, 5), values.tobytes())
    else:
        picture = Image.fromarray(values.astype("<u2"))
    picture.save(tmp_path / "deep.tif", kind)
    pixels = read_picture(tmp_path / "deep.tif").pixels[:, :, 0]
    assert pixels == pytest.approx(values.astype(float) / 65535, abs=1e-5)
    with opened(tmp_path / "deep.tif", "deep") as found:
        grey = eight_bits(found, "L")
    assert np.abs(grey - values.astype(float) / 257).max() <= 0.51
    assert PixelBudget().load((tmp_path / "deep.tif").read_bytes()).shape == (5, 8, 3)


def test_floats_are_shares_of_white(tmp_path: Path) -> None:
    values = np.array([[0.0, 0.5], [1.5, np.nan]], np.float32)
    Image.fromarray(values).save(tmp_path / "f.tif")
    assert read_picture(tmp_path / "f.tif").pixels[..., 0].tolist() == [[0.0, 0.5], [1.0, 0.0]]
    Image.fromarray(values * 200).save(tmp_path / "f.tif")
    with pytest.raises(InputError, match="numbers up to 300 where at most 16 was expected"):
        read_picture(tmp_path / "f.tif")


def test_size_is_held_against_memory_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(np.zeros((3000, 3000), np.uint8), "PNG")
    monkeypatch.setattr(memory, "free_bytes", lambda: 100_000_000)
    with pytest.raises(ResourceError, match="big: to open 3,000x3,000 pixels"), opened(data, "big"):
        pytest.fail("it was opened")
    with pytest.raises(ValueError, match="3,000x3,000"):
        PixelBudget().load(data)


def test_a_bomb_is_refused_by_its_header() -> None:
    data = bytearray(encoded(np.zeros((2, 2), np.uint8), "BMP"))
    data[18:26] = (60_000).to_bytes(4, "little") + (60_000).to_bytes(4, "little")
    with pytest.raises(InputError, match="expected at most 179 million pixels, got more"), opened(bytes(data), "bomb"):
        pytest.fail("it was opened")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(InputError, match="got a pipe or a device"):
        read_picture(tmp_path / "a.png")
    with pytest.raises(InputError, match="got a folder"):
        read_picture(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_picture(tmp_path / "none.png")
