"""What the Checkpoints page is set to: from the address and the session, and back.

A file is named by a reference, never by a path: `shipped:NAME`, `here:NAME` (in checkpoints/),
`folder:K:NAME` (in the K-th folder the user named), `hub:OWNER/NAME` (in the cache of the Hub),
`run:ID`, `run:ID@STEP` (a moment that a run keeps), or `upload`.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import streamlit as st

from cacr_core import data
from cacr_core.checkpoints import Card, Opened, card_of, hub, open_file
from cacr_core.checkpoints.bounds import Refused
from cacr_core.checkpoints.facts import moment_of
from cacr_core.checkpoints.folders import NO_WEIGHTS, is_generic, main_file, weights_in
from cacr_core.checkpoints.opening import inside
from cacr_core.runs import folder as files
from cacr_core.runs import shelf, states
from cacr_core.runs.shelf import ENCODERS as SHIPPED
from cacr_core.scores import PROTOCOLS
from web.checkpoints.overrides import forget_by_hand, from_link, overrides, to_link
from web.shell import carried, roles
from web.shell.private import Private

HERE = SHIPPED.parent
PANELS = {
    "card": "What it is",
    "features": "Under a loss",
    "classes": "Class by class",
    "two": "Against another",
    "course": "Over its training",
    "inside": "Inside",
    "away": "Take away",
}
ASKS = ("classes", "neighbours", "layers", "weights", "clouds")  # of two files
FIRST = "shipped:cacr-shapes"
MOST_LISTED = 200
MOST_UPLOAD = 200  # MB


class Shown(NamedTuple):
    """A file that was opened, and what it is."""

    reference: str
    opened: Opened
    card: Card

    @property
    def name(self) -> str:
        """What a person calls it: by its file, and by its folder where the file's name alone says
        nothing; a model of the Hub by its name there, a run by its id and the moment."""
        kind, _, of = self.reference.partition(":")
        if kind == "hub":
            return of
        if kind == "folder":
            return _name_in_folder(of, self.opened.path)
        if kind == "here":
            return _distinct(PurePosixPath(of), _in(HERE), HERE.name)
        if kind != "run":
            return self.opened.path.stem
        run = of.partition("@")[0]
        moment = moment_of(None, self.card.settings)
        return f"{run} at {moment}" if moment else run

    @property
    def file_name(self) -> str:
        """The same as the beginning of a file's name."""
        return self.name.replace(" ", "-").replace("/", "-").replace(",", "")


def _name_in_folder(of: str, path: Path) -> str:
    """Of a file in a folder that was named; by its own name once that folder is not any more."""
    number, _, name = of.partition(":")
    known = folders()
    if number not in map(str, range(len(known))):
        return path.stem
    folder = known[int(number)]
    return _distinct(PurePosixPath(name), _weights_in(folder), folder.name)


def _distinct(name: PurePosixPath, beside: list[Path], folder: str) -> str:
    """The stem of a file's name; its place where that is generic, or another's as well.

    Args:
        name: Relative to the folder.
        beside: All files there.
    """
    stem = name.stem
    if not is_generic(name.name) and sum(one.stem == stem for one in beside) < 2:
        return stem
    return f"{folder}/{name}" if len(name.parts) < 2 else str(name)


