import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cacr_core.losses import CACR, SSCL
from cacr_core.presets import DEFAULT, PRESETS
from cacr_core.training import TrainConfig
from web.settings import links
from web.settings.looks import LIVE, defaults_of

VIEW_DEFAULTS = defaults_of(LIVE)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_alone_is_its_config(preset):
    name, flat, view, ignored = links.read({"preset": preset})
    assert (name, ignored) == (preset, [])
    assert view == VIEW_DEFAULTS | dict(PRESETS[preset].view)
    assert links.config_of(flat) == PRESETS[preset].config
    assert links.write(preset, flat, view) == {"v": "1", "preset": preset}


def test_what_is_written_is_read_back():
    config = TrainConfig(
        loss=SSCL(temperature=0.1234567, detach_weights=True), dataset="digits", n_synthetic=4,
        lr=1e-4, seed=7, embedding_dim=3,
    )  # fmt: skip
    view = VIEW_DEFAULTS | {
        "colour": "factor:hue", "trails": True, "query": 12, "view": 4, "step": 0,
        "group": "batch",
        "lens": {"name": "cacr", "t_neg": 2.5, "detach_weights": True, "n_synthetic": 3},
    }  # fmt: skip
    params = links.write("infonce", links.settings_of(config), view, run="a-run", speed=None)
    assert params["run"] == "a-run"
    assert "speed" not in params
    preset, flat, seen, ignored = links.read(params)
    assert (preset, seen, ignored) == ("infonce", view, [])
    assert links.config_of(flat) == config


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"preset": "best"}, "best"),
        ({"n_views": "1"}, "n_views"),
        ({"n_views": "many"}, "many"),
        ({"lr": "-3"}, "lr"),
        ({"cacr.t_pos": "-1"}, "t_pos"),
        ({"backbone": "brain"}, "brain"),
        ({"colour": "plaid"}, "plaid"),
        ({"layout": "tsne"}, "tsne"),
        ({"lens": "quadruplet"}, "quadruplet"),
        ({"lens": "cacr~t_pos:x"}, "t_pos"),
        ({"query": "-1"}, "query"),
        ({"view": "5"}, "view"),
        ({"step": "-1"}, "step"),
        ({"step": "last"}, "last"),
        ({"trails": "maybe"}, "maybe"),
        ({"utm_source": "x"}, "utm_source"),
        ({"n_synthetic": "4", "pool_size": "60000"}, "60000"),
    ],
)
def test_nonsense_in_a_link_is_ignored_with_a_sentence(params, word):
    _, flat, view, ignored = links.read(params)
    assert len(ignored) == 1
    assert word in ignored[0]
    assert links.config_of(flat) == PRESETS[DEFAULT].config
    assert view == VIEW_DEFAULTS


def test_one_bad_part_of_a_link_does_not_spoil_the_rest():
    _, flat, _, ignored = links.read({"n_views": "x", "seed": "5", "cacr.t_neg": "3.5"})
    config = links.config_of(flat)
    assert len(ignored) == 1
    assert config.seed == 5
    assert config.loss == CACR(t_pos=1.0, t_neg=3.5)


@pytest.mark.parametrize(
    "bad",
    [
        {"loss": "foo"},
        {"mixture": "digits", "mixture_share": "0.5", "dataset": "digits"},
        {"n_synthetic": "4", "pool_size": "60000"},
    ],
)
def test_what_does_not_go_together_in_a_link_leaves_its_other_settings(bad):
    _, flat, _, ignored = links.read({"seed": "5", "cacr.t_neg": "3.5"} | bad)
    assert len(ignored) == 1
    assert links.config_of(flat) == dataclasses.replace(
        PRESETS[DEFAULT].config,
        seed=5,
        loss=CACR(t_pos=1.0, t_neg=3.5),
        dataset=bad.get("dataset", PRESETS[DEFAULT].config.dataset),  # alone it makes sense
    )


@pytest.mark.parametrize(
    "bad, kept",
    [
        ({"loss": "supcon", "host": "queue", "lr": "0.5"}, {"loss": "supcon", "lr": 0.5}),
        (
            {"dataset": "digits", "n_synthetic": "8", "pool_size": "250", "batch_size": "8"},
            {"dataset": "digits", "batch_size": 8},
        ),
    ],
)
def test_only_what_is_in_the_way_is_put_back(bad, kept):
    _, flat, _, ignored = links.read({"preset": "cacr-1"} | bad)
    assert len(ignored) == 1
    usual = links.settings_of(PRESETS["cacr-1"].config)
    assert flat == usual | kept


@given(st.dictionaries(st.sampled_from([*VIEW_DEFAULTS, "seed", "lr", "loss", "x"]), st.text()))
@settings(max_examples=100, deadline=None)
def test_no_link_breaks_the_page(params):
    _, flat, view, _ = links.read(params)
    links.config_of(flat)
    assert view.keys() == VIEW_DEFAULTS.keys()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(list(VIEW_DEFAULTS)), inner),
        max_leaves=6,
    )
)
@settings(max_examples=100, deadline=None)
def test_no_report_of_the_browser_breaks_the_view(report):
    assert links.checked_view(report).keys() == VIEW_DEFAULTS.keys()
