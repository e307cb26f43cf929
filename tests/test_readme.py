"""Every command in README.md can be pasted: its options exist, its inputs are there, nothing is written twice."""

import re
import shlex
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

from shapefield.cli.main import COMMANDS, Parser, _room

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = re.findall(r"^shapefield .*?(?= +#|$)|(?<=`)shapefield [^`]*|(?<=&& )shapefield [^`\n]*", TEXT, re.MULTILINE)
CALLS = [shlex.split(part) for line in LINES for part in line.split(" && ")]
MADE = {"vase.field", "vase-512.glb", "scene"}
"""What commands above write for those below."""


def test_all_of_them_are_found() -> None:
    assert len(CALLS) > 18 and {"fit", "extract", "gui", "nerf", "compare", "image", "demo"} <= {c[1] for c in CALLS}


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_a_command_is_understood_and_has_its_inputs(words: list[str]) -> None:
    program, command, *rest = words
    assert program == "shapefield" and command in COMMANDS
    parser = Parser()
    room = import_module(_room(command))
    room.add_arguments(parser)
    parser.parse_args(rest)
    inputs = [w for w in rest if re.search(r"\.\w+$", w) and rest[rest.index(w) - 1] not in ("-o", "--field")]
    assert all((ROOT / w).is_file() or w in MADE for w in inputs)


def test_no_two_commands_write_the_same_file() -> None:
    named = [b for words in CALLS for a, b in pairwise(words) if a in ("-o", "--field")]
    plain = [Path(w[2]).stem for w in CALLS if w[1] == "fit" and "-o" not in w]
    written = named + [stem + end for stem in sorted(set(plain)) for end in (".field", ".shapefield.ply")]
    assert len(set(written)) == len(written)


def test_its_links_lead_somewhere() -> None:
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link]
    assert len(linked) > 8 and [link for link in linked if not (ROOT / link).exists()] == []


def test_its_first_two_blocks_are_what_ci_runs() -> None:
    section = TEXT.split("## Two commands")[1].split("\n## ")[0]
    first, second = re.findall(r"^```\n(.*?)\n```$", section, re.MULTILINE | re.DOTALL)
    assert first.startswith("python3 -m venv .venv && ") and first.endswith("shapefield fit sample_meshes/knot.ply")
    assert second == "make test"
