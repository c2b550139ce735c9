import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cacr_core.losses import CACR, LOSSES, SSCL
from cacr_core.presets import COMPARISONS, DEFAULT_COMPARISON, entry
from cacr_core.runs.comparison import Comparison, Entry
from web.compare import choice, link
from web.compare.session import FIRST_PRESET, FIRST_VIEW
from web.settings.looks import COMPARE, defaults_of

COMPARE_VIEW_DEFAULTS = defaults_of(COMPARE)


def comparison_of(link):
    return choice.comparison_of(link.shared, link.entries, link.baseline)


def written(comparison, preset=DEFAULT_COMPARISON, view=COMPARE_VIEW_DEFAULTS, **other):
    shared, entries = choice.settings_of(comparison)
    return link.write(preset, shared, entries, comparison.baseline, view, **other)


@pytest.mark.parametrize("preset", COMPARISONS)
def test_a_preset_alone_is_its_comparison_with_its_labels(preset):
    asked = link.read({"preset": preset})
    assert comparison_of(asked) == COMPARISONS[preset].comparison
    assert (asked.view, asked.ignored) == (link.preset_view(preset), [])
    assert written(comparison_of(asked), preset, asked.view) == {"v": "1", "preset": preset}


@pytest.mark.parametrize("preset", COMPARISONS)
def test_a_preset_opens_on_what_its_view_says_and_a_links_own_settings_win(preset):
    view = dict(COMPARISONS[preset].view)
    assert view.keys() <= COMPARE_VIEW_DEFAULTS.keys()
    assert link.checked_view(view) == COMPARE_VIEW_DEFAULTS | view
    own = {"series": "alignment", "panel": "seeds", "step": "10", "view": "3", "query": "5"}
    asked = link.read({"preset": preset, "run": "mine"} | own)
    typed = own | {"step": 10, "view": 3, "query": 5}
    assert (asked.view, asked.ignored) == (COMPARE_VIEW_DEFAULTS | view | typed, [])
    assert written(comparison_of(asked), preset, asked.view) == {"v": "1", "preset": preset} | own


def test_a_link_to_a_run_without_a_preset_opens_on_the_defaults():
    assert link.read({"run": "mine"}).view == COMPARE_VIEW_DEFAULTS


def test_a_lens_of_a_preset_can_be_taken_off_in_a_link(monkeypatch):
    lens = {"name": "infonce", "temperature": 0.2}
    preset = COMPARISONS["collapse"]._replace(view={"lens": lens})
    monkeypatch.setitem(COMPARISONS, "collapse", preset)
    asked = link.read({"preset": "collapse"})
    assert asked.view["lens"] == lens
    params = written(comparison_of(asked), "collapse", asked.view | {"lens": None})
    assert params["lens"] == "own"
    assert link.read(params).view["lens"] is None


def test_what_is_written_is_read_back():
    comparison = Comparison(
        (
            entry("cacr-4", "my own", lr=0.02, t_neg=5.0, detach_weights=True),
            entry("sscl", mixing="random", n_synthetic=4),
            entry("infonce"),
        ),
        baseline=2,
    ).with_shared(dataset="digits", seed=7, batch_size=32)
    view = COMPARE_VIEW_DEFAULTS | {
        "series": "class_accuracy_3", "against": "images", "difference": True, "query": 12,
        "baseline": "b", "panel": "moved", "colour": "factor:hue", "step": 30, "view": 4,
        "lens": {"name": "cacr", "t_neg": 2.5, "n_synthetic": 3},
    }  # fmt: skip
    params = written(comparison, "collapse", view, run="a-run", speed=None)
    assert params["run"] == "a-run"
    asked = link.read(params)
    assert asked.ignored == []
    expected = [e.config for e in comparison.entries]
    assert [e.config for e in comparison_of(asked).entries] == expected
    assert comparison_of(asked).entries[0].label == "my own"
    assert (asked.baseline, asked.view) == (2, view)


@pytest.mark.parametrize("name", LOSSES)
def test_a_comparison_of_any_loss_is_written_and_read_back(name):
    plain = entry("cacr-1")
    other = Entry("mine", dataclasses.replace(plain.config, loss=LOSSES[name]()))
    comparison = Comparison((other, plain), 0)
    asked = link.read(written(comparison, "collapse"))
    assert (asked.ignored, comparison_of(asked)) == ([], comparison)


def test_a_custom_entry_may_have_any_loss():
    asked = link.read({"e1": "custom~loss:sscl~sscl.beta:2.5", "entries": "2"})
    assert asked.ignored == []
    first = comparison_of(asked).entries[0]
    assert first.config.loss == SSCL(beta=2.5)
    assert first.label == "SSCL, β 2.5"
    params = link.write(asked.preset, asked.shared, asked.entries, asked.baseline, asked.view)
    assert params["e1"] == "custom~loss:sscl~sscl.beta:2.5"
    assert params["entries"] == "2"


def test_labels_follow_what_differs_and_are_different():
    settings = choice.entry_settings("cacr-1") | {"cacr.t_neg": 5.0, "lr": 0.5}
    labels = choice.labels_of([settings, settings, choice.entry_settings("cacr-4")])
    assert labels == [
        "CACR, one positive, learning rate 0.5, t⁻ 5",
        "CACR, one positive, learning rate 0.5, t⁻ 5 (2)",
        "CACR, four positives",
    ]


