"""The only way by which a command writes to the terminal: text of strangers is made visible here, and nowhere else."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable
from typing import Any

from shapefield.escaping import visible


def open_streams() -> None:
    """Streams that the caller has closed lead nowhere; else the next file to be opened would take their place.

    What a stream's encoding lacks is written as an escape: a "³" on an ASCII terminal ends no command.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def tell(lines: Iterable[str]) -> None:
    """Lines on stdout, in which nothing that came from a file steers the terminal."""
    sys.stdout.write("".join(f"{visible(line)}\n" for line in lines))
    sys.stdout.flush()


def tell_json(value: Any) -> None:
    """One JSON object on stdout, in ASCII: whatever a terminal might take for a command is an escape there."""
    sys.stdout.write(json.dumps(value).replace("\x7f", "\\u007f") + "\n")


def tell_as_it_is(text: str) -> None:
    """Our own text on stdout, with its colours and line breaks."""
    sys.stdout.write(text)


def note(message: str) -> None:
    """A note on stderr."""
    sys.stderr.write(f"note: {visible(message)}\n")


def complain(line: str) -> None:
    """What went wrong, as one line on stderr; where that cannot be written the exit code must do."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{visible(line.strip())}\n")
