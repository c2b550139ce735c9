"""What the name of a checkpoint says: which number is an epoch, and of which training it is."""

from __future__ import annotations

import re
from typing import NamedTuple

from cacr_core.checkpoints.folders import GENERIC, without_ending

EPOCH, STEP = frozenset({"epoch", "epochs", "ep", "e"}), frozenset(
    "step steps iter iters iteration iterations it its updates global_step".split()
)  # fmt: skip
NUMBER = re.compile(
    r"(?P<word>[a-z]*)(?P<gap>[-_=. ]*)(?P<text>\d+(?:\.\d+)?(?:e[-+]?\d{1,2})?)"
    r"(?P<thousand>k?)(?P<unit>epochs|epoch|ep|e|steps|step|iters|iter|its|it)?(?![a-z\d])"
)
AGAIN = re.compile(r"-v\d+$")  # of a file that Lightning saves beside one of the same name
NAME_OF_VALUE = re.compile(r"[a-z\d]+=-?$")
SCORES = frozenset("loss acc acc1 top top1 accuracy knn auc map f1 score".split())
MAYBE_SCORES = frozenset(  # a moment may stand behind them, as in train_10
    "val valid train test auroc ap iou miou dice error err mse rmse mae psnr ssim fid recall"
    " precision".split()
)
# what a number right behind is of, where it says nothing else
FILES = GENERIC | frozenset(
    "net network state dict pytorch global snapshot save pth chkpt cp current end".split()
)
# what a number is that tells trainings apart, not moments of one
OF_OTHERS = frozenset(
    "seed run fold trial split version v rank gpu part exp job bs batch lr dim size patch"
    " resnet resnext vit deit convnext cifar imagenet".split()
)
KNOWN = {  # networks and data sets that a gap may part from their own numbers
    word: frozenset(own.split())
    for word, own in {
        "vgg": "11 13 16 19", "wrn": "16 28 40", "swin": "", "in": "100 1k 21k 22k", "stl": "10",
        "caltech": "101 256", "places": "205 365", "food": "101", "cub": "200",
    }.items()
}  # fmt: skip
MAYBE_OF_OTHERS = KNOWN.keys() | frozenset(  # a moment may stand behind them, as in scale_10
    "rate wd decay momentum t tau temp temperature alpha beta gamma lambda lam eps sigma margin"
    " drop dropout mixup cutmix ratio frac width scale smoothing weight p prob noise".split()
)
SAYS_NOTHING = FILES | SCORES | MAYBE_SCORES | EPOCH | STEP
MOST_DIGITS = 7
# how surely it says when
BY_EPOCH, BY_LENGTH, BY_STEP, BARE, IN_DOUBT, AT_A_WORD = 6, 5, 4, 3, 2, 1


class _Number(NamedTuple):
    """A number in a name: of what, where, and how surely it says when; 0 is no moment."""

    start: int
    end: int
    value: int
    rank: int
    is_score: bool
    of_others: str
    is_in_word: bool


def number_in(stem: str) -> int | None:
    """The epoch in a file's name, without its ending; else the step; else the last number that is
    of nothing else, such as a seed or a network's depth."""
    found = [one for one in _numbers(stem.lower()) if one.rank]
    most = max((one.rank for one in found), default=0)
    return next((one.value for one in reversed(found) if one.rank == most), None)


def is_step(stem: str) -> bool:
    """Whether what `number_in` finds counts steps, not epochs."""
    return max((one.rank for one in _numbers(stem.lower())), default=0) == BY_STEP


def length_in(name: str) -> int | None:
    """What a file's name says, as `800ep` does, of how long it was trained, or may say, as
    `simclr800` does: its own training, or one that it is a moment of."""
    found = _numbers(_stem_of(name))
    most = max((one.rank for one in found), default=0)
    if most not in (BY_LENGTH, AT_A_WORD):
        return None
    return next(one.value for one in reversed(found) if one.rank == most)


def pattern_of(name: str, is_stored: bool = False) -> str:
    """A file's name but for the numbers that say when it was saved and how it did then.

    Args:
        is_stored: Its epoch is, so that a number right at a word need not be a moment.
    """
    stem = _stem_of(name)
    found = _numbers(stem)
    most = max((one.rank for one in found), default=0)
    surest = [one for one in found if one.rank and one.rank == most]
    if is_stored and most == AT_A_WORD:
        surest = []
    moments = surest if most >= BY_STEP else surest[-1:]
    for one in reversed(found):
        if one.is_score or one in moments or one.rank == BY_STEP:
            stem = f"{stem[: one.start]}#{stem[one.end :]}"
    return stem


