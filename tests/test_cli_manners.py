"""The command line with strangers: what they type is answered, and what it says can be read by programs."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from shapes import sphere

import shapefield as sf
from shapefield.cli.completion import gathered
from shapefield.cli.main import COMMANDS, main, parser_of
from shapefield.errors import GateMissed
from shapefield.mesh.writing import write

SPEAKING = [name for name in COMMANDS if name not in ("gui", "completion")]


def run(capsys: pytest.CaptureFixture, *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `shapefield WORDS`."""
    code = main([str(word) for word in words])
    return code, *capsys.readouterr()


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    write(dataclasses.replace(sphere(1.0, cells=8), unit="mm"), tmp_path / "cube.ply")
    return tmp_path / "cube.ply"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("fit a.obj b.obj", "expected MESH and no more, got 'b.obj' as well"),
        ("mesh.obj", "the file mesh.obj: shapefield fit mesh.obj fits a mesh"),
        ("mesh.field", "shapefield extract mesh.field -o OUT.ply"),
        ("photo.jpg", "shapefield image fit photo.jpg"),
        ("fti", "did you mean fit?"),
        ("hlep", "did you mean help?"),
        ("fit", "expected MESH, got none"),
        ("fit a --res 64", "did you mean --resolution?"),
        ("fit a --lr 1e-3", "did you mean --rate?"),
        ("fit a --iterations 100", "did you mean --steps?"),
        ("nerf train a -o b --iterations 100", "did you mean --steps?"),
        ("fit a --gpu", "did you mean --device cuda?"),
        ("fit a --omega 3", "--set omega=VALUE"),
        ("fit a --threads 2", "set OMP_NUM_THREADS"),
        ("fit a --steps", "expected a value after it, got none"),
        ("fit a --steps many", "steps: expected a whole number, got 'many'"),
        ("fit a --level=-1furlong", "level: expected a length such as"),
        ("fit -", "expected a file, got standard input"),
        ("fit a -o -", "got standard output: name a file"),
        ("fit https://example.org/a.obj", "got an address: download it"),
        ("compare https://example.org/a.obj", "got an address: download it"),
        ("nerf train http://example.org/a -o run", "got an address: download it"),
        ("image fit ftp://example.org/a.png", "got an address: download it"),
        ("eval a b --seed x", "--seed: expected a whole number, got 'x'"),
        ("info a --unit furlong", "unit: expected one of um, mm, cm, m, in, ft, km, got 'furlong'"),
        ("nerf trian", "did you mean train?"),
        ("completion fish", "expected one of bash, zsh"),
    ],
)
def test_what_strangers_type_is_answered(capsys: pytest.CaptureFixture, words: str, answer: str) -> None:
    code, out, err = run(capsys, *words.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert answer in err


def test_a_negative_length_is_a_value_and_no_option() -> None:
    own, _ = parser_of("fit", [])
    assert own.parse_args(["a", "--level", "-0.5mm"]).level == "-0.5mm"
    assert own.parse_args(["a", "--level", "-1e-3"]).level == "-1e-3"


def test_what_is_simply_accepted(capsys: pytest.CaptureFixture, cube: Path) -> None:
    assert run(capsys, "-V")[1] == f"shapefield {sf.__version__}\n"
    assert run(capsys, "help", "fit")[1] == run(capsys, "fit", "--help")[1]
    assert run(capsys, "help", "nerf", "train")[1].startswith("usage: shapefield nerf train")
    assert run(capsys, "help")[1] == run(capsys)[1] == run(capsys, "--help")[1]
    assert json.loads(run(capsys, "--json", "info", cube)[1]) == json.loads(run(capsys, "info", cube, "--json")[1])
    assert run(capsys, "-q", "eval", cube, cube) == (0, "", "")


def test_every_command_speaks_alike() -> None:
    """`--json`, `--quiet`, `--verbose` and `--log-file` are everywhere, `--unit` where lengths are read or written."""
    places = gathered()
    for name, place in places.items():
        command = name.split(" ")[0]
        if command in SPEAKING and name not in ("nerf", "image", "family", "demo"):
            assert {"--json", "--quiet", "-q", "--verbose", "-v", "--log-file"} <= place.options.keys(), name
        if "-o" in place.options:
            assert "--force" in place.options, name
    with_unit = {name for name, place in places.items() if "--unit" in place.options}
    assert with_unit == {"batch", "fit", "extract", "eval", "info", "repair", "sample", "nerf export"}


def test_an_error_is_an_object_with_json(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    for words, code in ((["info", tmp_path / "none.obj"], 3), (["fit", "a", "--res", "3"], 2), (["fitt"], 2)):
        got, out, err = run(capsys, *words, "--json")
        found = json.loads(out)
        assert got == code == found["error"]["code"] and found["notices"] == []
        assert err == f"shapefield: {found['error']['message']}\n"
    assert run(capsys, "info", "--", "--json")[1] == ""  # there it is a file's name


def test_notices_are_in_the_json(capsys: pytest.CaptureFixture, cube: Path) -> None:
    said = "the file itself says that its lengths are in mm: --unit in is not used"
    code, out, err = run(capsys, "eval", cube, cube, "--unit", "in", "--json")
    assert code == 0 and json.loads(out)["notices"] == [f"cube.ply: {said}"] * 2 and err.count(f"{said}\n") == 2
    assert said in json.loads(run(capsys, "info", cube, "--unit", "in", "--json")[1])["notices"]
    words = ("sample", cube, "-n", "2000", "--unit", "in", "-o", cube.with_suffix(".npz"), "--json")
    assert json.loads(run(capsys, *words)[1])["notices"] == [said]
    assert json.loads(run(capsys, "eval", cube, cube, "--json")[1])["notices"] == []  # not those of the run before


def test_verbose_and_a_log_show_times_and_tracebacks(capsys: pytest.CaptureFixture, cube: Path) -> None:
    log = cube.with_name("a.log")
    code, _, err = run(capsys, "eval", cube, cube, "-v", "--log-file", log)
    assert code == 0 and re.search(r"^distances +\d+\.\d{3} s$", err, re.MULTILINE)
    code, _, err = run(capsys, "info", cube.with_name("none.obj"), "-v", "--log-file", log)
    assert code == 3 and "Traceback" in err and err.splitlines()[-1].startswith("shapefield: ")
    text = log.read_text()
    assert text.startswith("# made by shapefield\n") and text.count("made by") == 1
    assert "Traceback" in text and "exit code 3" in text and "distances" in text and " shapefield eval " in text
    code, _, err = run(capsys, "info", cube.with_name("none.obj"))
    assert code == 3 and "Traceback" not in err


def test_a_log_is_added_to_no_file_of_others(capsys: pytest.CaptureFixture, cube: Path) -> None:
    other = cube.with_name("thesis.txt")
    other.write_text("my only copy")
    assert run(capsys, "info", cube, "--log-file", other)[0] == 6
    assert other.read_text() == "my only copy"
    assert run(capsys, "info", cube, "--log-file", cube.parent / "none" / "a.log")[0] == 6


COLUMNS = (
    ("--json", "-q", "-v", "--log-file"),
    ("--config", "--print-config"),
    ("--set",),
    ("--unit",),
    ("-o",),
    ("--out-dir",),
    ("--force",),
    ("--resume",),
    ("--budget",),
    ("--steps",),
    ("--device",),
    ("--seed",),
    ("--plugin",),
    ("--max-error",),
    ("--max-lost", "--max-invented"),
)
"""Flags that several commands take, those together that are never apart."""


def flag_table() -> str:
    """The guide's table of commands and the flags that they take, from the parsers themselves."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for name, place in gathered().items():
        if not name or place.words:
            continue
        own = place.options.keys()
        assert all(own >= set(flags) or not own & set(flags) for flags in COLUMNS), name
        cells = tuple("✓" if own >= set(flags) else "" for flags in COLUMNS)
        rows.setdefault((name.split()[0], *cells) if name.startswith("demo ") else (name, *cells), []).append(name)
    head = " | ".join(" ".join(f"`{flag}`" for flag in flags) for flags in COLUMNS)
    lines = [f"| command | {head} |", f"|---|{':-:|' * len(COLUMNS)}"]
    lines += [f"| {', '.join(f'`{name}`' for name in names)} | {' | '.join(row[1:])} |" for row, names in rows.items()]
    return "\n".join(lines)


def test_the_guide_says_which_command_takes_which_flag() -> None:
    table = flag_table()
    assert table in (Path(__file__).parents[1] / "docs" / "guide.md").read_text(), (
        f"docs/guide.md needs this table:\n{table}"
    )


def test_the_guide_has_every_exit_code() -> None:
    from shapefield import errors

    text = (Path(__file__).parents[1] / "docs" / "guide.md").read_text()
    told = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE) for code in row.split(",")}
    ours = {e.exit_code for e in vars(errors).values() if isinstance(e, type) and hasattr(e, "exit_code")}
    assert ours | {0, 143, 129} == told and GateMissed.exit_code == 7
