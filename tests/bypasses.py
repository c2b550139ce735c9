"""How scanners of pickles were got past, as published (advisories on picklescan, fickling and
modelscan, 2023 to 2026): what a list forgot to name, and files that a scanner reads otherwise than
a loader.

Each is a file by what it is called. FORMS are live where pickles are trusted, so that a test can
see that they mean what they say.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Callable

from tests import exploits, hostile
from tests.exploits import MARK, REDUCE, STOP, called, named, program, row, table, tensor, text

FORGOTTEN = """
    pkgutil.resolve_name importlib.import_module importlib.util.find_spec importlib.reload
    operator.attrgetter operator.methodcaller _operator.attrgetter functools.partial
    functools.reduce marshal.loads types.CodeType types.FunctionType ctypes.CDLL
    ctypes.util._get_soname timeit.timeit timeit.main cProfile.run cProfile.runctx profile.run
    profile.Profile.runctx trace.Trace.runctx pdb.run bdb.Bdb.run
    code.InteractiveInterpreter.runcode codeop.compile_command doctest.debug_script pydoc.locate
    pydoc.pipepager webbrowser.open mailcap.findmatch
    idlelib.pyshell.ModifiedInterpreter.runcode idlelib.run.Executive.runcode
    idlelib.autocomplete.AutoComplete.get_entity idlelib.calltip.get_entity
    idlelib.debugobj.ObjectTreeItem.SetText lib2to3.pgen2.grammar.Grammar.loads
    lib2to3.pgen2.pgen.ParserGenerator.make_label pip.main pip._internal.main ensurepip._run_pip
    venv.create distutils.file_util.write_file distutils.spawn.spawn
    asyncio.unix_events._UnixSubprocessTransport._start uuid._get_command_stdout
    _osx_support._read_output _aix_support._read_cmd_output _pyrepl.pager.pipe_pager
    _posixsubprocess.fork_exec multiprocessing.util.spawnv_passfds pty.spawn runpy._run_code
    imaplib.IMAP4_stream nntplib.NNTP smtplib.SMTP ftplib.FTP telnetlib.Telnet
    ssl.get_server_certificate http.client.HTTPSConnection urllib.request.urlopen
    xmlrpc.client.ServerProxy socket.create_connection logging.config.listen logging.FileHandler
    logging.config._resolve linecache.getline shelve.open dbm.open sqlite3.connect tarfile.open
    zipfile.ZipFile shutil.rmtree tempfile.mktemp io.FileIO _io.FileIO io.open_code
    fileinput.input builtins.open builtins.compile builtins.__import__ builtins.breakpoint
    builtins.help test.support.script_helper.assert_python_ok unittest.main
    unittest.mock._importer site.main cgitb.lookup typing.get_type_hints
    dataclasses.make_dataclass collections.namedtuple string.Formatter.format weakref.finalize
    atexit.register threading.Timer sched.scheduler concurrent.futures.ThreadPoolExecutor
    signal.signal gc.get_objects inspect.getsource pickle.loads _pickle.loads pickle.Unpickler
    pickletools.dis copyreg._reconstructor copyreg.__newobj__ cloudpickle.loads dill.loads
    joblib.load jsonpickle.decode yaml.unsafe_load pandas.read_pickle
    pandas.core.computation.eval.eval numpy.load numpy.lib.npyio.load
    numpy.f2py.crackfortran.getlincoef numpy.f2py.crackfortran._eval_length
    numpy.f2py.crackfortran.param_eval numpy.testing._private.utils.runstring
    numpy.testing._private.utils.rundocs numpy.distutils.exec_command.exec_command numpy.memmap
    numpy.vectorize torch.load torch.serialization.load torch.jit.load
    torch.jit.unsupported_tensor_ops.execWrapper torch.hub.load torch.package.PackageImporter
    torch.storage._load_from_bytes torch.classes.load_library torch.ops.load_library
    torch.utils._config_module.ConfigModule.load_config torch.utils._config_module.load_config
    torch.utils.bottleneck.__main__.run_cprofile
    torch.utils.bottleneck.__main__.run_autograd_prof torch.utils.collect_env.run
    torch.utils.cpp_extension.load_inline torch.utils.data.datapipes.utils.decoder.basichandlers
    torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression
    torch.fx.graph_module._forward_from_src torch._dynamo.guards.GuardBuilder.get
    torch._inductor.codecache.compile_file
    torch._inductor.runtime.compile_tasks._reload_python_module torch.distributed.rpc.rpc_sync
    torch.testing._internal.common_utils.run_tests torch._utils._rebuild_wrapper_subclass
    torch._tensor._rebuild_from_type_v2
    transformers.utils.import_utils.direct_transformers_import mlflow.pyfunc.load_model
    nltk.data.load scipy.io.loadmat sklearn.utils._testing.ignore_warnings requests.get
    aiohttp.ClientSession setuptools.sandbox.run_setup pkg_resources.run_script
    antigravity.geohash this.s nturl2path.url2pathname rlcompleter.Completer.attr_matches
""".split()
"""What scanners' lists had not, or had under another name."""