def words_in(name: str) -> frozenset[str]:
    """What a file's name says of its training: words that are not said of every file, with the
    numbers right at them, and numbers of what tells trainings apart, such as a seed. Empty of
    `model_best.pth.tar`."""
    return _words(_stem_of(name))


def _stem_of(name: str) -> str:
    """Without its ending, and without the `-v1` of a second file of one name: behind a name that
    says nothing or a moment, as it is no version of a model there."""
    stem = without_ending(name.lower())
    first = AGAIN.sub("", stem)
    is_again = not _words(first) or any(one.rank >= BY_STEP for one in _numbers(first))
    return first if is_again else stem


def _words(stem: str) -> frozenset[str]:
    if stem in GENERIC:
        return frozenset()
    left, found = list(stem), set()
    for one in _numbers(stem):
        start = one.start
        if one.of_others:
            found.add(one.of_others)
        if one.is_score and (named := NAME_OF_VALUE.search(stem[:start])):
            start = named.start()
        if not one.is_in_word:
            left[start : one.end] = " " * (one.end - start)
    for word in re.split(r"[^a-z\d]+", "".join(left)):
        plain = word.rstrip("0123456789")
        is_told = any(one.startswith(word) for one in found)
        if plain and not {plain, word} & SAYS_NOTHING and not is_told:
            found.add(word)
    return frozenset(found)


def _numbers(stem: str) -> list[_Number]:
    found = []
    for match in NUMBER.finditer(stem):
        word, gap, text = match["word"], match["gap"], match["text"]
        follows = stem[: match.start()][-1:].isalnum()  # the word stands right behind a number
        is_set = not gap or "=" in gap or not text.isdigit()  # the word's own, so no moment
        may_be_other = word in MAYBE_OF_OTHERS
        is_other = (
            word in OF_OTHERS
            or (not gap and word not in FILES and _is_of_model(word))
            or (may_be_other and (is_set or text + match["thousand"] in KNOWN.get(word, "")))
        )
        is_measured = "." in text or (not text.isdigit() and "=" in gap)
        is_lone = not word or word in FILES or "=" in gap
        is_score = (
            word in SCORES
            or (word in MAYBE_SCORES and is_set)
            or (is_measured and is_lone and not is_other)
        )
        rank = 0
        if text.isdigit() and len(text.lstrip("0")) <= MOST_DIGITS and not is_score:
            rank = _rank(match, word, follows, is_other)
        if rank == BARE and (may_be_other or word in MAYBE_SCORES):
            rank, is_other, is_score = IN_DOUBT, may_be_other, not may_be_other
        sign = int(is_score and gap.endswith("=-"))
        is_at_word = not (gap or follows or not word or word in FILES)
        found.append(
            _Number(
                match.start("text") - sign,
                match.end("thousand"),
                int(text) * (1000 if match["thousand"] else 1) if text.isdigit() else 0,
                rank,
                is_score,
                f"{word}{text}" if is_other else "",
                is_at_word and rank <= AT_A_WORD and not (is_score or is_other),
            )
        )
    return _settled(found)


def _settled(found: list[_Number]) -> list[_Number]:
    """Of those in doubt the last is a moment, where nothing else in the name says when more surely;
    the others are what their words say."""
    most = max((one.rank for one in found), default=0)
    doubted = [one for one in found if one.rank == IN_DOUBT]
    moment = doubted[-1] if doubted and most == IN_DOUBT else None
    settled = []
    for one in found:
        if one is moment:
            one = one._replace(is_score=False, of_others="")
        elif one.rank == IN_DOUBT:
            one = one._replace(rank=0)
        settled.append(one)
    return settled


def _rank(match: re.Match[str], word: str, follows: bool, is_other: bool) -> int:
    unit = match["unit"] or ""
    if follows and word == "e":  # of 1e-3, or of a hash
        return 0
    if word in EPOCH:
        return BY_EPOCH
    if unit in EPOCH:
        return BY_LENGTH
    if word in STEP or unit in STEP:
        return BY_STEP
    if is_other:
        return 0
    if match["gap"] or not word or word in FILES:
        return BARE
    return 0 if follows or len(word) == 1 else AT_A_WORD


def _is_of_model(word: str) -> bool:
    """Whether a number right at a word is no moment, as in densenet121, mocov2 and vitb16."""
    return word.endswith(("net", "v")) or word.startswith("vit")
