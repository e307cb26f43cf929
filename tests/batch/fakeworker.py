"""A worker that does what a file's name says, without loading anything: for tests of who watches it."""

import json
import os
import signal
import sys
import time
from itertools import pairwise
from pathlib import Path


def act(words: list[str]) -> dict:
    """Hang, crash, eat or be killed where the input is called so; else write the outputs, with a flaw for `other`."""
    name = Path(words[1]).stem
    if name == "hangs":
        time.sleep(600)
    elif name == "crashes":
        os.write(2, b"a library says its last words\n")
        os.kill(os.getpid(), signal.SIGSEGV)
    elif name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "eats":
        held = bytearray(300 << 20)
        held[::4096] = bytes([1]) * len(held[::4096])
        time.sleep(600)
    elif name == "refused":
        return {"code": 3, "line": f"{name}.obj: expected faces, got none: export it again"}
    code, line = (7, "lost surface: expected at most 0.1 %, got 3 %") if name == "below" else (0, "")
    for flag, path in pairwise(words):
        if flag in ("--output", "--field"):
            Path(path).write_text(f"made by shapefield from {Path(words[1]).read_text()}")
    report = {"preservation": {"lost": 0.5 if name == "below" else 0.0}, "process": os.getpid()}
    if name == "other":
        report["reasons"] = ["it is not manifold"]
    return {"code": code, "line": line, "report": report, "notices": [f"process {os.getpid()}"]}


if __name__ == "__main__":
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for question in sys.stdin:
        sys.stdout.write(json.dumps(act(json.loads(question)["words"])) + "\n")
        sys.stdout.flush()
