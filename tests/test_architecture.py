"""Which module may import what, read from the source and, where it matters, seen at run time."""

import ast
import graphlib
import importlib
import posixpath
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from cacr_core.losses import LOSSES

ROOT = Path(__file__).parents[1]
CORE, WEB = "cacr_core", "web"
MOST_ARROWS = {CORE: 56, WEB: 27}

# what a module of the core may import of ours; a folder counts as one module
MAY_IMPORT = {
    "pairs": set(),
    "snapshot": set(),
    "data": set(),
    "views": set(),
    "models": set(),
    "neighbours": set(),
    "losses": {"pairs"},
    "metrics": {"neighbours", "pairs"},
    "scores": {"metrics"},
    "forces": {"losses", "metrics", "pairs"},
    "training": {"data", "losses", "metrics", "models", "pairs", "scores", "snapshot", "views"},
    "runs": {"data", "snapshot", "training"},
    "presets": {"losses", "runs", "training"},
    "layouts": {"neighbours", "runs"},
    "projections": {"layouts"},
    "papers": {
        "data",
        "forces",
        "layouts",
        "losses",
        "models",
        "pairs",
        "presets",
        "runs",
        "training",
        "views",
    },
    "checkpoints": {
        "data",
        "losses",
        "metrics",
        "models",
        "neighbours",
        "pairs",
        "runs",
        "scores",
        "snapshot",
        "training",
        "views",
    },
    "commands": {"checkpoints", "data", "runs", "scores"},
    "__main__": {
        "checkpoints",
        "commands",
        "layouts",
        "losses",
        "papers",
        "pairs",
        "presets",
        "runs",
        "training",
    },
}
# the same of web/: settings at the bottom, pages on top and never each other
ROOM_MAY_IMPORT = {
    "settings": set(),
    "shell": {"settings"},
    "socket": {"shell"},
    "live": {"settings", "shell", "socket"},
    "compare": {"live", "settings", "shell", "socket"},
    "forces": {"live", "settings", "shell", "socket"},
    "checkpoints": {"live", "settings", "shell"},
    "learn": {"settings", "shell"},
    "classroom": {"shell", "socket"},
    "frozen": {"compare", "forces", "learn", "live", "settings", "shell", "socket"},
}
ALLOWED = {CORE: MAY_IMPORT, WEB: ROOM_MAY_IMPORT}
ONLY_IN = {
    "streamlit": ("app.py", "frame.py", "pages/", "web/"),
    "starlette": ("app.py", "web/"),
    "plotly": ("web/checkpoints/figures/", "cacr_core/papers/figures/drawing.py"),
    "umap": ("cacr_core/layouts/",),
}
# where a loss may be named: its own file, what is set up with it, and the papers it comes from
MAY_NAME_LOSSES = ("cacr_core/losses/", "cacr_core/papers/", "cacr_core/presets/")
MAY_NAME_LOSSES += ("cacr_core/__main__.py",)  # the command is called cacr
MAY_NAME_LOSSES += ("cacr_core/checkpoints/trained_by.py",)  # the losses of others' code bases
MAY_NAME_LOSSES += ("cacr_core/forces/presets.py", "web/forces/presets.py")
LOSS_NAMES = set(LOSSES) | {cls.__name__ for cls in LOSSES.values()}


@cache
def sources():
    tops = [ROOT / "app.py", ROOT / "frame.py"]
    folders = [ROOT / name for name in ("cacr_core", "pages", "web", "benchmarks")]
    return tops + [path for folder in folders for path in sorted(folder.rglob("*.py"))]


@cache
def tree(path):
    return ast.parse(path.read_text())


