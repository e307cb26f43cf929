"""The structure holds: imports point down, the package stays light, every submodule imports."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import shapefield

ROOT = Path(shapefield.__file__).parent
HEAVY = ("torch", "open3d", "PyQt6", "trimesh", "igl", "numba", "skimage", "scipy")
# The floors of the house, from the ground up: a module may import its own floor and those below.
FLOORS = [
    {"errors"},
    {"events", "config", "machine"},
    {"storage", "methods", "distance"},
    {"mesh", "settings"},
    {"surface", "fields", "training"},
    {"solid", "fieldfile", "result"},
    {"sampling", "metrics"},
    {"fitting"},
    {"api", "nerf", "lab"},
    {"cli", "__main__", "__init__"},
]
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}


def imports(path: Path) -> set[str]:
    """First names below `shapefield` that a file imports when it runs; those for type checkers only do not count."""
    found = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("shapefield.")}
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for name in imports(path):
        assert LEVEL[name] <= LEVEL[own], f"{own} (floor {LEVEL[own]}) imports {name} (floor {LEVEL[name]})"


def test_no_room_imports_itself_by_a_detour() -> None:
    """Lazy imports and imports for type checkers count too: a circle is a boundary drawn in the wrong place."""
    edges: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        own = path.relative_to(ROOT).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if module.startswith("shapefield.") and "__" not in own:
                edges.setdefault(own, set()).add(module.split(".")[1])
    order = list(TopologicalSorter({room: targets - {room} for room, targets in edges.items()}).static_order())
    assert order.index("errors") < order.index("mesh") < order.index("fitting")


def test_engine_knows_no_window() -> None:
    for path in ROOT.rglob("*.py"):
        text = path.read_text()
        assert "import PyQt6" not in text.replace('"import PyQt6', "") and "from PyQt6" not in text, path
        assert "from shapefield_gui" not in text and "import shapefield_gui" not in text, path


def loaded_by(code: str) -> set[str]:
    """Which heavy packages a fresh interpreter has loaded after running `code`."""
    tail = f"; import sys; print(*[h for h in {HEAVY!r} if h in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


def test_importing_is_light() -> None:
    assert loaded_by("import shapefield") == set()
    assert loaded_by("from shapefield.cli.main import main; main([])") == set()


def test_that_test_can_fail() -> None:
    assert loaded_by("import scipy") == {"scipy"}


def test_every_submodule_imports_and_no_public_name_is_shadowed() -> None:
    for info in pkgutil.walk_packages([str(ROOT)], "shapefield."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)
    assert set(shapefield.__all__) == {"__version__", *shapefield._HOMES}
    for name in shapefield.__all__:
        assert callable(getattr(shapefield, name)) or isinstance(getattr(shapefield, name), str), name
