"""The help texts: every command has one, and says of each option what goes into it."""

import re
import subprocess
import sys

import pytest

COMMANDS = [
    "fit",
    "extract",
    "eval",
    "info",
    "repair",
    "sample",
    "compare",
    "nerf train",
    "nerf export",
    "image fit",
    "demo siren",
]


def help_of(command: str) -> str:
    line = [sys.executable, "-m", "shapefield", *command.split(), "--help"]
    done = subprocess.run(line, capture_output=True, text=True, check=True, env={"COLUMNS": "100", "PATH": ""})
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    text = help_of(command)
    assert text.startswith(f"usage: shapefield {command} ")
    assert "%%" not in text and "None" not in text


def test_options_stand_in_groups_and_name_their_values():
    text = help_of("fit")
    training, surface = text.index("\ntraining:"), text.index("\nthe surface:")
    assert training < text.index("\n  --budget SECONDS") < surface < text.index("\n  --resolution N")
    assert re.search(r"--thicken LENGTH", text) and "94 % near" in text
