"""Text of strangers where it leaves: a terminal is not steered by it, and streams that lack a letter end no command."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from shapes import sphere

import shapefield as sf
from shapefield.cli import terminal
from shapefield.cli.main import main
from shapefield.escaping import escaped, visible
from shapefield.mesh.writing import write

EVIL = "a\x1b[2J\x9b31m\x07\r\nb\u202egnp\u2066\x7f\u2028c\udcff<script>alert(1)</script>\"'&"


def test_what_steers_is_shown_and_what_is_read_stays() -> None:
    assert visible("x\x1b[31m\n\u202e\udcff") == r"x\x1b[31m\n\u202e\udcff"
    assert visible("Würfel 5³ µm 模型 \U0001f642 – a\\b") == "Würfel 5³ µm 模型 \U0001f642 – a\\b"
    assert escaped('<a href="x">&\x1b') == "&lt;a href=&quot;x&quot;&gt;&amp;\\x1b"


def test_everything_that_is_told_is_one_line_a_line(capsys: pytest.CaptureFixture) -> None:
    terminal.tell([EVIL, "second"])
    terminal.note(EVIL)
    terminal.complain(EVIL)
    terminal.tell_json({"name": EVIL})
    out, err = capsys.readouterr()
    assert (out.count("\n"), err.count("\n")) == (3, 2)
    assert not set(out + err) & set("\x1b\x9b\x07\r\u202e\u2066\x7f\u2028\udcff")
    assert json.loads(out.splitlines()[2]) == {"name": EVIL}


def test_names_and_units_of_a_field_are_told_harmlessly(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    ball = sphere(2.0, cells=8)
    mesh = sf.Mesh(ball.vertices, ball.faces, unit=EVIL, name=EVIL)
    sf.fit(mesh, steps=2, samples=5000, resolution=32, batch=512, table=8, levels=2).save(tmp_path / "a.field")
    assert main(["info", str(tmp_path / "a.field")]) == 0
    assert main(["info", str(tmp_path / "none\x1b[2J\n.obj")]) == 3
    assert main(["extract", str(tmp_path / "a.field"), "-o", str(tmp_path / "\x1b[2J.ply"), "--resolution", "16"]) == 0
    out, err = capsys.readouterr()
    assert r"\x1b[2J" in out and r"\x1b[2J" in err and "\x1b" not in out + err and "\u202e" not in out + err
    assert err.count("shapefield: ") == err.count("\n") - err.count("note: ")


@pytest.mark.skipif(os.name == "nt", reason="names of bytes")
@pytest.mark.parametrize("stream", [{"PYTHONIOENCODING": "utf-8:strict"}, {"PYTHONIOENCODING": "ascii:strict"}])
def test_a_stream_that_lacks_a_letter_ends_no_command(tmp_path: Path, stream: dict[str, str]) -> None:
    write(sphere(2.0, cells=8), tmp_path / "ball.obj")
    name = os.fsencode(tmp_path) + b"/caf\xe9 \xc2\xb5.obj"
    os.rename(tmp_path / "ball.obj", name)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **stream}
    for words in ((b"info", name), (b"sample", name, b"-n", b"2000", b"-o", os.fsencode(tmp_path) + b"/\xff.npz")):
        command = [os.fsencode(sys.executable), b"-m", b"shapefield", *words]
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
        assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr
        assert rb"\udce9" in done.stdout or rb"\udcff" in done.stdout


def test_streams_are_set_even_where_they_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)
    terminal.open_streams()
    terminal.tell(["³"])
    assert sys.stdout.getvalue() == "³\n" and sys.stderr is not None
    sys.stderr.close()