def read_address() -> None:
    """Take the choices from the address, once a session; before any widget."""
    if "checkpoints_a" not in st.session_state:
        link = st.query_params.to_dict()
        panel = link.get("panel", "card")
        st.session_state["checkpoints_folders"] = ""
        st.session_state["checkpoints_a"] = link.get("a", FIRST)
        st.session_state["checkpoints_b"] = link.get("b", "")
        st.session_state["checkpoints_panel"] = panel if panel in PANELS else "card"
        dataset = data.named_by_link(link.get("dataset", ""))
        st.session_state["checkpoints_dataset"] = dataset if data.is_offered(dataset) else ""
        by_hand = from_link(link.get("by_hand", ""))
        a = st.session_state["checkpoints_a"]
        st.session_state["checkpoints_override"] = {a: by_hand} if by_hand else {}
        st.session_state["checkpoints_layer"] = link.get("layer", "")
        seen = link.get("layer_two", "features")  # by which the papers score
        st.session_state["checkpoints_layer_two"] = seen
        vote = link.get("vote", "")
        st.session_state["checkpoints_vote"] = vote if vote in PROTOCOLS else next(iter(PROTOCOLS))
        ask = link.get("ask", "classes")
        st.session_state["checkpoints_ask"] = ask if ask in ASKS else "classes"
        text = link.get("n_probes", "256")
        known = text.isascii() and text.isdigit() and len(text) < 5
        st.session_state["checkpoints_n_probes"] = min(2000, max(16, int(text) if known else 256))


def write_address() -> None:
    """Let the address say what the page shows; after all widgets."""
    names = "a b panel dataset layer layer_two vote ask n_probes folders".split()
    kept = {name: st.session_state[f"checkpoints_{name}"] for name in names}
    told = {name: kept[name] for name in ("a", "b", "panel", "layer", "n_probes")}
    told |= {name: kept[name] for name in ("layer_two", "vote", "ask") if kept["panel"] == "two"}
    if data.is_offered(kept["dataset"]):  # the path of a folder stays here
        told["dataset"] = data.name_in_link(kept["dataset"])
    if own := overrides(kept["a"]):
        told["by_hand"] = to_link(own)
    params = {k: str(v) for k, v in told.items() if v not in ("", None)} | {"v": "1"}
    carried.write(params)


def folders() -> list[Path]:
    """Those that CACR_FOLDERS names, then those that a person at this machine did, one a line."""
    lines = st.session_state["checkpoints_folders"].splitlines() if roles.me().is_local else []
    named = [data.place_named(line) for line in lines if line.strip()]
    return [*(place for place in data.offered_places() if os.path.isdir(place)), *named]


def references() -> dict[str, str]:
    """What can be picked: reference -> what a person reads."""
    found = {f"shipped:{path.stem}": f"{path.stem} (ships with the app)" for path in _in(SHIPPED)}
    found |= {f"here:{p.name}": f"{p.name} (in checkpoints/)" for p in _in(HERE)}
    for k, folder in enumerate(folders()):
        found |= {
            f"folder:{k}:{p.as_posix()}": f"{p.as_posix()} (in {folder.name})"
            for p in _weights_in(folder)
            if data.is_text(p.as_posix())
        }
    for name in st.session_state.get("checkpoints_from_hub", {}):
        found[f"hub:{name}"] = f"{name} (from the Hub)"
    if "checkpoints_uploaded" in st.session_state:
        found["upload"] = f"{st.session_state['checkpoints_uploaded'].name} (uploaded)"
    looked_at = {
        (st.session_state.get(f"checkpoints_{side}") or "").removeprefix("run:").partition("@")[0]
        for side in "ab"
    }
    for run in shelf.list_runs():
        folder = shelf.runs_folder() / run.id
        if not run.is_comparison and (folder / "encoder.safetensors").is_file():
            found[f"run:{run.id}"] = f"{run.title} (a run, step {run.step:,})"
            if run.id in looked_at:
                found |= {
                    f"run:{run.id}@{step}": f"{run.title} (the same run at step {step:,})"
                    for step in states.kept_steps(folder)
                }
    return found


def label_of(reference: str) -> str:
    """What a person reads of a file that a link names and no list holds."""
    kind, _, name = reference.partition(":")
    try:
        path_of(reference)
    except (ValueError, OSError):
        return "not here any more"
    return f"{name} (from the Hub)" if kind == "hub" else name.rpartition(":")[2]