def test_a_name_of_blanks_is_no_label():
    blank, spaced = (
        choice.entry_settings("cacr-1") | {"label": said} for said in ("  ", " my  own ")
    )
    assert choice.labels_of([blank, spaced]) == ["CACR, one positive", "my own"]


def test_a_label_has_one_synthetic_and_two_synthetics():
    plain = choice.entry_settings("cacr-1")
    labels = [choice.auto_label(plain | {"n_synthetic": n}) for n in (1, 2)]
    assert labels == ["CACR, one positive, 1 synthetic", "CACR, one positive, 2 synthetics"]


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"preset": "best"}, "best"),
        ({"e1": "quadruplet"}, "quadruplet"),
        ({"e1": "cacr-4~colour:1"}, "colour"),
        ({"e1": "cacr-4~lr"}, "lr"),
        ({"e1": "cacr-4~lr:fast"}, "fast"),
        ({"e2": "cacr-4~lr:-1"}, "lr"),
        ({"e1": "cacr-4~loss:sscl"}, "custom"),
        ({"entries": "5"}, "2 to 4 entries"),
        ({"entries": "1"}, "2 to 4 entries"),
        ({"base": "e"}, "base is the letter"),
        ({"batch_size": "1"}, "batch_size"),
        ({"seed": "x"}, "seed"),
        ({"n_views": "3"}, "n_views"),
        ({"series": "profit"}, "profit"),
        ({"against": "money"}, "money"),
        ({"baseline": "z"}, "baseline"),
        ({"step": "-1"}, "a number of updates"),
        ({"step": "last"}, "step"),
        ({"view": "5"}, "five views, 0 to 4"),
        ({"lens": "quadruplet"}, "quadruplet"),
        ({"utm_source": "x"}, "utm_source"),
        ({"e1": "sscl~pool_size:60000"}, "60000"),
    ],
)
def test_nonsense_in_a_link_is_ignored_with_a_sentence(params, word):
    asked = link.read(params)
    assert len(asked.ignored) == 1
    assert word in asked.ignored[0]
    assert comparison_of(asked) == COMPARISONS[DEFAULT_COMPARISON].comparison
    assert asked.view == link.preset_view(DEFAULT_COMPARISON)


def test_an_entry_that_nothing_describes_is_said_to_be_missing():
    asked = link.read({"preset": "collapse", "e4": "infonce"})
    assert len(comparison_of(asked).entries) == 4
    asked = link.read({"preset": "collapse", "entries": "4"})
    assert "Entry 4 is not described" in asked.ignored[0]


def test_one_bad_part_of_a_link_does_not_spoil_the_rest():
    asked = link.read({"e1": "what", "e2": "cacr-1~cacr.t_pos:3", "seed": "5"})
    assert len(asked.ignored) == 1
    second = comparison_of(asked).entries[1].config
    assert (second.loss, second.seed) == (CACR(t_pos=3.0), 5)


def test_what_does_not_go_together_leaves_what_else_the_link_says():
    asked = {"preset": DEFAULT_COMPARISON, "mixture": "digits", "mixture_share": "0.5"}
    found = link.read(asked | {"dataset": "digits", "batch_size": "48"})
    shared = link.read({"preset": DEFAULT_COMPARISON}).shared
    assert found.shared == shared | {"dataset": "digits", "batch_size": 48}
    assert len(found.ignored) == 1 and "instead" in found.ignored[0]


def test_a_bad_entry_leaves_what_all_share():
    found = link.read(
        {"preset": DEFAULT_COMPARISON, "seed": "5", "e1": "n_synthetic:8~pool_size:5"}
    )
    assert found.shared["seed"] == 5
    assert len(found.ignored) == 1
    assert comparison_of(found)


def test_what_is_shown_before_torch_is_there_is_the_default_preset_as_it_opens():
    assert FIRST_PRESET == DEFAULT_COMPARISON
    assert FIRST_VIEW == link.preset_view(DEFAULT_COMPARISON)


def test_every_setting_of_a_config_is_shared_or_an_entrys_own():
    shared, entries = choice.settings_of(COMPARISONS["broken"].comparison)
    config = dataclasses.asdict(COMPARISONS["broken"].comparison.shared)
    assert set(config) - {"loss"} == set(shared) | {k for k in entries[0] if k in config} - {"loss"}


KEYS = [*COMPARE_VIEW_DEFAULTS, "seed", "e1", "e4", "entries", "base", "x"]


@given(st.dictionaries(st.sampled_from(KEYS), st.text()))
@settings(max_examples=60, deadline=None)
def test_no_link_breaks_the_page(params):
    asked = link.read(params)
    comparison_of(asked)
    assert asked.view.keys() == COMPARE_VIEW_DEFAULTS.keys()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(list(COMPARE_VIEW_DEFAULTS)), inner),
        max_leaves=6,
    )
)
@settings(max_examples=60, deadline=None)
def test_no_report_of_the_browser_breaks_the_view(report):
    assert link.checked_view(report).keys() == COMPARE_VIEW_DEFAULTS.keys()
