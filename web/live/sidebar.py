"""What to train: preset, images and settings, and a look at the views they make."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from cacr_core.losses import Setting
from web.settings.fields import (
    NEGATIVES,
    RUN_FIELDS,
    field_of,
    is_labelled,
    kind_of,
    loss_title,
)
from web.shell.images import dataset_choice, may_read
from web.shell.options import spoken
from web.shell.plain import plain
from web.shell.reading import LOOKED_AT_EVERY, contents_of, is_being_read
from web.shell.session import Shown, chosen_settings, recorded_id, take_preset


def choices(shown: Shown) -> None:
    """Preset and dataset."""
    from cacr_core.presets import PRESETS

    st.selectbox(
        "Preset",
        list(PRESETS),
        format_func=spoken(lambda name: PRESETS[name].title),
        key="live_preset",
        persist_state="session",
        on_change=take_preset,
    )
    lines = list(PRESETS[st.session_state["live_preset"]].watch)
    if shown.id not in (None, recorded_id()):
        lines.append("This is said of the recorded run, not of the one shown.")
    st.caption("  \n".join(lines))
    dataset_choice("live")


def settings() -> None:
    """All that a preset decides, open to change; what is reached for first stands open."""
    with st.expander("Settings", expanded=True):
        from cacr_core.losses import LOSSES

        st.selectbox(
            "Loss",
            list(LOSSES),
            format_func=spoken(loss_title),
            key="live_loss",
            persist_state="session",
        )
        say_labels_enter(st.session_state["live_loss"])
        _loss_widgets(leading=True)
        left, right = st.columns(2, gap="small", vertical_alignment="bottom")
        with left:
            _number("n_views")
        with right:
            _number("batch_size")
    with st.expander("More settings"):
        _loss_widgets(leading=False)
        st.divider()
        _number("n_synthetic")
        if st.session_state["live_n_synthetic"]:
            from cacr_core.pairs import MIXINGS

            _number("pool_size")
            words = {name: rule.words for name, rule in MIXINGS.items()}
            st.selectbox(
                "Mixing",
                list(words),
                format_func=spoken(words.__getitem__),
                key="live_mixing",
                persist_state="session",
            )
        st.selectbox(
            "Negatives (released sampling is for CACR)",
            list(NEGATIVES),
            format_func=spoken(NEGATIVES.__getitem__),
            key="live_negatives",
            persist_state="session",
        )
        st.divider()
        from cacr_core.models import BACKBONES

        st.selectbox(
            "Backbone",
            list(BACKBONES),
            format_func=spoken(lambda key: BACKBONES[key].title),
            key="live_backbone",
            persist_state="session",
        )
        st.selectbox(
            "Dimensions of the head",
            sorted({2, 3, 64, 128, st.session_state["live_embedding_dim"]}),
            key="live_embedding_dim",
            persist_state="session",
        )
        _number("n_steps")
        known = RUN_FIELDS["seconds"]
        st.number_input(
            known.label,
            key="live_seconds",
            persist_state="session",
            min_value=known.least,
            format="%g",
            step=known.step,
            help=known.help,
        )
        for key in ("seed", "n_probes", "snapshot_every", "n_states"):
            _number(key)
        loss_widget("live_optimizer", RUN_FIELDS["optimizer"], "")
        st.number_input(
            "learning rate",
            key="live_lr",
            persist_state="session",
            min_value=min(RUN_FIELDS["lr"].least, st.session_state["live_lr"]),
            format="%g",
            step=0.001,
        )
        st.number_input(
            "weight decay",
            key="live_weight_decay",
            persist_state="session",
            min_value=0.0,
            format="%g",
            step=0.0001,
        )
        device_and_precision("live")


def say_labels_enter(loss: str) -> None:
    """In red, that a loss is told the labels, where it is."""
    if is_labelled(loss):
        from cacr_core.losses import LABELS_ENTER

        st.markdown(f":red[{LABELS_ENTER}]")


def _loss_widgets(leading: bool) -> None:
    """The chosen loss's own settings: those that lead, or the rest."""
    name = st.session_state["live_loss"]
    for key, value in chosen_settings().items():
        loss, _, setting = key.partition(".")
        if setting and loss == name and field_of(name, setting).leads == leading:
            loss_widget(f"live_{key}", field_of(name, setting), value)


