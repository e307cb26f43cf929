"""The structure holds: imports point down, the package stays light, every submodule imports."""

import ast
import importlib.util
import pkgutil
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import shapefield

ROOT = Path(shapefield.__file__).parent
HEAVY = ("torch", "open3d", "PyQt6", "trimesh", "igl", "numba", "skimage", "scipy")
# The floors of the house, from the ground up: a module may import its own floor and those below.
FLOORS = [
    {"errors", "escaping"},
    {"lengths", "events", "config", "machine", "bars", "driving", "reports"},
    {"storage", "methods", "distance"},
    {"mesh", "settings", "settingtypes", "nn"},
    {"surface", "fields", "training"},
    {"solid", "fieldfile", "result"},
    {"sampling", "layouts", "metrics", "fieldmetrics", "picturemetrics", "preservation", "offset", "verdict"},
    {"fitting", "mending", "families"},
    {"api", "nerf", "lab", "batches", "splats"},
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


def test_what_is_imported_is_what_is_installed() -> None:
    """A library that only the extra `dev` brings is missing for users; one that nothing imports is for nobody."""
    used = set()
    for path in [*ROOT.rglob("*.py"), *(ROOT.parent / "gui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            used |= {name.partition(".")[0] for name in names}
    used -= {*sys.stdlib_module_names, "shapefield", "shapefield_gui"}
    used -= {"triton"}  # torch's CUDA builds bring it; without it `gridlookup` does the same in plain torch
    used -= {"onnx"}  # the extra of that name, whose install line an export without it tells
    used -= {"pycolmap", "pillow_heif"}  # the extra `photos`, likewise
    used -= {"ray", "fsspec"}  # likewise the extras "cluster" and "remote"
    used |= {"collada", "networkx"}  # trimesh's readers of scenes import them for us
    homes = {"PIL": "pillow", "collada": "pycollada", "igl": "libigl", "skimage": "scikit-image"}
    homes |= {"markdown_it": "markdown-it-py"}
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text())["project"]
    named = {re.split("[<>=]", entry)[0].lower() for entry in project["dependencies"]}
    assert {homes.get(name, name.lower().replace("_", "-")) for name in used} == named


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


OWN = {"result.save", "self.result.save", "self.running.save", "self.layout_of_docks.save"}
"""Methods of ours that are called like a library's that writes; what they do is seen where they are written."""
BY_NAME = {"write_text", "write_bytes", "imwrite", "get_writer", "copyfile", "copy2", "copytree"}
TO_ARGUMENT = {"save", "savez", "savez_compressed", "savetxt", "savefig", "dump", "tofile", "copyfileobj"}
WAYS = ("writing(", "replacing(", "io.BytesIO(", "io.StringIO(", "QBuffer(", "zipfile.ZipFile(file,")


def final_writes(tree: ast.AST) -> list[int]:
    """Lines that open, or have a library write, anything but memory or what `writing` or `replacing` gave.

    What a function is given as IO is what its caller got from there.
    """
    safe, found = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.withitem) and node.optional_vars:
            named, value = [node.optional_vars], node.context_expr
        elif isinstance(node, ast.Assign):
            named, value = node.targets, node.value
        elif isinstance(node, ast.arg) and "IO" in ast.unparse(node.annotation or node):
            safe.add(node.arg)
            continue
        else:
            continue
        safe |= {ast.unparse(name) for name in named if ast.unparse(value).startswith(WAYS)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) in OWN:
            continue
        *owner, name = ast.unparse(node.func).rsplit(".", 1)
        told = [ast.unparse(a) for a in [*node.args, *(k.value for k in node.keywords)]]
        opens = name in ("open", "ZipFile") and any(re.fullmatch(r"'[rbt+]*[wxa][bt+]*'|'r\+b?'", t) for t in told)
        hands = name in TO_ARGUMENT and bool(owner) and bool(told)
        if name in BY_NAME or ((opens or hands) and not safe & {*told, *owner}):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("package", [ROOT, ROOT.parent / "gui" / "shapefield_gui"], ids=lambda p: p.name)
def test_nothing_is_written_under_its_final_name(package: Path) -> None:
    """A module that writes uses `storage.files`, whose own calls are the only ones that open a file to write it."""
    for path in sorted(package.rglob("*.py")):
        if path != ROOT / "storage" / "files.py":
            assert not final_writes(ast.parse(path.read_text())), path


@pytest.mark.parametrize(
    "text",
    ["open(p, 'w')", "p.open('wb')", "p.write_text(t)", "np.save(p, a)", "image.save(str(p))", "ZipFile(p, 'w')"],
)
def test_that_test_can_fail_too(text: str) -> None:
    assert final_writes(ast.parse(text)) == [1]
    assert final_writes(ast.parse("with writing(p) as file:\n    np.save(file, a)\nopen(p, 'rb')")) == []


def foreign_openings(tree: ast.AST) -> list[int]:
    """Lines that open a picture, or let a library do so, with whatever plug-ins it has."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "PIL.Image":
            found += [node.lineno] * any(alias.name == "open" for alias in node.names)
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        by_name = (
            called in ("QPixmap", "QImage") and len(node.args) == 1 and ast.unparse(node.args[0]).startswith("str(")
        )
        if by_name or re.search(r"\bImages?\.open$|\bimread$|QImageReader", called):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("package", [ROOT, ROOT.parent / "gui" / "shapefield_gui"], ids=lambda p: p.name)
def test_pictures_are_opened_in_one_place(package: Path) -> None:
    """`storage.pictures` alone, by a list of formats."""
    for path in sorted(package.rglob("*.py")):
        if path != ROOT / "storage" / "pictures.py":
            assert not foreign_openings(ast.parse(path.read_text())), path
    ways = ["Image.open(p)", "PIL.Image.open(p)", "from PIL.Image import open", "io.imread(p)", "QPixmap(str(p))"]
    assert all(foreign_openings(ast.parse(way)) == [1] for way in ways)


def test_commands_write_to_the_terminal_in_one_place() -> None:
    """`cli.terminal` makes visible what would steer a terminal; whoever writes past it does not."""
    for path in sorted((ROOT / "cli").rglob("*.py")):
        if path.name != "terminal.py":
            assert not re.search(r"sys\.std(out|err)\.write\(|(?<![\w.])print\(", path.read_text()), path


def test_importing_is_light() -> None:
    assert loaded_by("import shapefield") == set()
    assert loaded_by("from shapefield.cli.main import main; main([])") == set()


AT_THE_TOP = {
    "torch": {
        "nn",
        "fields",
        "nerf",
        "lab",
        "training",
        "fitting/learning.py",
        "fitting/sampled.py",
        "fitting/task.py",
        *(
            f"families/{name}.py"
            for name in ("codedfield", "codefit", "decoder", "family", "familyfile", "hyper", "initial")
        ),
        *(f"families/{name}.py" for name in ("occnet", "occtask", "partfit", "planes", "source", "task", "unseen")),
    },
    "numba": {
        "machine/compiling.py",
        "distance/crossing.py",
        "distance/traversal.py",
        "distance/overlapping.py",
        "distance/raycasting.py",
        "nn/cellkernel.py",
        "nn/gridkernel.py",
        "nerf/models/gridgradient.py",
        "nerf/models/gridkernel.py",
        "splats/compositing.py",
        "splats/projecting.py",
        "solid/intersections.py",
        "training/adamkernel.py",
    },
}
"""What CONTRIBUTING allows: where a heavy library may be imported with a module; elsewhere it is where it is used."""
LAZY = {*HEAVY, "matplotlib", "PIL", "manifold3d", "safetensors", "rich", "DracoPy", "psutil", "jinja2"}


def imported_at_once(nodes: list[ast.stmt]) -> set[str]:
    """First names of what a module imports when it is imported itself."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.If | ast.Try | ast.With) and "TYPE_CHECKING" not in ast.unparse(node)[:20]:
            found |= imported_at_once(node.body)
    return found


def test_heavy_libraries_are_imported_where_contributing_allows_it() -> None:
    assert imported_at_once(ast.parse("import a.b\ntry:\n    from c.d import e\nexcept ImportError: pass").body) == {
        "a",
        "c",
    }
    assert imported_at_once(ast.parse("if TYPE_CHECKING:\n    import torch\ndef f():\n    import torch").body) == set()
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT)
        for name in imported_at_once(ast.parse(path.read_text()).body) & LAZY:
            allowed = AT_THE_TOP.get(name, set())
            assert {place.as_posix(), place.parts[0]} & allowed, f"{place} imports {name} at its top"