def forms() -> dict[str, bytes]:
    """Pickles that run `touch CANARY` when they are loaded, by how they are not seen to."""
    touch = text(f"touch '{exploits.CANARY}'")
    call = row(touch) + REDUCE
    system = called("pkgutil.resolve_name", text("os:system"))
    binary = lambda word: b"U" + bytes([len(word)]) + word.encode()  # noqa: E731  # SHORT_BINSTRING
    confused = binary("os") + b"q\x00" + binary("system") + b"q\x01"
    confused += text("torch._utils") + b"\x940" + text("_rebuild_tensor_v2") + b"\x940"
    good = table((text("w"), tensor()))
    inner = program(named("os.system") + call).decode("latin1")
    module = called("importlib.import_module", text("os"))
    mapped = called("builtins.map", named("os.system"), b"](" + touch + b"e")
    return {
        "a function fetched by its name": program(system + call),
        "a module, then a part of it": program(
            called("builtins.getattr", module, text("system")) + call
        ),
        "its outcome thrown away": program(named("os.system") + call + b"0" + good),
        "before the stream breaks": b"\x80\x02" + named("os.system") + call + b"\xff\xff",
        "cut off after the call": b"\x80\x04" + named("os.system") + call,
        "a memo that is counted otherwise": program(confused + b"h\x00h\x01\x93" + call),
        "names put together from bytes": program(
            binary("posix") + binary("system") + b"\x93" + call
        ),
        "a name with its escapes": program(b"Vo\\u0073\nVsystem\n\x93" + call),
        "through a partial": program(
            called("functools.partial", named("os.system"), touch) + row() + REDUCE
        ),
        "through map and list": program(
            called("builtins.list", mapped)
        ),
        "a pickle in a pickle": program(
            called("_pickle.loads", called("_codecs.encode", text(inner), text("latin1")))
        ),
        "a class by INST": b"(" + touch + b"iposix\nsystem\n" + STOP,
        "an object by OBJ": b"(" + named("posix.system") + touch + b"o" + STOP,
        "in a second pickle": pickle.dumps({}) + program(named("os.system") + call),
    }  # fmt: skip


def archives(pickled: bytes) -> dict[str, bytes]:
    """Torch's zip around a pickle, spoilt so that a reader by the book stops where torch reads on,
    or reads another entry than torch."""
    whole = hostile.zipped(pickled)
    good = program(table((text("w"), tensor())))
    central = whole.rindex(b"PK\1\2", 0, whole.index(b"PK\5\6"))
    first = whole.index(b"PK\1\2")
    info = zipfile.ZipInfo("archive/hidden.p")
    before, listed = whole[:first], whole[first:]
    other = (b"archive/data.pkl", b"archive/dat_.pkl")
    return {
        "as it is": whole,
        "a wrong checksum": _at(whole, first + 16, b"\0\0\0\0"),
        "a checksum wrong before the entry": _at(whole, 14, b"\xff\xff\xff\xff"),
        "said to be encrypted": _at(_at(whole, 6, b"\x01"), first + 8, b"\x01"),
        "said to be encrypted in the list alone": _at(whole, first + 8, b"\x01"),
        "another name in the list": before + listed.replace(*other),
        "another name before the entry": before.replace(*other) + listed,
        "of another way to be packed": _at(whole, first + 10, struct.pack("<H", 99)),
        "a folder of more": _at(whole, central + 42, struct.pack("<I", 0)),
        "hidden under another ending": hostile.zipped(good, more=((info, pickled),)),
        "twice of one name": hostile.zipped(good, more=(("archive/data.pkz", pickled),)).replace(
            b"archive/data.pkz", b"archive/data.pkl"
        ),
        "squeezed": hostile.zipped(pickled, compression=zipfile.ZIP_DEFLATED),
        "behind a good file": hostile.zipped(good) + pickled,
        "before a good file": pickled + hostile.zipped(good),
        "behind safetensors": hostile.torn(
            {"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}
        )
        + whole,
        "as a script's constants": hostile.zipped(good, more=(("archive/constants.pkl", pickled),)),
        "in 7z's clothes": b"7z\xbc\xaf\x27\x1c" + pickled,
        "an array of objects": _array(pickled),
        "a file of 2019": hostile.legacy(pickled),
        "in its own machine": hostile.legacy(good, machine=pickled),
    }  # fmt: skip


def files() -> dict[str, bytes]:
    """All of them: each name called in four ways, each form alone and in every archive."""
    found: dict[str, bytes] = {}
    argument = text(f"touch '{exploits.CANARY}'")
    ways: dict[str, Callable[[str], bytes]] = {
        "called": lambda name: called(name, argument),
        "by its two words": lambda name: b"".join(map(text, name.rpartition(".")[::2]))
        + b"\x93"
        + row(argument)
        + REDUCE,
        "made": lambda name: named(name) + row(argument) + b"\x81",
        "by INST": lambda name: MARK + argument + "i{}\n{}\n".format(
            *name.rpartition(".")[::2]
        ).encode(),
    }  # fmt: skip
    for name in FORGOTTEN:
        for way, step in ways.items():
            pickled = program(table((text("w"), tensor()), (text("x"), step(name))))
            found[f"{name} {way}"] = hostile.zipped(pickled)
    for form, pickled in forms().items():
        found[form] = pickled
        found |= {f"{form}, {name}": raw for name, raw in archives(pickled).items()}
    return found


def _at(raw: bytes, place: int, other: bytes) -> bytes:
    return raw[:place] + other + raw[place + len(other) :]


def _array(pickled: bytes) -> bytes:
    """A .npy of objects, whose content is a pickle."""
    buffer = io.BytesIO(b"\x93NUMPY\x01\x00")
    buffer.seek(0, 2)
    head = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    head = head.ljust(117) + b"\n"
    buffer.write(struct.pack("<H", len(head)) + head + pickled)
    return buffer.getvalue()
