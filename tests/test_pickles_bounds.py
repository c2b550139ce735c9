"""A small pickle asks for little: what its steps share is counted each time that it is met."""

import io
import struct
import tracemalloc

import pytest

from cacr_core.checkpoints import Refused, bounds, known, open_file, pickles
from cacr_core.checkpoints.danger import names_in
from cacr_core.checkpoints.objects import key_text
from tests.exploits import called, named, program, tensor, text
from tests.hostile import MACHINE, MAGIC, zipped


def put(n):
    return b"r" + struct.pack("<I", n)


def get(n):
    return b"j" + struct.pack("<I", n)


def opened(folder, body):
    (folder / "file").write_bytes(zipped(program(body)))
    return open_file(folder / "file")


def kept(value, n=0):
    """Steps that put a value into the memo and leave nothing on the stack."""
    return value + put(n) + b"0"


def each(step, times):
    """A list of what the same steps give again and again."""
    return b"](" + step * times + b"e"


def test_a_set_that_is_filled_step_by_step_is_one_list():
    n = 3000
    body = b"\x8f" + b"".join(b"(N\x90" + put(k) for k in range(n))
    tracemalloc.start()
    read = pickles.loads(io.BytesIO(program(body)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read.value == [None] * n
    assert peak < 8 * n * 100  # copies of it would take half of n times n references


def rows(n):
    return b"(" + b"K\x01" * n + b"t"


TWICE = get(0) + b"\x85R"
COPIED = {
    "a text's bytes": kept(text("a" * 9000)) + each(
        named("_codecs.encode") + b"(" + get(0) + text("latin1") + b"tR", 3
    ),
    "the text of a device": kept(text("a" * 9000)) + each(
        named("torch.device") + get(0) + get(0) + b"\x86R", 2
    ),
    "items of a set": kept(rows(150)) + each(named("builtins.set") + TWICE, 3),
    "an ordered dict": kept(b"](" + (text("a") + b"N\x86") * 150 + b"e") + each(
        named("collections.OrderedDict") + TWICE, 3
    ),
    "what a call leaves over": kept(rows(150)) + each(
        named("torch._utils._rebuild_parameter") + get(0) + b"R", 3
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COPIED)
def test_what_calls_copy_of_one_value_is_counted_each_time(name, tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "COPIED", 20_000)
    with pytest.raises(Refused, match="bytes of copies, and at most 20,000 are read"):
        opened(tmp_path, COPIED[name])
    monkeypatch.setattr(bounds, "COPIED", 40_000)
    opened(tmp_path, COPIED[name])


def test_copies_are_counted_over_all_pickles_of_an_old_file(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "COPIED", 20_000)
    one = program(named("_codecs.encode") + b"(" + text("a" * 6000) + text("latin1") + b"tR")
    assert pickles.loads(io.BytesIO(one)).value == b"a" * 6000
    begin = b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little") + b"."
    (tmp_path / "file").write_bytes(begin + one * 4)
    with pytest.raises(Refused, match="bytes of copies"):
        open_file(tmp_path / "file")


def test_names_are_not_put_together_without_end(tmp_path):
    longer = named("builtins.getattr") + get(0) + text("b" * 300) + b"\x86R"
    with pytest.raises(Refused, match="1,206 characters in a name"):
        opened(tmp_path, kept(named("a.B")) + kept(longer) * 4 + b"N")
    with pytest.raises(Refused, match="characters in a name"):
        opened(tmp_path, text("a" * 5000) + text("b") + b"\x93")


def test_names_of_a_refused_file_are_listed_without_those_that_no_file_has():
    body = named("os.system") + kept(text("a" * 5000)) + get(0) + get(0) + b"\x93"
    assert names_in(io.BytesIO(program(body)), 0) == ["os.system"]


def test_the_code_of_a_type_is_hashed_only_if_it_is_a_text():
    class Row(tuple):
        __slots__ = ()

        def __hash__(self):
            raise AssertionError("a row of rows, twice each, takes for ever")

    with pytest.raises(known.Strange):
        known.dtype(Row())
    assert known.dtype("f8").code == "f8"


def test_keys_of_storages_are_compared_only_if_they_are_texts(tmp_path):
    parts = [b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little") + b".", program(b"M\xe9\x03")]
    machine = b"}(" + b"".join(text(k) + b"K\x01" for k in MACHINE) + b"u"
    towers = b"](" + (b"N" + b"\x85" * 3000) * 2 + b"e"
    parts += [program(machine), program(b"}"), program(towers)]
    (tmp_path / "file").write_bytes(b"".join(parts))
    with pytest.raises(Refused, match="its list of storages is not that of its tensors"):
        open_file(tmp_path / "file")


# --- keys


def nested(depth, wide=2):
    key = None
    for _ in range(depth):
        key = (key,) * wide
    return key


def test_an_entrys_key_of_rows_in_rows_is_no_name(tmp_path):
    found = opened(tmp_path, b"}N" + b"2\x86" * 14 + b"Ns")
    assert list(found.unread.values()) == ["an entry whose key is an object"]
    assert key_text(nested(40)) is None
    assert key_text(nested(8, 6)) is None  # six to the eighth
    assert key_text(("",) * 600) is None
    assert key_text((1, ("a", None))) == "(1, (a, None))"


# --- walks


def module(**parts):
    state = b"".join(text(key) + value for key, value in parts.items())
    return named("a.Module") + b")\x81}(" + state + b"ub"


def entries(n, value):
    return b"}(" + b"".join(text(str(k)) + value for k in range(n)) + b"u"


LEAF = module(_parameters=b"}", _modules=b"}")
SHARED = {
    "modules that share their children": kept(LEAF) + each(
        module(_parameters=b"}", _modules=entries(100, get(0))), 6
    ),
    "modules in modules": kept(LEAF) + kept(
        module(_parameters=b"}", _modules=entries(30, get(0))), 1
    ) + each(module(_parameters=b"}", _modules=entries(30, get(1))), 1),
    "attributes that objects share": kept(
        b"}(" + text("_parameters") + b"}" + text("_modules") + b"}"
        + b"".join(text(str(k)) + b"N" for k in range(200)) + b"u"
    ) + each(named("a.Module") + b")\x81" + get(0) + b"b", 10),
    "arguments that objects share": kept(rows(200)) + each(
        named("a.B") + get(0) + b"\x81", 10
    ),
    "a dict of one key": kept(b"}(" + (text("a") + b"N") * 200 + b"u") + each(get(0), 10),
    "buffers that are not saved": kept(b"(" + text("b") * 1200 + b"t")
    + each(module(_parameters=b"}", _modules=b"}", _non_persistent_buffers_set=get(0)), 1),
    "long keys of a row": kept(b"(" + b"N" * 100 + b"t") + b"}(" + (get(0) + b"N") * 4 + b"u",
}  # fmt: skip


@pytest.mark.parametrize("name", SHARED)
def test_what_objects_share_is_counted_each_time_it_is_met(name, tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "NODES", 1000)
    with pytest.raises(Refused, match="values, and at most 1,000 are read"):
        opened(tmp_path, SHARED[name])
    monkeypatch.setattr(bounds, "NODES", 6000)
    opened(tmp_path, SHARED[name])


def test_a_modules_state_dict_is_read_as_before(tmp_path):
    own = b"}(" + text("weight") + kept(tensor(), 5)[:-1] + text("gone") + get(5) + b"u"
    parts = {"_parameters": b"}", "_buffers": own, "_modules": b"}"}
    inner = module(**parts, _non_persistent_buffers_set=b"(" + text("gone") + b"t")
    outer = module(_parameters=b"}", _modules=b"}" + text("a") + inner + b"s")
    assert list(opened(tmp_path, outer).tensors) == ["a.weight"]


def test_a_modules_path_is_bounded(tmp_path):
    inner = LEAF
    for _ in range(4):
        inner = module(_parameters=b"}", _modules=b"}" + text("a" * 300) + inner + b"s")
    with pytest.raises(Refused, match="1,203 characters in a name"):
        opened(tmp_path, inner)


def test_a_path_of_two_long_names_and_an_array_of_no_possible_shape_are_cut(tmp_path):
    path = called("pathlib.PosixPath", text("a" * 5000), text("b" * 5000))
    shape = b"(" + b"K\x02" * 40 + b"t"
    state = b"(K\x01" + shape + called("numpy.dtype", text("f8")) + b"\x89" + text("") + b"t"
    array = called("numpy.core.multiarray._reconstruct") + state + b"b"
    found = opened(tmp_path, b"}(" + text("p") + path + text("a") + array + b"u")
    assert len(found.facts["p"]) == bounds.TEXT
    assert " x " not in found.unread["a"]