def test_two_meshes_are_compared_without_torch() -> None:
    """It takes two to four seconds to import, and has no part in it."""
    knot = str(ROOT.parent / "sample_meshes" / "knot.ply")
    code = f"from shapefield.cli.main import main; assert main(['eval', {knot!r}, {knot!r}]) == 0"
    assert "torch" not in loaded_by(code)


def test_that_test_can_fail() -> None:
    assert loaded_by("import scipy") == {"scipy"}


def test_every_submodule_imports_and_no_public_name_is_shadowed() -> None:
    for info in pkgutil.walk_packages([str(ROOT)], "shapefield."):
        without = info.name.endswith("gridtriton") and importlib.util.find_spec("triton") is None
        if not info.name.endswith("__main__") and not without:
            importlib.import_module(info.name)
    assert set(shapefield.__all__) == {"__version__", *shapefield._HOMES, *shapefield._MODULES}
    for name in {*shapefield.__all__} - {*shapefield._MODULES}:
        assert callable(getattr(shapefield, name)) or isinstance(getattr(shapefield, name), str), name


def test_no_two_test_files_share_a_name() -> None:
    """Test files are top-level modules of one run: a second file of a name stops the whole run at collection."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


WINDOW = ROOT.parent / "gui" / "shapefield_gui"
WINDOW_LAYERS = [
    {"children", "colors", "images", "paths", "recent", "saved", "timing", "afar"},
    {"models", "nerf/children", "style", "engine"},
    {"nerf/models", "theme"},
    {"widgets"},
    {"view", "shape/panels", "nerf/panels"},
    {"tab_context", "tabs", "earlier", "file_menus", "leaving", "running"},
    {"shape", "nerf", "lab", "family"},
    {"window"},
    {"screenshot", "app", "__main__", "__init__"},
]
"""The desktop program's packages from the ground up: processes and records, models, widgets, view and panels, tabs."""
WITHOUT_QT = ("children", "models", "nerf/children", "nerf/models", "lab/model.py")


