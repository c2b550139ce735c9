"""Which images to train on: a known dataset, its download, or a folder or zip of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from cacr_core.runs import folder as files
from cacr_core.runs import limits, shelf
from web.settings.fields import RUN_FIELDS
from web.shell import roles
from web.shell.hub_set import choose_of_the_hub
from web.shell.options import spoken
from web.shell.plain import plain
from web.shell.reading import say_folder
from web.shell.whole import whole

OWN = "own"
SIZES = (32, 48, 64, 96, 128)
BY_HAND = "images_by_hand"  # in the session: folders and zips that came from a person's own hands


def dataset_choice(prefix: str) -> None:
    """The widgets that decide `PREFIX_dataset` in the session.

    Args:
        prefix: Of the page's keys in `st.session_state`.
    """
    from cacr_core import data

    offered = offered_images()
    may_upload, is_local = not roles.refusal("upload"), roles.me().is_local
    names = [*offered, OWN] if may_upload or is_local else offered
    chosen = st.session_state[f"{prefix}_dataset"]
    if f"{prefix}_dataset_name" not in st.session_state or chosen in offered:
        st.session_state[f"{prefix}_dataset_name"] = chosen if chosen in offered else names[-1]
        if chosen not in offered and OWN not in names:
            st.session_state[f"{prefix}_dataset"] = names[-1]
    name = st.selectbox(
        "Images",
        names,
        format_func=spoken(title_of_images),
        key=f"{prefix}_dataset_name",
        on_change=_take_dataset,
        args=(prefix,),
    )
    if name == OWN:
        if is_local:
            _own_path(prefix, chosen if chosen not in offered else "")
        if may_upload:
            _upload(prefix)
        if roles.me().is_owner:
            choose_of_the_hub(prefix)
    elif name in data.DATASETS:
        st.caption(data.DATASETS[name].note[:1].upper() + data.DATASETS[name].note[1:] + ".")
        if not data.is_here(name):
            _offer_download(name)
    _of_a_folder(prefix)


def _of_a_folder(prefix: str) -> None:
    """The size of its images, and what became of its files, where a folder or zip is chosen."""
    from cacr_core import data

    name = st.session_state[f"{prefix}_dataset"]
    if not name or not may_read(name) or not data.is_here(name) or data.size_of(name, 1) is None:
        return
    known = RUN_FIELDS["image_size"]
    sizes = sorted({*SIZES, int(st.session_state[f"{prefix}_image_size"])})
    size = st.select_slider(
        known.label.capitalize(),
        sizes,
        format_func=lambda n: f"{n} x {n}",
        key=f"{prefix}_image_size",
        help=known.help,
    )
    say_folder(prefix, name, size)


def offered_images() -> list[str]:
    """Known datasets and the places of CACR_FOLDERS, as far as who runs the script may see them:
    the app's own shapes where that is none."""
    from cacr_core import data

    offered = [*data.DATASETS, *data.hub_sets.fetched(), *map(str, data.offered_places())]
    seen = None if roles.me().is_owner else roles.visitors_datasets()
    found = [name for name in offered if seen is None or name in seen or Path(name).name in seen]
    return found or [next(iter(data.DATASETS))]


def title_of_images(name: str) -> str:
    """What a person calls images that may be chosen."""
    from cacr_core import data

    if name == OWN:
        return "Your own images"
    if name in data.DATASETS:
        return data.DATASETS[name].title
    return (
        name.removeprefix(data.hub_sets.MARK)
        if data.hub_sets.is_hub(name)
        else (Path(name).name or name)
    )


def take_by_hand(path: str) -> None:
    """Let a folder be read that somebody at this machine has named, or a zip that was dropped."""
    st.session_state.setdefault(BY_HAND, set()).add(path)


def may_read(name: str) -> bool:
    """Whether who runs the script may have these images read; nothing is looked up for others."""
    return name in offered_images() or name in st.session_state.get(BY_HAND, ())


def check_images(config: Any) -> None:
    """Refuse images that have come from a link, a run or a widget that is not there.

    Args:
        config: Of a run or a comparison.

    Raises:
        ValueError: One of its datasets may not be read by who runs the script.
    """
    config = getattr(config, "shared", config)
    for name in (config.dataset, config.mixture):
        if name and not may_read(name):
            raise ValueError(
                f"{name[:60]!r} is not among the images that you may choose. Choose others."
            )


def take_images_of(folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a run without the images that who opens it may not read.

    A person at this machine may read what a run was trained on here.
    """
    is_from_here = roles.me().is_local and not shelf.is_from_file(folder)
    for key in ("dataset", "mixture"):
        name = settings.get(key, "")
        if name and is_from_here:
            take_by_hand(name)
        elif name and not may_read(name):
            settings = {k: v for k, v in settings.items() if k != key}
            if key == "mixture":
                settings.pop("mixture_share", None)
    return settings


def _own_path(prefix: str, path: str) -> None:
    st.text_input(
        "Folder or zip of images",
        key=f"{prefix}_own_path",
        value=path,
        placeholder="/home/me/pictures",
        help="Its folders, or a table of labels beside the images, say the classes, to look at and "
        "never to train with. A reload of the page forgets it; CACR_FOLDERS, set where the app is "
        "started, keeps it in the list.",
        on_change=_take_own_path,
        args=(prefix,),
    )


@whole
def _take_dataset(prefix: str) -> None:
    name = st.session_state[f"{prefix}_dataset_name"]
    st.session_state[f"{prefix}_dataset"] = (
        name if name != OWN else st.session_state.get(f"{prefix}_own_path", "")
    )


@whole
def _take_own_path(prefix: str) -> None:
    path = st.session_state[f"{prefix}_own_path"].strip()
    if not roles.me().is_local:
        return
    from cacr_core import data

    try:
        is_here = not path or data.is_here(path)
    except ValueError as error:  # no name that a set of the Hub could have
        st.session_state[f"{prefix}_dataset"] = ""
        st.session_state[f"{prefix}_error"] = str(error)
        return
    take_by_hand(path)
    st.session_state[f"{prefix}_dataset"] = path
    if not is_here:
        st.session_state[f"{prefix}_error"] = (
            f"There is no folder or zip at {path[:200]}. Check the path; it is one of the machine "
            "the app runs on."
        )


def _upload(prefix: str) -> None:
    sent = st.file_uploader("or drop a zip", type="zip", max_upload_size=200, key=f"{prefix}_zip")
    if sent is None:
        return
    place = shelf.runs_folder() / shelf.IMAGES / f"{sent.file_id}.zip"
    if not place.exists():
        try:
            roles.check("upload")
            shelf.tidy()
            limits.check_room(shelf.runs_folder())
            files.write_bytes(place, sent.getvalue())
        except (ValueError, OSError) as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        take_by_hand(str(place))
        st.session_state[f"{prefix}_dataset"] = str(place)
        st.rerun()


def _offer_download(name: str) -> None:
    from cacr_core import data

    title = data.DATASETS[name].title
    st.info(f"{title} is not on this machine, or not where it was looked for.")
    if not roles.me().is_owner:
        return
    megabytes = data.DATASETS[name].megabytes
    if st.button(
        f"Download {title}, {megabytes:,} MB", help=f"From its publisher into {data.data_root()}."
    ):
        try:
            with st.spinner(f"Downloading {title}"):
                data.load(name, download=True)
        except (ValueError, OSError) as error:
            st.error(plain(str(error)), icon=":material/error:")
        else:
            st.rerun()
