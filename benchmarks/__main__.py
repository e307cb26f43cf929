"""`python -m benchmarks NAME …`: run one benchmark; its own --help tells its options."""

import importlib
import sys
from pathlib import Path

SHARED = {"__main__", "meshes", "peers", "record", "references", "timing"}
"""Modules that benchmarks share and that are none themselves; `meshes` lists what there is to run on."""


def names() -> list[str]:
    """The benchmarks: every module of this folder with a `main`, and the list of meshes."""
    found = {path.stem for path in Path(__file__).parent.glob("*.py")} - SHARED - {"__init__"}
    return [*sorted(found), "meshes"]


def main() -> int:
    """Dispatch to the module of that name."""
    if len(sys.argv) < 2 or sys.argv[1] not in names():
        print(f"usage: python -m benchmarks {{{'|'.join(names())}}} …", file=sys.stderr)
        return 2
    return importlib.import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:]) or 0


if __name__ == "__main__":
    sys.exit(main())