@cache
def imports(path):
    """Everything a file imports, anywhere in it: what a function loads late counts, too."""
    nodes = list(ast.walk(tree(path)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are written out"
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return set(names)


def room_of(path, top):
    """A folder of the core or of web/ counts as one, as does a module beside them."""
    return path.relative_to(ROOT / top).parts[0].removesuffix(".py")


def rooms(top):
    return {room_of(path, top) for path in (ROOT / top).rglob("*.py")} - {"__init__"}


@cache
def arrows(top):
    """(room, room it imports, by which file)."""
    found = set()
    for path in sorted((ROOT / top).rglob("*.py")):
        ours = {name.split(".")[1] for name in imports(path) if name.startswith(f"{top}.")}
        room = room_of(path, top)
        found |= {(room, other, path.relative_to(ROOT).as_posix()) for other in ours - {room}}
    return found


@pytest.mark.parametrize("top", ALLOWED)
def test_a_room_imports_only_what_stands_below_it(top):
    assert rooms(top) == set(ALLOWED[top]), "every room has its rule, and every rule a room"
    up = {arrow for arrow in arrows(top) if arrow[1] not in ALLOWED[top][arrow[0]]}
    assert not up


@pytest.mark.parametrize("top", ALLOWED)
def test_there_are_few_arrows_between_rooms(top):
    found = {(room, other) for room, other, _ in arrows(top)}
    assert len(found) <= MOST_ARROWS[top], sorted(found)


@pytest.mark.parametrize("allowed", ALLOWED.values(), ids=ALLOWED)
def test_what_is_allowed_has_no_circle(allowed):
    graphlib.TopologicalSorter(allowed).prepare()


def read_at_run_time(tree):
    """All nodes but those that only a type checker reads."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        typed_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        waiting += node.orelse if typed_only else ast.iter_child_nodes(node)


def module_graph(top):
    """Which modules each module imports; a package is its `__init__`, and `from a import b` names
    module b where there is one."""
    files = {}
    for path in (ROOT / top).rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        files[name.removesuffix(".__init__")] = path
    graph = {}
    for module, path in files.items():
        named = set()
        for node in read_at_run_time(tree(path)):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                whole = [f"{node.module}.{alias.name}" for alias in node.names]
                named |= {name if name in files else node.module for name in whole}
        graph[module] = (named & files.keys()) - {module}
    return graph


@pytest.mark.parametrize("top", ALLOWED)
def test_no_two_modules_import_each_other_not_even_late(top):
    graphlib.TopologicalSorter(module_graph(top)).prepare()


def test_nothing_is_imported_by_a_text_that_no_test_sees():
    for path in [*(ROOT / CORE).rglob("*.py"), *(ROOT / WEB).rglob("*.py")]:
        assert "import_module" not in path.read_text(), path


@pytest.mark.parametrize("package", sorted(ONLY_IN))
def test_package_is_imported_only_where_it_belongs(package):
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        used = any(i == package or i.startswith(f"{package}.") for i in imports(path))
        assert not used or name.startswith(ONLY_IN[package]), f"{name} imports {package}"


def loaded_by(statement):
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_reading_runs_loads_no_torch():
    loaded = loaded_by("import cacr_core.runs, cacr_core.runs.shelf, web.live.watch")
    assert "cacr_core.runs.folder" in loaded
    assert not loaded & {"torch", "umap", "sklearn", "numba"}


def test_the_server_and_the_first_views_load_no_torch():
    loaded = loaded_by("import app, web.live.page, web.compare.page")
    assert {"web.forces.channel", "web.compare.watch", "web.live.sidebar"} <= loaded
    assert not loaded & {"torch", "umap", "sklearn", "numba"}


def test_drawing_figures_loads_no_torch():
    loaded = loaded_by("import web.checkpoints.figures")
    assert "plotly" in loaded
    assert not loaded & {"torch", "umap", "sklearn", "numba", "streamlit"}


def test_saying_what_a_score_means_loads_no_torch():
    loaded = loaded_by("import cacr_core.scores, cacr_core.scores.paired, web.live.frozen_readings")
    assert "cacr_core.scores" in loaded
    assert not loaded & {"torch", "scipy", "sklearn", "streamlit"}


def test_the_check_above_can_fail():
    assert "torch" in loaded_by("import cacr_core.pairs")


def test_nothing_in_the_core_knows_the_web():
    for path in (ROOT / CORE).rglob("*.py"):
        assert not {"web", "pages"} & {name.split(".")[0] for name in imports(path)}, path


def losses_named(tree):
    """Identifiers, imports and whole strings of a module that name a loss; prose may."""
    for node in ast.walk(tree):
        named = {
            ast.Name: lambda n: n.id,
            ast.Attribute: lambda n: n.attr,
            ast.alias: lambda n: n.name,
            ast.keyword: lambda n: n.arg,
            ast.Constant: lambda n: n.value,
        }.get(type(node))
        if named is not None and isinstance(named(node), str) and named(node) in LOSS_NAMES:
            yield named(node)


def losses_named_in_javascript(text):
    """Whole strings, keys and members that name a loss; comments and prose may."""
    code = re.sub(r"//[^\n]*", "", text)
    names = "|".join(map(re.escape, sorted(LOSS_NAMES)))
    return re.findall(
        rf"""['"`](?:{names})['"`]|(?<![\w'"-])(?:{names})\s*:|\.(?:{names})\b""", code
    )


def test_no_loss_is_named_outside_its_file_in_python():
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("web/", "cacr_core/", "pages/")) and not name.startswith(
            MAY_NAME_LOSSES
        ):
            assert not list(losses_named(tree(path))), name


def test_no_loss_is_named_in_javascript():
    modules = sorted((ROOT / "web").rglob("*.js"))
    assert len(modules) > 50
    for path in modules:
        assert not losses_named_in_javascript(path.read_text()), path


def test_the_two_checks_above_can_fail():
    found = losses_named(ast.parse("from x import SSCL\nd = {'cacr': InfoNCE}\nf(infonce=1)"))
    assert sorted(found) == ["InfoNCE", "SSCL", "cacr", "infonce"]
    code = (
        "const USUAL = { cacr: 't' }; // 'sscl'\nif (name === 'sscl' || a.infonce) id = 'cacr-tab';"
    )
    assert losses_named_in_javascript(code) == ["cacr:", "'sscl'", ".infonce"]


# --- the browser's modules

SCRIPTS = sorted((ROOT / WEB).rglob("*.js"))
NAMED = re.compile(r"""(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']+)'""")


def script_imports(path):
    """Paths below web/ of the modules that a browser's module names."""
    here = path.relative_to(ROOT / WEB).parent.as_posix()
    code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)  # types stand there
    return {posixpath.normpath(f"{here}/{name}") for name in NAMED.findall(code)}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(ROOT / WEB).as_posix())
def test_a_view_imports_the_kit_and_itself_and_the_kit_itself_alone(path):
    own = path.relative_to(ROOT / WEB).parent.as_posix()
    assert own == "kit" or re.fullmatch(r"\w+/view", own), "where a browser's modules lie"
    assert {posixpath.dirname(name) for name in script_imports(path)} <= {own, "kit"}


def test_no_two_modules_of_the_browser_import_each_other():
    graph = {p.relative_to(ROOT / WEB).as_posix(): script_imports(p) for p in SCRIPTS}
    assert sum(map(len, graph.values())) > 100
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("name", sorted(p.stem for p in (ROOT / "benchmarks").glob("[!_]*.py")))
def test_every_benchmark_finds_what_it_measures(name):
    importlib.import_module(f"benchmarks.{name}")