def device_and_precision(prefix: str, **more: Any) -> None:
    """Where the network trains, and in which arithmetic."""
    from cacr_core.training import PRECISIONS
    from cacr_core.training.devices import offered

    names = offered()
    if st.session_state.get(f"{prefix}_device") not in names:  # of another machine
        st.session_state[f"{prefix}_device"] = "auto"
    st.selectbox("Device", names, key=f"{prefix}_device", persist_state="session", **more)
    st.selectbox(
        RUN_FIELDS["precision"].label.capitalize(),
        list(PRECISIONS),
        format_func=spoken(PRECISIONS.__getitem__),
        key=f"{prefix}_precision",
        persist_state="session",
        help=RUN_FIELDS["precision"].help,
        **more,
    )


def whole_number(name: str, key: str, **more: Any) -> None:
    """The widget of a run's setting that is a whole number.

    Args:
        key: Of the widget.
    """
    known = RUN_FIELDS[name]
    st.number_input(
        f"{known.label} {known.symbol}".strip(),
        min_value=int(known.least),
        step=int(known.step),
        key=key,
        persist_state="session",
        help=known.help,
        **more,
    )


def _number(name: str) -> None:
    whole_number(name, f"live_{name}")


def loss_widget(
    key: str,
    known: Setting,
    value: Any,
    on_change: Callable[..., None] | None = None,
    args: Any = (),
) -> None:
    """The widget that fits a setting of a loss, by the type of its value."""
    label = f"{known.label}, {known.symbol}" if known.symbol else known.label
    kind = kind_of(value, known)
    if kind == "bool":
        st.checkbox(
            label, key=key, persist_state="session", help=known.help, on_change=on_change, args=args
        )
    elif kind == "text":
        st.text_input(
            label, key=key, persist_state="session", help=known.help, on_change=on_change, args=args
        )
    elif kind == "choice":
        assert known.choices is not None
        st.selectbox(
            label,
            list(known.choices),
            format_func=spoken(known.choices.__getitem__),
            key=key,
            persist_state="session",
            help=known.help,
            on_change=on_change,
            args=args,
        )
    else:
        st.slider(
            label,
            min(known.least, value),
            max(known.most, value),
            step=known.step,
            key=key,
            persist_state="session",
            help=known.help,
            on_change=on_change,
            args=args,
        )


def preview() -> None:
    """What the views do to an image."""
    with st.expander("What a view is"):
        name = st.session_state["live_dataset"]
        if not may_read(name):
            st.info("Choose images above to see what a view does to them.")
            return
        try:
            size = st.session_state["live_image_size"]
            if is_being_read(name, size):
                st.info("The images are being read; then a view of them is shown here.")
                return
            while_ = int(time.monotonic() / LOOKED_AT_EVERY)
            images, labels, alts = _views_of(
                name, st.session_state["live_seed"], size, contents_of(name, while_)
            )
        except (ValueError, OSError) as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        told = "which views are of one image, and of which class, as shown."
        if not is_labelled(st.session_state["live_loss"]):
            told = "only which views are of one image; labels never enter training."
        st.caption(f"An image, then the views that a batch would see. The loss is told {told}")
        for start in range(0, len(images), 4):
            for column, image, caption, alt in zip(
                st.columns(4),
                *(part[start : start + 4] for part in (images, labels, alts)),
                strict=False,
            ):
                column.image(image, caption=caption, alt=alt, width="stretch")


@st.cache_data(max_entries=8, show_spinner=False)
def _views_of(
    name: str, seed: int, size: int, contents: str
) -> tuple[list[Any], list[str], list[str]]:
    """Three images with three views each, row by row: arrays, captions, and what each shows."""
    from cacr_core import data, views
    from cacr_core.training import draws

    n_train = 16 if name in data.DATASETS else None
    side = data.size_of(name, size)
    some = data.load(name, n_probes=16, n_held_out=16, n_train=n_train, seed=seed, size=side).probe
    recipe = views.recipe_for(name, size)
    images: list[Any] = []
    labels: list[str] = []
    alts: list[str] = []
    rounds = [
        views.to_uint8(views.make_view(some.images[:3], recipe, draws(seed, f"probe-{v}", 0)))
        for v in range(3)
    ]
    for i in range(min(3, len(some))):
        images.append(some.images[i].permute(1, 2, 0).numpy())
        label = int(some.labels[i])
        word = some.class_names[label] if label >= 0 else "unlabelled"
        images += [r[i].permute(1, 2, 0).numpy() for r in rounds]
        labels += [word, "", "", ""]
        alts += [f"image, {word}", *(f"view {v + 1} of it" for v in range(3))]
    return images, labels, alts
