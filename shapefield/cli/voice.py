"""How a run speaks: a report as lines or as JSON, notes, errors, and the log behind `-v` and `--log-file`.

On stdout goes the report alone; with `--json` it is one object, of an error too. Notes and errors go to stderr.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import time
from typing import Any

from shapefield.cli import terminal
from shapefield.escaping import visible

log = logging.getLogger("shapefield")
log.addHandler(logging.NullHandler())


def add_flags(parser: argparse.ArgumentParser, report: str = "the report") -> None:
    """How a command speaks: `--json`, `--quiet`, `--verbose`, `--log-file`."""
    group = parser.add_argument_group("what is said")
    group.add_argument("--json", action="store_true", help=f"{report} as one JSON object on stdout, an error too")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress, no notes, no table")
    group.add_argument("-v", "--verbose", action="store_true", help="times, and the traceback behind an error")
    group.add_argument("--log-file", metavar="F.log", help="add times, notes and tracebacks to a file")


class Visible(logging.Formatter):
    """Lines of a log in which nothing that came from a file steers the terminal that shows it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's lines; a traceback keeps its line breaks."""
        return "\n".join(map(visible, super().format(record).split("\n")))


class Voice:
    """How this run speaks, what notes it has given, and when it began (`time.perf_counter()`)."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.json = self.quiet = self.verbose = False
        self.notices: list[str] = []
        self.reported = False
        self._handlers: list[logging.Handler] = []

    @contextlib.contextmanager
    def speaking(self, words: list[str]):
        """For one run of the words of a command line; before they are parsed, only `--json` of them is understood."""
        self.__init__()
        self.json = "--json" in words[: words.index("--") if "--" in words else None]
        try:
            yield
        finally:
            for handler in self._handlers:
                log.removeHandler(handler)
                handler.close()
            log.setLevel(logging.NOTSET)

    def obey(self, arguments: argparse.Namespace) -> None:
        """Speak as the parsed flags say. Raises OutputError for a log that cannot be written."""
        self.json, self.quiet = (bool(getattr(arguments, name, False)) for name in ("json", "quiet"))
        self.verbose = bool(getattr(arguments, "verbose", False))
        if self.verbose:
            self._listen(logging.StreamHandler(sys.stderr), logging.INFO, "%(message)s")
        if place := getattr(arguments, "log_file", None):
            from shapefield.storage.files import opened_log

            self._listen(opened_log(place), logging.DEBUG, "%(asctime)s %(levelname)s %(message)s")

    def _listen(self, handler: logging.Handler, level: int, form: str) -> None:
        handler.setLevel(level)
        handler.setFormatter(Visible(form))
        self._handlers.append(handler)
        log.addHandler(handler)
        log.setLevel(logging.DEBUG)

    def note(self, message: str) -> None:
        """One line the user should know, on stderr and in the report."""
        self.heard(message)
        if not self.quiet:
            terminal.note(message)

    def heard(self, message: str) -> None:
        """Keep a note for the report and the log; somebody else shows it."""
        self.notices.append(message)
        log.debug("note: %s", message)

    def report(self, found: dict[str, Any], lines: list[str]) -> None:
        """The report on stdout: JSON with the notes in it, or lines, or nothing."""
        self.reported = True
        if self.json:
            terminal.tell_json(found | {"notices": self.notices})
        elif not self.quiet:
            terminal.tell(lines)

    def error(self, message: str, code: int) -> None:
        """What went wrong, as one line on stderr, and with `--json` as an object on stdout."""
        line = " ".join(message.split())
        log.info("exit code %d: %s", code, line, exc_info=sys.exc_info()[0] is not None)
        if self.json and not self.reported:  # a missed gate stands in the report
            found = {"error": {"code": code, "message": line}, "notices": self.notices}
            with contextlib.suppress(OSError, ValueError):
                terminal.tell_json(found)
                sys.stdout.flush()
        terminal.complain(f"shapefield: {line}")


voice = Voice()
"""The one of this process."""
