"""Which module may import what, read from the source and, where it matters, seen at run time."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cacr_core.losses import LOSSES

ROOT = Path(__file__).parents[1]
CORE = "cacr_core"

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
    "runs": {"data", "presets", "snapshot", "training"},
    "presets": {"losses", "runs", "training"},
    "layouts": {"neighbours", "runs"},
    "projections": {"layouts"},
    "papers": {
        "data",
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
        "papers",
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
        "presets",
        "runs",
        "training",
    },
}
ONLY_IN = {
    "streamlit": ("app.py", "frame.py", "pages/", "web/"),
    "starlette": ("app.py", "web/"),
    "plotly": ("web/checkpoints/figures/",),
    "umap": ("cacr_core/layouts/",),
}
# where a loss may be named: its own file, what is set up with it, and the papers it comes from
MAY_NAME_LOSSES = ("cacr_core/losses/", "cacr_core/papers/", "cacr_core/presets/")
MAY_NAME_LOSSES += ("cacr_core/forces/presets.py", "web/forces/presets.py")
LOSS_NAMES = set(LOSSES) | {cls.__name__ for cls in LOSSES.values()}


def sources():
    tops = [ROOT / "app.py", ROOT / "frame.py"]
    folders = [ROOT / name for name in ("cacr_core", "pages", "web", "benchmarks")]
    return tops + [path for folder in folders for path in sorted(folder.rglob("*.py"))]


def imports(path):
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return set(names)


def core_module(path):
    part = path.relative_to(ROOT / CORE).parts[0]
    return part.removesuffix(".py")


@pytest.mark.parametrize("module", sorted(MAY_IMPORT))
def test_core_module_imports_only_what_stands_below_it(module):
    paths = [p for p in (ROOT / CORE).rglob("*.py") if core_module(p) == module]
    assert paths, f"{module} is gone: take it out of MAY_IMPORT"
    for path in paths:
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("cacr_core.")}
        assert ours - {module} <= MAY_IMPORT[module], path


def test_every_core_module_has_its_rule():
    found = {core_module(p) for p in (ROOT / CORE).rglob("*.py")} - {"__init__"}
    assert found == set(MAY_IMPORT)


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
            assert not list(losses_named(ast.parse(path.read_text()))), name


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
