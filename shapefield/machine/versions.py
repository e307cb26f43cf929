"""Which versions of the libraries whose last bits matter are installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("torch", "numpy", "libigl", "numba")


def versions() -> dict[str, str]:
    """Installed versions of shapefield and of those libraries, "absent" where one is not there."""
    found = {}
    for name in ("shapefield", *LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found
