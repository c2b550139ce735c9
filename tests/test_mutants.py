"""The list of mutants keeps up with the code; whether tests notice them is `benchmarks.mutants`."""

import ast

import pytest

from benchmarks.mutants import ROOT, TESTS, read_mutants


@pytest.mark.parametrize("mutant", read_mutants(), ids=lambda m: f"{m.area}: {m.what}")
def test_the_mutant_can_be_made_and_is_another_program(mutant):
    text = (ROOT / "cacr_core" / mutant.path).read_text()
    assert text.count(mutant.before) == 1
    changed = text.replace(mutant.before, mutant.after)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))


def test_there_are_as_many_as_promised_and_each_area_has_tests_that_exist():
    assert len(read_mutants()) >= 70
    for names in TESTS.values():
        assert all((ROOT / "tests" / name).exists() for name in names.split())
