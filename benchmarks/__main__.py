"""`python -m benchmarks NAME …`: run one benchmark; its own --help tells its options."""

import importlib
import sys

NAMES = ("fit", "extract")


def main() -> int:
    """Dispatch to the module of that name."""
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        print(f"usage: python -m benchmarks {{{'|'.join(NAMES)}}} …", file=sys.stderr)
        return 2
    return importlib.import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:]) or 0


if __name__ == "__main__":
    sys.exit(main())
