"""Completion in bash and zsh: what is offered, and what the Tab key makes of a line in the shells themselves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shapefield.cli.completion import gathered, script
from shapefield.cli.main import COMMANDS


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None or os.name == "nt", reason=f"no {shell}")


START = {
    "bash": ("--noprofile", "--rcfile", "start"),
    "zsh": ("-d", "-i"),
}
"""How a shell is started that reads nothing but the file `start`, or `.zshrc` in the folder it is told."""
ASKED = "ready> "
BASH = """
PS1='{asked}'
{script}
line() {{ printf '%s\\n' "$*" >> {out}; }}
"""
ZSH = """
PROMPT='{asked}' RPROMPT=
setopt no_auto_list no_beep
autoload -Uz compinit && compinit -u -D
{script}
compadd() {{
    local -a offered
    if [[ " ${{@[1,(i)(-|--)]}}" != *\\ -[OAD]\\ * ]]; then
        builtin compadd -A offered "$@"
        print -r -- $offered >> {out}
    fi
    builtin compadd "$@"
}}
line() {{ print -r -- "= $*" >> {out} }}
"""


def shown(shell: str, folder: Path, lines: list[str]) -> list[str]:
    """What `shell` writes down of each line that is typed, with the Tab key at its end: the line that has become of it,
    and in zsh after "= ", with the words that were offered before that.
    """
    import pty

    (folder / "here").mkdir()
    (folder / "here" / "mine.obj").touch()
    out = folder / "out"
    text = {"bash": BASH, "zsh": ZSH}[shell].format(asked=ASKED, script=script(shell), out=out)
    for name in ("start", ".zshrc"):
        (folder / name).write_text(text)
    own, other = pty.openpty()
    words = [shell, *(str(folder / word) if word == "start" else word for word in START[shell])]
    environment = os.environ | {"ZDOTDIR": str(folder), "TERM": "dumb", "HISTFILE": ""}
    started = subprocess.Popen(
        words, stdin=other, stdout=other, stderr=other, cwd=folder / "here", env=environment, start_new_session=True
    )
    os.close(other)
    try:
        for line in [*lines, ""]:
            seen = b""
            while ASKED.encode() not in seen:
                seen += os.read(own, 4096)
            os.write(own, f"{line}\t\x01line \n".encode() if line else b"exit\n")
        started.wait()
    finally:
        started.kill()
        os.close(own)
    return out.read_text().splitlines()


BECOMES = {
    "shapefield nerf tr": "shapefield nerf train",
    "shapefield -q fi": "shapefield -q fit",
    "shapefield fit --resol": "shapefield fit --resolution",
    "shapefield fit --preset comp": "shapefield fit --preset compact",
    "shapefield fit a.obj --method si": "shapefield fit a.obj --method siren",
    "shapefield nerf train x --background wh": "shapefield nerf train x --background white",
    "shapefield help ne": "shapefield help nerf",
    "shapefield completion z": "shapefield completion zsh",
    "shapefield fit mi": "shapefield fit mine.obj",
    "shapefield fit -o mi": "shapefield fit -o mine.obj",
    "shapefield fit --seed mi": "shapefield fit --seed mi",
}


@needs("bash")
def test_the_tab_key_in_bash(tmp_path: Path) -> None:
    assert shown("bash", tmp_path, list(BECOMES)) == list(BECOMES.values())


@needs("zsh")
def test_the_tab_key_in_zsh(tmp_path: Path) -> None:
    told = shown("zsh", tmp_path, list(BECOMES))
    assert [line[2:] for line in told if line.startswith("= ")] == list(BECOMES.values())


@needs("zsh")
def test_zsh_offers_every_word(tmp_path: Path) -> None:
    places = {f"shapefield {name} -" if name else "shapefield -": place for name, place in gathered().items()}
    lines = ["shapefield ", "shapefield fit --res", "shapefield nerf ", "shapefield demo s", "shapefield fit ", *places]
    offered, words = [], set()
    for line in shown("zsh", tmp_path, lines):
        if line.startswith("= "):
            offered.append(words)
            words = set()
        else:
            words |= set(line.split())
    options = [{o for o in place.options if o.startswith("-")} for place in places.values()]
    assert offered[:5] == [
        {*COMMANDS, "help", "mine.obj"},
        {"--resolution", "--resume"},
        set(gathered()["nerf"].words),
        {"spectral-bias", "siren"},
        {"mine.obj"},
    ]
    assert offered[5:] == options


def completed(*words: str) -> set[str]:
    """What bash offers for the last of the words."""
    code = 'COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _shapefield; printf "%s\\n" "${COMPREPLY[@]}"'
    line = ["bash", "--norc", "-c", f"{script('bash')}\n{code}", "bash", "shapefield", *words]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


@needs("bash")
def test_bash_offers_every_word() -> None:
    assert completed("") == {*COMMANDS, "help"}
    assert completed("e") == {"extract", "eval"} and completed("-q", "fi") == {"fit"}
    assert completed("fit", "--res") == {"--resolution", "--resume"}
    assert completed("fit", "--preset", "") == {"auto", "cpu", "paper", "compact"}
    assert completed("fit", "a.obj", "--method", "si") == {"siren"}
    assert completed("fit", "--seed", "") == completed("fit", "-o", "") == completed("fit", "") == set()
    assert completed("nerf", "") == {"poses", "train", "render", "eval", "export", "dataset"}
    assert completed("nerf", "train", "x", "--background", "wh") == {"white"}
    assert completed("demo", "s") == {"spectral-bias", "siren"} and completed("help", "ne") == {"nerf"}
    for name, place in gathered().items():
        assert completed(*name.split(), "-") == {o for o in place.options if o.startswith("-")}, name


def test_completion_is_light() -> None:
    code = "import sys; from shapefield.cli.main import main; main(['completion', 'zsh']); "
    code += "sys.exit(bool({'torch', 'open3d', 'PyQt6', 'trimesh', 'numba', 'igl', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0