def path_of(reference: str) -> Path:
    """The file of a reference, links resolved and inside a folder that may be read.

    Raises:
        ValueError: There is no such file there.
    """
    kind, _, name = reference.partition(":")
    if kind == "shipped":
        return _within(SHIPPED, SHIPPED / f"{name}.safetensors", name)
    if kind == "here":
        return _within(HERE, HERE / name, name)
    if kind == "folder":
        number, _, name = name.partition(":")
        known = folders()
        if number in map(str, range(len(known))):
            return _linked(known[int(number)] / name, known[int(number)])
        raise ValueError("This file is in a folder that has not been named here. Name it again.")
    if kind == "hub" and roles.me().is_owner:
        fetched = st.session_state.get("checkpoints_from_hub", {})
        if folder := fetched.get(name) or hub.cached(name):
            return _linked(main_file(folder), folder)
    if kind == "run":
        name, _, step = name.partition("@")
        folder = shelf.find(name)
        is_step = step.isascii() and step.isdigit() and len(step) < 9
        path = states.state_path(folder, int(step)) if is_step else folder / "encoder.safetensors"
        return _within(shelf.runs_folder(), path, name)
    if reference == "upload" and "checkpoints_uploaded" in st.session_state:
        return Path(st.session_state["checkpoints_uploaded"])
    raise _not_here(reference)


def _linked(path: Path, folder: Path) -> Path:
    """A file of the folder with its links resolved. One in the Hub's cache keeps its own name, by
    which its configuration and its other parts lie beside it; the blob that it links to has none.
    """
    real = inside(path, [folder])
    return path if real.parent.name == "blobs" else real


def _within(folder: Path, path: Path, name: str) -> Path:
    """A file of a folder of the app's own, whose place is nobody's business."""
    try:
        return inside(path, [folder])
    except Refused:
        raise _not_here(name) from None


def _not_here(name: str) -> ValueError:
    return ValueError(f"There is no file called {name[:80]!r} here. Choose one from the list.")


def open_reference(reference: str, **override: Any) -> Shown:
    """Open a file and say what it is; names and shapes only.

    Raises:
        ValueError: It is not there, or was refused; the sentence says why.
    """
    return open_path(reference, path_of(reference), **override)


def open_path(reference: str, path: Path, **override: Any) -> Shown:
    """The same of a file that the page itself has made or found."""
    if path.is_dir():
        path = main_file(path)
    status = path.stat()
    opened = _opened(path, status.st_size, status.st_mtime_ns)
    return Shown(reference, opened, card_of(opened, **override))


@st.cache_resource(max_entries=8, show_spinner=False)
def _opened(path: Path, size: int, written: int) -> Opened:
    """Names and shapes in a file, read once while it stays as it is."""
    return open_file(path)


def take_upload(content: bytes, name: str) -> None:
    """Keep an uploaded file in a private folder that goes with the session or the next upload.

    Raises:
        ValueError: It is larger than uploads may be, or who runs the script may not upload.
    """
    roles.check("upload")
    if len(content) > MOST_UPLOAD * 2**20:
        raise ValueError(
            f"An upload has at most {MOST_UPLOAD} MB, got {len(content) / 2**20:,.0f}. Name the "
            "folder it is in instead."
        )
    if old := st.session_state.pop("checkpoints_upload_folder", None):
        old.gone()
    folder = Private()
    path = folder.path / (Path(name).name or "upload")
    files.write_bytes(path, content)
    forget_by_hand("upload")
    st.session_state["checkpoints_upload_folder"] = folder
    st.session_state["checkpoints_uploaded"] = path
    st.session_state["checkpoints_a"] = "upload"


@st.cache_data(ttl=5, max_entries=16, show_spinner=False)
def _weights_in(folder: Path) -> list[Path]:
    """Looked through again after some seconds, not at every rerun; none where it may not be."""
    return weights_in(folder, MOST_LISTED) if os.path.isdir(folder) else []


def _in(folder: Path) -> list[Path]:
    try:
        found = [p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")]
    except OSError:
        return []
    return sorted(p for p in found if p.suffix.lower() not in NO_WEIGHTS)[:MOST_LISTED]
