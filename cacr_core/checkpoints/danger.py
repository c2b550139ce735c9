"""Names in a pickle that would do harm where pickles are run: such files are refused whole.

Nothing that a file names is ever run here, so that the lists change only which files are opened
and what is said of them. They cannot be complete, and do not have to be.
"""

from __future__ import annotations

import _compat_pickle
import io
import pickletools
from typing import Any

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Refused, check, cut

MODULES = frozenset(
    "posix nt os sys subprocess shutil socket runpy importlib pty code ctypes webbrowser urllib"
    " http requests pip pickle asyncio tempfile timeit pdb bdb cProfile profile marshal commands"
    " operator _operator _pickle platform pydoc doctest trace ensurepip venv _io idlelib lib2to3"
    " distutils setuptools dill joblib cffi zipimport multiprocessing pkgutil site linecache"
    " inspect gc httplib urllib2 aiohttp ftplib smtplib telnetlib popen2 xmlrpc sqlite3 codeop"
    " nturl2path antigravity rlcompleter _thread".split()
)
"""Whatever stands in them."""
THROUGH = frozenset(
    "os posix nt sys subprocess builtins importlib ctypes socket __builtins__ __globals__"
    " __subclasses__ __mro__ __dict__ __code__ __loader__ __getattribute__ __import__".split()
)
"""Reached through a module of any other name."""
LAST = frozenset("system popen eval exec execfile runstring _load_from_bytes".split())
"""What is called so in any module."""
PACKAGES = (
    "torch.hub", "torch.serialization.load", "torch.jit.load", "torch.jit._serialization",
    "torch.jit.unsupported_tensor_ops", "torch.package",
    "torch.utils.cpp_extension",
    "torch.utils.model_zoo", "torch.utils.bottleneck", "torch.utils.collect_env",
    "torch.utils._config_module", "torch.testing", "torch.load", "torch.ops", "torch.classes",
    "torch.distributed.rpc", "torch.fx.experimental.symbolic_shapes", "numpy.load", "numpy.loads",
    "numpy.f2py", "numpy.testing", "numpy.distutils", "numpy.fromfile", "numpy.memmap",
    "logging.config", "pandas.read_pickle", "cloudpickle.load", "types.CodeType",
    "types.FunctionType", "io.open", "io.FileIO", "io.open_code", "uuid._get_command_stdout",
)  # fmt: skip
WITHIN = tuple(f"{package}." for package in PACKAGES)
HARMLESS = frozenset(
    "object slice range frozenset set list dict tuple int float str bool bytes bytearray complex"
    " type Ellipsis NotImplemented getattr map filter zip enumerate reversed sorted sum min max"
    " abs len print round any all property staticmethod classmethod super".split()
)
"""Of Python's own; its errors are too."""


def runs(name: str) -> bool:
    """Whether a named thing can do harm by itself, rather than being a class or a function that a
    file was made with."""
    module, _, rest = name.partition(".")
    if module == "builtins":
        return rest not in HARMLESS and not rest.endswith(("Error", "Exception", "Warning"))
    parts = name.split(".")
    return (
        module in MODULES
        or parts[-1] in LAST
        or not THROUGH.isdisjoint(parts)
        or name in PACKAGES
        or name.startswith(WITHIN)
    )


def modern(argument: str) -> str:
    """'module name' of a step that names something as 'module.name', as Python 3 calls it."""
    module, _, name = argument.partition(" ")
    module, name = _compat_pickle.NAME_MAPPING.get((module, name), (module, name))
    return f"{_compat_pickle.IMPORT_MAPPING.get(module, module)}.{name}"


def names_in(file: io.BytesIO, begun: int) -> list[str]:
    """What a pickle names, in order, for the sentence that refuses it."""
    file.seek(begun)
    names: dict[str, None] = {}
    memo: dict[int, str | None] = {}
    texts: list[str] = []
    last: str | None = None
    argument: Any  # of the kind that the opcode has
    try:
        for steps, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            check(steps, bounds.OPCODES, "steps")
            step = opcode.name
            if step in ("GLOBAL", "INST"):
                names[modern(argument)] = None
            elif step == "STACK_GLOBAL" and sum(map(len, texts)) <= bounds.NAME and texts[1:]:
                names[modern(" ".join(texts[-2:]))] = None
            if step.endswith("PUT") or step == "MEMOIZE":
                memo[len(memo) if argument is None else argument] = last
                continue
            last = memo.get(argument) if step.endswith("GET") else argument
            last = last if isinstance(last, str) else None
            texts = [*texts[-1:], last] if last is not None else texts
    except ValueError:
        pass  # cut off: what was read so far is named
    return list(names)


def refusal(first: str, file: io.BytesIO, begun: int) -> Refused:
    """For a pickle that names `first`, and perhaps worse."""
    found = list(dict.fromkeys([first, *filter(runs, names_in(file, begun))]))
    also = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    name = cut(first, 120)
    return Refused(
        f"This file would run {name}{also} when loaded; nothing of it was run: "
        "do not load it elsewhere, and ask its author for the weights alone.",
        "foreign",
        first,
        f"# Do not load this file where pickles are run: it would run {name}.\n"
        "# Whoever made it can save the weights alone, where the model is:\n"
        'torch.save(model.state_dict(), "weights.pth")',
    )