def test_no_two_classes_share_a_name() -> None:
    """A class found by its name is the one that is meant (docs/decisions/names.md)."""
    places: dict[str, list[str]] = {}
    for path in [*ROOT.rglob("*.py"), *WINDOW.rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path))
    assert len(places) > 300
    assert not {name: found for name, found in places.items() if len(found) > 1}


def window_package(path: Path) -> str:
    """The package of a file or folder of the program, as WINDOW_LAYERS names it."""
    parts = path.relative_to(WINDOW).parts
    return "/".join(parts) if path.is_dir() else "/".join(parts[:-1]) or path.stem


def imported_by_window(path: Path) -> set[str]:
    """The program's packages that a file of it imports when it runs."""
    found = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shapefield_gui"):
            parts = (node.module or "").split(".")[1:] or [node.names[0].name]
            place = WINDOW.joinpath(*parts)
            found.add(window_package(place if place.is_dir() else place.with_suffix(".py")))
    return found


@pytest.mark.parametrize("path", sorted(WINDOW.rglob("*.py")), ids=lambda p: str(p.relative_to(WINDOW)))
def test_the_window_s_imports_point_down(path: Path) -> None:
    level = {name: height for height, names in enumerate(WINDOW_LAYERS) for name in names}
    own = window_package(path)
    above = {name for name in imported_by_window(path) if level[name] > level[own]}
    assert not above, f"{path.relative_to(WINDOW)}, of {own}, imports {above}, which lie above it"
    assert not imported_by_window(path) & ({"shape", "nerf", "lab", "family"} - {own}) or level[own] > level["shape"]


def test_the_window_s_models_and_children_know_no_qt() -> None:
    files = [p for place in WITHOUT_QT for p in (WINDOW / place).rglob("*.py")]
    files += [WINDOW / place for place in WITHOUT_QT if place.endswith(".py")]
    assert len(files) > 20
    for path in files:
        assert not re.search(r"^\s*(from|import) PyQt6", path.read_text(), re.MULTILINE), path
