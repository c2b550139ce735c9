"""The widgets beside the live view: what they are called, what they do, and the address.

Their state is kept in `st.session_state` under `live_...`, plain values only, and in the address.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.fields import LOSS_TITLES, RUN_FIELDS, VIEW_DEFAULTS, Field, field_of, kind_of

EXAMPLE = "example"
INVITE = (
    "Every point is an image the encoder has never been trained on. Press Start to train your own."
)
SPEEDS = {"full": "Full speed", "5": "5 a second", "1": "1 a second"}


class Shown(NamedTuple):
    """The run on the page."""

    id: str | None
    is_example: bool
    state: str | None
    reason: str
    step: int
    invite: str

    @property
    def folder(self) -> Path:
        assert self.id is not None
        return shelf.find(self.id)


def shown_run() -> Shown:
    """The run that the address names, else the recorded example."""
    run_id = st.session_state.get("live_run", st.query_params.get("run"))
    invite = INVITE
    if run_id and run_id != EXAMPLE:
        try:
            folder = shelf.find(run_id)
            st.session_state["live_run"] = run_id
            state, reason = files.status_and_reason(folder)
            steps = files.snapshot_steps(folder)
            recorded = shelf.is_recorded(folder)
            return Shown(run_id, recorded, state, reason, steps[-1] if steps else 0, INVITE)
        except ValueError as error:
            st.session_state.pop("live_run", None)
            invite = f"{error} This is a recorded one."
    try:
        shelf.find(EXAMPLE)
    except ValueError:
        return Shown(None, False, None, "", 0, INVITE)
    return Shown(EXAMPLE, True, "finished", "", 0, invite)


def view() -> dict[str, Any]:
    """How the run is looked at: from the address at first, then as the browser last said.

    Until torch is there to check the address, the defaults: the first view must not wait for it.
    """
    if "live_view" not in st.session_state and "torch" in sys.modules:
        read_address()
    return st.session_state.get("live_view", VIEW_DEFAULTS)


def take_view() -> None:
    """The browser changed how it looks at the run."""
    reported = getattr(st.session_state.get("live"), "view", None)
    if reported is not None:
        st.session_state["live_view"] = _address().checked_view(reported)


def leave_presentation() -> None:
    st.session_state["live_present"] = False


def _address() -> Any:
    """The module that knows all settings; it loads torch, so it is not loaded before the page."""
    return importlib.import_module("web.address")


def read_address() -> None:
    """Take preset, settings and view from the address, once a session."""
    if "live_view" in st.session_state:
        return
    address = _address()
    preset, settings, view, ignored = address.read(st.query_params.to_dict())
    st.session_state["live_view"] = view
    st.session_state["live_preset"] = preset
    st.session_state["live_ignored"] = ignored
    for key, value in settings.items():
        st.session_state[f"live_{key}"] = value
    speed = st.query_params.get("speed", "full")
    st.session_state["live_speed"] = speed if speed in SPEEDS else "full"
    st.session_state["live_present"] = st.query_params.get("present") == "true"
    if view != VIEW_DEFAULTS or st.session_state["live_present"]:
        st.rerun()


def _settings() -> dict[str, Any]:
    names = _address().settings_of(_presets()[st.session_state["live_preset"]].config)
    return {key: st.session_state.get(f"live_{key}", value) for key, value in names.items()}


def _presets() -> Any:
    return importlib.import_module("cacr_core.presets").PRESETS


def write_address(shown: Shown) -> None:
    """Let the address say what the page shows; after all widgets, so that they have spoken."""
    params = _address().write(
        st.session_state["live_preset"],
        _settings(),
        st.session_state["live_view"],
        run=shown.id if shown.id != EXAMPLE else None,
        present="true" if st.session_state.get("live_present") else None,
        speed=s if (s := st.session_state["live_speed"]) and s != "full" else None,
    )
    if params != st.query_params.to_dict():
        st.query_params.from_dict(params)


# --- the run's buttons


def run_buttons(shown: Shown) -> None:
    """Start, Pause, Resume, Step, Stop and Reset, each enabled where it can act."""
    own = shown.id is not None and not shown.is_example
    state = shown.state if own else None
    fresh = state == "paused" and shown.step == 0
    problem = _problem()
    st.button(
        "Start",
        type="primary",
        width="stretch",
        disabled=(state in files.ACTIVE and not fresh) or problem is not None,
        on_click=_start,
        args=(shown,),
        help="Train with the settings below; the page shows it live.",
    )
    left, right = st.columns(2, gap="small")
    left.button(
        "Pause",
        width="stretch",
        disabled=state not in ("running", "waiting"),
        on_click=_request,
        args=(shown,),
        kwargs={"wanted": "pause"},
    )
    right.button(
        "Resume",
        width="stretch",
        disabled=state not in ("paused", "stopped", "lost"),
        on_click=_resume,
        args=(shown,),
    )
    left.button(
        "Step",
        width="stretch",
        disabled=state not in ("paused", "running"),
        on_click=_step,
        args=(shown,),
        help="One update, then wait.",
    )
    right.button(
        "Stop",
        width="stretch",
        disabled=state not in files.ACTIVE,
        on_click=_request,
        args=(shown,),
        kwargs={"wanted": "stop"},
    )
    left.button(
        "Reset",
        width="stretch",
        disabled=not own or problem is not None,
        on_click=_reset,
        args=(shown,),
        help="Step 0 again with the same first weights and the settings below, waiting.",
    )
    right.selectbox(
        "Speed",
        list(SPEEDS),
        format_func=SPEEDS.get,
        key="live_speed",
        on_change=_change_speed,
        args=(shown,),
        label_visibility="collapsed",
    )
    for sentence in st.session_state.get("live_ignored", []):
        st.warning(sentence, icon=":material/link_off:")
    if message := st.session_state.pop("live_error", None):
        st.error(message, icon=":material/error:")
    if problem:
        st.error(problem, icon=":material/error:")


def _problem() -> str | None:
    """Why the settings cannot be trained with, in one sentence."""
    try:
        _address().config_of(_settings())
    except ValueError as error:
        return str(error)
    return None


def _start(shown: Shown, paused: bool = False) -> None:
    settings = _settings()
    try:
        config = _address().config_of(settings)
        if not shown.is_example and shown.state in files.ACTIVE:
            _request(shown, wanted="stop")
        title = f"{LOSS_TITLES[settings['loss']]} on {Path(settings['dataset']).name}"
        preset = _presets()[st.session_state["live_preset"]]
        if preset.config.loss == config.loss:
            title = f"{preset.title}, {Path(settings['dataset']).name}"
        run_id = shelf.new_id(settings["loss"], settings["dataset"])
        folder = shelf.runs_folder() / run_id
        runs.start(config, folder, title, paused=paused)
        _change_speed(Shown(run_id, False, None, "", 0, ""))
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = f"The run could not be started: {error}"
        return
    st.session_state["live_run"] = run_id
    st.session_state["live_ignored"] = []


def _reset(shown: Shown) -> None:
    _start(shown, paused=True)


def _request(shown: Shown, **changes: Any) -> None:
    try:
        runs.request(shown.folder, **changes)
        _await_state(shown, changes["wanted"])
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = f"The run could not be reached: {error}"


def _await_state(shown: Shown, wanted: str) -> None:
    """Wait a moment for the worker to obey, so that the buttons show the new state at once."""
    until = {"pause": ("paused",), "run": ("running",), "stop": ("stopped", "finished", "failed")}
    for _ in range(20):
        if files.status(shown.folder) in until[wanted]:
            return
        time.sleep(0.02)


def _resume(shown: Shown) -> None:
    try:
        if shown.state == "paused":
            runs.request(shown.folder, wanted="run")
            _await_state(shown, "run")
        else:
            runs.resume(shown.folder)
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = f"The run could not be resumed: {error}"


def _step(shown: Shown) -> None:
    try:
        runs.request_step(shown.folder)
        _await_state(shown, "pause")
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = f"The run could not be reached: {error}"


def _change_speed(shown: Shown) -> None:
    speed = st.session_state["live_speed"]
    if shown.id is not None and not shown.is_example:
        runs.request(shown.folder, speed=None if speed == "full" else float(speed))


# --- what to train


def choices() -> None:
    """Preset and dataset."""
    presets = _presets()
    st.selectbox(
        "Preset",
        list(presets),
        format_func=lambda name: presets[name].title,
        key="live_preset",
        on_change=_take_preset,
    )
    st.caption("  \n".join(presets[st.session_state["live_preset"]].watch))
    _dataset_choice()


def _take_preset() -> None:
    config = _presets()[st.session_state["live_preset"]].config
    keep = ("dataset", "seed", "device", "n_probes")
    for key, value in _address().settings_of(config).items():
        if key not in keep:
            st.session_state[f"live_{key}"] = value


def _dataset_choice() -> None:
    from cacr_core import data

    own = "own"
    names = [*data.DATASETS, own]
    chosen = st.session_state["live_dataset"]
    if "live_dataset_name" not in st.session_state or chosen in data.DATASETS:
        st.session_state["live_dataset_name"] = chosen if chosen in data.DATASETS else own
    name = st.selectbox(
        "Images",
        names,
        format_func=lambda n: data.DATASETS[n].title if n != own else "Your own images",
        key="live_dataset_name",
        on_change=_take_dataset,
    )
    if name == own:
        st.text_input(
            "Folder or zip of images",
            key="live_own_path",
            value=chosen if chosen not in data.DATASETS else "",
            placeholder="/home/me/pictures",
            help="Folders inside it are taken as classes, to look at and never to train with.",
            on_change=_take_own_path,
        )
        _upload()
    else:
        st.caption(data.DATASETS[name].note[:1].upper() + data.DATASETS[name].note[1:] + ".")
        if not data.is_here(name):
            _offer_download(name)


def _take_dataset() -> None:
    name = st.session_state["live_dataset_name"]
    st.session_state["live_dataset"] = (
        name if name != "own" else st.session_state.get("live_own_path", "")
    )


def _take_own_path() -> None:
    path = st.session_state["live_own_path"].strip()
    st.session_state["live_dataset"] = path
    if path and not Path(path).expanduser().exists():
        st.session_state["live_error"] = (
            f"There is no folder or zip at {path[:200]}. Check the path; it is one of the machine "
            "the app runs on."
        )


def _upload() -> None:
    sent = st.file_uploader("or drop a zip", type="zip", max_upload_size=200, key="live_zip")
    if sent is None:
        return
    place = shelf.runs_folder() / ".images" / f"{sent.file_id}.zip"
    if not place.exists():
        files.write_bytes(place, sent.getvalue())
        st.session_state["live_dataset"] = str(place)
        st.rerun()


def _offer_download(name: str) -> None:
    from cacr_core import data

    title = data.DATASETS[name].title
    st.info(f"{title} is not on this machine, or not where it was looked for.")
    if st.button(f"Download {title}", help=f"From its publisher into {data.data_root()}."):
        try:
            with st.spinner(f"Downloading {title}"):
                data.load(name, download=True)
        except (ValueError, OSError) as error:
            st.error(f"{error}", icon=":material/error:")
        else:
            st.rerun()


def settings() -> None:
    """All that a preset decides, open to change."""
    with st.expander("Settings"):
        from cacr_core.losses import LOSSES

        name = st.selectbox("Loss", list(LOSSES), format_func=LOSS_TITLES.get, key="live_loss")
        for key, value in _settings().items():
            if key.startswith(f"{name}."):
                _widget(f"live_{key}", field_of(name, key.partition(".")[2]), value)
        st.divider()
        for key in ("n_views", "batch_size", "n_synthetic"):
            _number(key)
        if st.session_state["live_n_synthetic"]:
            from cacr_core.pairs import MIXINGS

            _number("pool_size")
            st.selectbox("Mixing", list(MIXINGS), format_func=MIXINGS.get, key="live_mixing")
        st.selectbox(
            "Negatives (released sampling is for CACR)",
            ["all_views", "later_views"],
            format_func={"all_views": "all views", "later_views": "later views, as released"}.get,
            key="live_negatives",
        )
        st.divider()
        from cacr_core.models import BACKBONES

        st.selectbox(
            "Backbone",
            list(BACKBONES),
            format_func=lambda key: BACKBONES[key].title,
            key="live_backbone",
        )
        st.selectbox("Dimensions of the head", [2, 3, 64, 128], key="live_embedding_dim")
        for key in ("n_steps", "seed", "n_probes", "snapshot_every"):
            _number(key)
        st.number_input("learning rate", key="live_lr", min_value=1e-5, format="%g", step=0.001)
        st.number_input(
            "weight decay", key="live_weight_decay", min_value=0.0, format="%g", step=0.0001
        )
        st.selectbox("Device", ["auto", "cuda", "mps", "cpu"], key="live_device")


def _number(key: str) -> None:
    known = RUN_FIELDS[key]
    st.number_input(
        f"{known.label} {known.symbol}".strip(),
        min_value=int(known.least),
        step=int(known.step),
        key=f"live_{key}",
        help=known.help,
    )


def _widget(key: str, known: Field, value: Any) -> None:
    label = f"{known.label}, {known.symbol}" if known.symbol else known.label
    kind = kind_of(value)
    if kind == "bool":
        st.checkbox(label, key=key, help=known.help)
    elif kind == "choice":
        assert known.choices is not None
        st.selectbox(
            label, list(known.choices), format_func=known.choices.get, key=key, help=known.help
        )
    else:
        st.slider(
            label,
            min(known.least, value),
            max(known.most, value),
            step=known.step,
            key=key,
            help=known.help,
        )


def preview() -> None:
    """What the views do to an image."""
    with st.expander("What a view is"):
        name = st.session_state["live_dataset"]
        try:
            images, labels = _views_of(name, st.session_state["live_seed"])
        except (ValueError, OSError) as error:
            st.error(f"{error}", icon=":material/error:")
            return
        st.caption("An image, then the views that a batch would see. The loss is told only which "
                   "views are of one image; labels never enter training.")  # fmt: skip
        for start in range(0, len(images), 4):
            for column, image, label in zip(
                st.columns(4), images[start : start + 4], labels[start : start + 4], strict=False
            ):
                column.image(image, caption=label, width="stretch")


@st.cache_data(max_entries=8, show_spinner=False)
def _views_of(name: str, seed: int) -> tuple[list[Any], list[str]]:
    """Three images with three views each, as arrays, row by row."""
    from cacr_core import data, views
    from cacr_core.training import draws

    some = data.load(name, n_probes=16, n_held_out=16, n_train=16, seed=seed).probe
    recipe = views.recipe_for(name)
    images: list[Any] = []
    labels: list[str] = []
    rounds = [
        views.to_uint8(views.make_view(some.images[:3], recipe, draws(seed, f"probe-{v}", 0)))
        for v in range(3)
    ]
    for i in range(3):
        images.append(some.images[i].permute(1, 2, 0).numpy())
        label = int(some.labels[i])
        labels.append(some.class_names[label] if label >= 0 else "unlabelled")
        images += [r[i].permute(1, 2, 0).numpy() for r in rounds]
        labels += ["", "", ""]
    return images, labels


# --- the runs there are


def shelf_and_present() -> None:
    """The list of runs, and the switch for a projector."""
    left, right = st.columns(2, gap="small", vertical_alignment="center")
    if left.button("Runs", width="stretch", icon=":material/folder_open:"):
        _show_shelf()
    right.toggle("Present", key="live_present", help="One large panel for a projector; Esc leaves.")


@st.dialog("Runs", width="large")
def _show_shelf() -> None:
    found = shelf.list_runs()
    total = sum(run.n_bytes for run in found)
    st.caption(f"{len(found)} runs, {_size(total)} on disk in {shelf.runs_folder()}.")
    if st.button("Show the recorded example"):
        _open(EXAMPLE)
    if gone := shelf.deleted():
        st.button(f"Undo deleting {gone[0]}", on_click=shelf.undelete, args=(gone[0],))
    for run in found:
        with st.container(border=True):
            name, facts, actions = st.columns([3, 2, 3], vertical_alignment="center")
            name.text_input(
                f"Title of {run.id}",
                run.title,
                key=f"live_title_{run.id}",
                max_chars=80,
                label_visibility="collapsed",
                on_change=_rename,
                args=(run.id,),
            )
            facts.caption(
                f"{run.state}, step {run.step:,} of {run.n_steps:,}  \n"
                f"{run.created.replace('T', ' ')}, {_size(run.n_bytes)}"
            )
            one, two, three = actions.columns(3)
            if one.button("Open", key=f"live_open_{run.id}"):
                _open(run.id)
            two.button(
                "Delete",
                key=f"live_delete_{run.id}",
                disabled=run.state in files.ACTIVE,
                on_click=_delete,
                args=(run.id,),
            )
            three.download_button(
                "Save",
                data=lambda run_id=run.id: shelf.to_zip(shelf.find(run_id)),
                file_name=f"{run.id}.zip",
                mime="application/zip",
                key=f"live_save_{run.id}",
                on_click="ignore",
            )
    sent = st.file_uploader("Open a run file", type="zip", max_upload_size=200)
    if sent is not None:
        try:
            folder = shelf.from_zip(sent.getvalue())
        except ValueError as error:
            st.error(f"{error}", icon=":material/error:")
        else:
            _open(folder.name)


def _open(run_id: str) -> None:
    st.session_state["live_run"] = run_id
    st.rerun()


def _rename(run_id: str) -> None:
    try:
        shelf.rename(shelf.find(run_id), st.session_state[f"live_title_{run_id}"])
    except ValueError as error:
        st.session_state["live_error"] = str(error)


def _delete(run_id: str) -> None:
    try:
        shelf.delete(shelf.find(run_id))
        if st.session_state.get("live_run") == run_id:
            st.session_state["live_run"] = EXAMPLE
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = str(error)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:,.1f} MB" if n_bytes < 2**30 else f"{n_bytes / 2**30:,.1f} GB"
