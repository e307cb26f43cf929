"""`python -m shapefield` is `shapefield`."""

from shapefield.cli.main import entry

if __name__ == "__main__":
    entry()
