"""`python -m benchmarks NAME …`: run one benchmark; its own --help tells its options."""

import importlib
import sys
from pathlib import Path

from shapefield.machine.threads import wait_briefly

SHARED = {"__main__", "meshes", "methodpage", "paper_nerf", "peers", "record", "references"}
"""Modules that benchmarks share and that are none themselves; `meshes` lists what there is to run on."""


def names() -> list[str]:
    """The benchmarks: every module or package of this folder but the shared ones, and the list of meshes."""
    here = Path(__file__).parent
    found = {path.stem for path in here.glob("*.py")} | {path.parent.name for path in here.glob("*/__init__.py")}
    found -= SHARED | {"__init__"}
    return [*sorted(found), "meshes"]


def main() -> int:
    """Dispatch to the module of that name."""
    if len(sys.argv) < 2 or sys.argv[1] not in names():
        print(f"usage: python -m benchmarks {{{'|'.join(names())}}} …", file=sys.stderr)
        return 2
    wait_briefly()  # as the command line does it
    return importlib.import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:]) or 0


if __name__ == "__main__":
    sys.exit(main())
