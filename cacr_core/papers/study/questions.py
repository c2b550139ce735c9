"""The questions of the study, before anything is trained: what answers each, and what is claimed.

A question is answered by a contrast: a sum of arms' accuracies with weights that sum to 0, worked
out seed by seed. It is above 0 where what the paper claims is so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cacr_core.papers.tasks import Arm, arm

# which classes are rare is drawn for each seed: else what is rare and what is hard are one
LINEAR = {"imbalance": "linear", "rare": "seed"}
EXPONENTIAL = {"imbalance": "exponential", "rare": "seed"}
SPOILED = {"duplicates": 0.3, "noise_images": 0.3}

FOUR, ONE, BASE, SSCL = arm("cacr-4"), arm("cacr-1"), arm("infonce"), arm("sscl")
EVEN_PULL, EVEN_PUSH = arm("uniform-attraction"), arm("uniform-repulsion")
MIXING, HARD, DEBIASING = arm("mixing"), arm("hard"), arm("debiasing")
T_POS = tuple(arm("cacr-4", t_pos=t) for t in (2.0, 4.0))
T_NEG = tuple(arm("cacr-4", t_neg=t) for t in (1.0, 2.0, 4.0))
IMBALANCED = tuple(
    arm(loss, **how) for how in (LINEAR, EXPONENTIAL) for loss in ("infonce", "cacr-1", "cacr-4")
)
UNCURATED = tuple(arm(loss, **SPOILED) for loss in ("infonce", "cacr-1", "cacr-4"))
BATCHES = tuple(
    arm(loss, batch_size=n) for n in (32, 128) for loss in ("infonce", "cacr-1", "sscl")
)
TWO = arm("cacr-4", n_views=3)
# as many views in all as one positive sees
TWO_EVEN = arm("cacr-4", n_views=3, share_of_steps=2 / 3)
FOUR_EVEN = arm("cacr-4", share_of_steps=2 / 5)
QUEUED = tuple(arm(loss, host="queue", queue_size=1_024) for loss in ("infonce", "cacr-1", "sscl"))


Contrast = tuple[tuple[Arm, float], ...]


class Question(NamedTuple):
    """One question.

    Attributes:
        id: A short name for it.
        title: The question.
        contrast: Arms with their weights.
        better, worse: What is so where the contrast is above 0, and below; whole clauses that an
            amount follows.
        nothing: What was not found where its interval holds 0.
        claim: What a paper says of it, as the end of "that ..."; empty where none does.
        also: What else differs between the arms that are compared, a whole clause; of questions
            without a claim.
        decide: What would have to be run to decide, after "to decide it,".
        arms: The rows of its table, the first being what differences are taken from.
        groups: How many arms in a row of `arms` are compared with the first of them; 0 for all.
        parts: Further contrasts by name, which the answer tells of, too.
    """

    id: str
    title: str
    contrast: Contrast
    better: str
    worse: str
    nothing: str
    claim: str
    decide: str
    arms: tuple[Arm, ...]
    groups: int = 0
    parts: tuple[tuple[str, Contrast], ...] = ()
    also: str = ""


def _less(a: Arm, b: Arm) -> Contrast:
    return ((a, 1.0), (b, -1.0))


def _more_there(a: Arm, b: Arm, there: Mapping[str, Any]) -> Contrast:
    """By how much more a leads b there than it does otherwise."""
    a_there, b_there = (arm(one.loss, **there) for one in (a, b))
    return (*_less(a_there, b_there), *_less(b, a))


CIFAR = "run `python -m cacr_core reproduce cacr-cifar10`"
APART = "every run with an `--out` of its own"  # else all of a recipe go into one folder
QUESTIONS: tuple[Question, ...] = (
    Question(
        "attraction",
        "Does contrastive attraction help?",
        _less(FOUR, EVEN_PULL),
        "Weighing far positives more (four positives, t⁺ 1) is better than weighing all alike, by",
        "Weighing far positives more (four positives, t⁺ 1) is worse than weighing all alike, by",
        "No difference was found between weighing far positives more (four positives, t⁺ 1) and "
        "weighing all alike",
        "contrasting positives among themselves helps (CACR)",
        f"{CIFAR} and the same with `--t-pos 0`, over three seeds each, {APART}",
        (EVEN_PULL, FOUR, *T_POS),
    ),
    Question(
        "repulsion",
        "Does contrastive repulsion help?",
        _less(FOUR, EVEN_PUSH),
        "Weighing near negatives more is better than weighing all alike, by",
        "Weighing near negatives more is worse than weighing all alike, by",
        "No difference was found between weighing near negatives more and weighing all alike",
        "contrasting negatives among themselves helps (CACR)",
        f"{CIFAR} and the same with `--t-neg 0`, over three seeds each, {APART}",
        (EVEN_PUSH, *T_NEG, FOUR),
    ),
    Question(
        "imbalance",
        "Is CACR more robust to imbalance?",
        _more_there(FOUR, BASE, EXPONENTIAL),
        "On exponentially imbalanced classes CACR's lead over InfoNCE is larger than on balanced "
        "ones, by",
        "On exponentially imbalanced classes CACR's lead over InfoNCE is smaller than on balanced "
        "ones, by",
        "No difference was found between CACR's lead over InfoNCE on exponentially imbalanced "
        "classes and on balanced ones",
        "CACR is more robust on imbalanced images",
        "run `python -m cacr_core reproduce cacr-cifar10-exponential` and `python -m cacr_core "
        "reproduce cacr-cifar10`, each with `--loss infonce`, too (InfoNCE then has two views and "
        "takes negatives from both, where CACR as released has five and takes them from later "
        f"ones), over three seeds, {APART}",
        (BASE, ONE, FOUR, *IMBALANCED),
        3,
    ),
    Question(
        "curation",
        "Is CACR more robust to less curated images?",
        _more_there(FOUR, BASE, SPOILED),
        "With three in ten images made copies of others, then three in ten of all made noise, "
        "CACR's lead over InfoNCE is larger than without, by",
        "With three in ten images made copies of others, then three in ten of all made noise, "
        "CACR's lead over InfoNCE is smaller than without, by",
        "No difference was found between CACR's lead over InfoNCE with three in ten images made "
        "copies of others, then three in ten of all made noise, and without",
        "CACR is more robust on less curated images",
        "pretrain both on photographs that nobody has sorted, as CACR's code does WebVision; no "
        "command here does",
        (BASE, ONE, FOUR, *UNCURATED),
        3,
    ),
    Question(
        "sscl",
        "Does SSCL beat InfoNCE, and by which of its parts?",
        _less(SSCL, BASE),
        "SSCL is better than InfoNCE, by",
        "SSCL is worse than InfoNCE, by",
        "No difference was found between SSCL and InfoNCE",
        "synthetic hard negatives, sampled and debiased, improve what they are plugged into (SSCL)",
        "run `python -m cacr_core reproduce sscl-cifar10` and the same with `--loss infonce`, over "
        f"three seeds each, {APART}",
        (BASE, SSCL, MIXING, HARD, DEBIASING),
        parts=(
            ("mixing", _less(MIXING, BASE)),
            ("hard sampling", _less(HARD, BASE)),
            ("debiasing", _less(DEBIASING, BASE)),
        ),
    ),
    Question(
        "batch",
        "Do the losses grow alike with the batch?",
        ((BATCHES[0], -1.0), (BATCHES[3], 1.0), (BATCHES[1], 1.0), (BATCHES[4], -1.0)),
        "From 32 to 128 images InfoNCE gains more than CACR with one positive, by",
        "From 32 to 128 images InfoNCE gains less than CACR with one positive, by",
        "No difference was found between what InfoNCE and CACR with one positive gain from 32 to "
        "128 images",
        "",
        "run `python -m cacr_core reproduce sscl-cifar10 --loss infonce` and the same with `--loss "
        "cacr`, each with `--batch-size 64` and `512`, over three seeds (there both take negatives "
        "from both views; under CACR's recipe, where InfoNCE alone does, that would differ, too), "
        f"{APART}",
        (BASE, ONE, SSCL, *BATCHES),
        3,
        also="at as many updates a batch of 128 sees four times the images of one of 32",
    ),
    Question(
        "positives",
        "Do more positives help where as many views are seen?",
        _less(FOUR_EVEN, ONE),
        "At as many views in all CACR with four positives is better than with one, by",
        "At as many views in all CACR with four positives is worse than with one, by",
        "No difference was found between CACR with four positives and with one at as many views "
        "in all",
        "",
        f"{CIFAR} with `--epochs 80`, and `--n-views 2` with 200, over three seeds each, {APART}",
        (ONE, TWO, FOUR, TWO_EVEN, FOUR_EVEN),
    ),
    Question(
        "negatives",
        "Does a queue of more negatives help at the same batch?",
        _less(QUEUED[1], ONE),
        "CACR with one positive is better with 1,024 queued negatives than with its batch alone, "
        "by",
        "CACR with one positive is worse with 1,024 queued negatives than with its batch alone, by",
        "No difference was found between CACR with one positive with 1,024 queued negatives and "
        "with its batch alone",
        "",
        "train as many updates as a queue needs to be worth it, with two queues: `python -m "
        "cacr_core train --host queue --queue-size 1024 --n-steps 20000 --backbone quick "
        "--optimizer muon --out runs/queue` and the same with `--queue-size 64`, over three seeds "
        f"each, {APART}",
        (BASE, ONE, SSCL, *QUEUED),
        3,
        also="more changes with the queue than how many there are: positives become keys of a "
        "momentum encoder, negatives of the batch itself fall from 126 to 63, and the queue starts "
        "with keys of an untrained network, which stay for 16 updates",
    ),
)
ARMS = tuple(
    dict.fromkeys(one for q in QUESTIONS for one in (*q.arms, *(a for a, _ in q.contrast)))
)
