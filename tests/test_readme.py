import re
from pathlib import Path

from cacr_core.losses import pair_pulls
from cacr_core.pairs import pair_views
from tests.test_pairs import random_embeddings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_readmes_loss_is_one():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {"__name__": "hinge"}
    exec(code, names)
    pairs = pair_views(random_embeddings())
    record = names["Hinge"]()(pairs)
    assert record.neg_weights.shape == pairs.neg.shape
    pulls = pair_pulls(names["Hinge"](), pairs)
    assert (pulls.pos > 0).all()
    assert (pulls.neg[pairs.neg < 1] < 0).all()


def test_what_the_readme_names_exists():
    for target in re.findall(r"\]\(([\w./-]+?)(?:#[\w-]+)?\)", README):
        assert (ROOT / target).exists(), target
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE):
        assert f"\n{target}:" in makefile, target
