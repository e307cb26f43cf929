"""The process behind `shapefield batch`: commands come as lines of JSON on standard input, answers go to its output.

It takes one after another, as `main` would have run each alone; `batches/worker.py` is the other end.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import json
import os
import queue
import sys
import threading
import time
import traceback
from typing import Any

from shapefield.machine.interpreters import guard_children
from shapefield.storage.files import abandon


def serve() -> None:
    """Answer until the questions end."""
    guard_children()
    faulthandler.enable()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    questions: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(os.fdopen(os.dup(0), "rb"), questions), daemon=True)
    listener.start()
    answer: dict[str, Any] = {}
    while True:
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()
        answer = _answered(json.loads(questions.get()))


def _listen(lines: io.BufferedReader, questions: queue.SimpleQueue[bytes]) -> None:
    """Pass questions on; at their end nobody waits for what is being done, and the process ends."""
    for line in lines:
        questions.put(line)
    abandon()
    os._exit(0)


def _answered(question: dict[str, Any]) -> dict[str, Any]:
    if "words" in question:
        return _ran(question["words"])
    from shapefield.batches.pictures import draw

    return {"drawn": draw(**question)}


def _ran(words: list[str]) -> dict[str, Any]:
    """What `shapefield WORDS` gives; a bug of ours is told with its traceback, and the process goes on."""
    from shapefield.cli.main import main

    begun, said, trace = time.process_time(), io.StringIO(), ""
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()) as complained:
        try:
            code = main(words)
        except Exception as error:  # the next mesh must not pay for it
            code, trace = 1, traceback.format_exc()
            complained.write(f"shapefield: a bug of ours, {type(error).__name__}: {error}\n")
    report = json.loads(said.getvalue() or "{}")
    told = [line for line in complained.getvalue().splitlines() if line.startswith("shapefield: ")]
    return {
        "code": code,
        "line": told[-1].removeprefix("shapefield: ") if told and code else "",
        "notices": report.pop("notices", []),
        "report": {} if "error" in report else report,
        "trace": trace,
        "cpu_seconds": time.process_time() - begun,
    }


if __name__ == "__main__":
    serve()
    sys.exit()
