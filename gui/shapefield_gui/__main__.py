"""`python -m shapefield_gui`, and the gui-script `shapefield-gui`."""

from __future__ import annotations

import sys


def main() -> int:
    """Start the program; nothing of Qt is imported before, for child processes import this module too."""
    from shapefield.machine.interpreters import guard_children
    from shapefield_gui.app import main as start

    guard_children()
    return start()


if __name__ == "__main__":
    sys.exit(main())
