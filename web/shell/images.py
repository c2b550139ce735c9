"""Which images to train on: a known dataset, its download, or a folder or zip of one's own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.shell.whole import whole

OWN = "own"


def dataset_choice(prefix: str) -> None:
    """The widgets that decide `PREFIX_dataset` in the session.

    Args:
        prefix: Of the page's keys in `st.session_state`.
    """
    from cacr_core import data

    names = [*data.DATASETS, OWN]
    chosen = st.session_state[f"{prefix}_dataset"]
    if f"{prefix}_dataset_name" not in st.session_state or chosen in data.DATASETS:
        st.session_state[f"{prefix}_dataset_name"] = chosen if chosen in data.DATASETS else OWN
    name = st.selectbox(
        "Images",
        names,
        format_func=lambda n: data.DATASETS[n].title if n != OWN else "Your own images",
        key=f"{prefix}_dataset_name",
        on_change=_take_dataset,
        args=(prefix,),
    )
    if name == OWN:
        st.text_input(
            "Folder or zip of images",
            key=f"{prefix}_own_path",
            value=chosen if chosen not in data.DATASETS else "",
            placeholder="/home/me/pictures",
            help="Folders inside it are taken as classes, to look at and never to train with.",
            on_change=_take_own_path,
            args=(prefix,),
        )
        _upload(prefix)
    else:
        st.caption(data.DATASETS[name].note[:1].upper() + data.DATASETS[name].note[1:] + ".")
        if not data.is_here(name):
            _offer_download(name)


@whole
def _take_dataset(prefix: str) -> None:
    name = st.session_state[f"{prefix}_dataset_name"]
    st.session_state[f"{prefix}_dataset"] = (
        name if name != OWN else st.session_state.get(f"{prefix}_own_path", "")
    )


@whole
def _take_own_path(prefix: str) -> None:
    path = st.session_state[f"{prefix}_own_path"].strip()
    st.session_state[f"{prefix}_dataset"] = path
    if path and not Path(path).expanduser().exists():
        st.session_state[f"{prefix}_error"] = (
            f"There is no folder or zip at {path[:200]}. Check the path; it is one of the machine "
            "the app runs on."
        )


def _upload(prefix: str) -> None:
    sent = st.file_uploader("or drop a zip", type="zip", max_upload_size=200, key=f"{prefix}_zip")
    if sent is None:
        return
    place = shelf.runs_folder() / ".images" / f"{sent.file_id}.zip"
    if not place.exists():
        files.write_bytes(place, sent.getvalue())
        st.session_state[f"{prefix}_dataset"] = str(place)
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
