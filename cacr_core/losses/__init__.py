"""Contrastive losses as formulas on distances: `Pairs` -> `LossRecord`.

A file a loss, with its settings, their words and what it has to say of a scene; `LOSSES` is what
every page offers. Weights (what a query attends to) are in the record; pulls (how the loss moves
it) come from `pair_pulls`. They differ, even in sign. `typed/`: a loss typed as two lines of
text, which `expression.py` reads; `moco_v3.py`: CACR among crops and keys, which is no formula on
`Pairs`.

Losses and their words load no torch; what needs it is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cacr_core.losses.adnce import ADNCE as ADNCE
from cacr_core.losses.align_uniform import AlignUniform as AlignUniform
from cacr_core.losses.cacr import CACR as CACR
from cacr_core.losses.dcl import DCL as DCL
from cacr_core.losses.dcl import DCLW as DCLW
from cacr_core.losses.expression import ExpressionError as ExpressionError
from cacr_core.losses.infonce import InfoNCE as InfoNCE
from cacr_core.losses.labels import LABELS_ENTER as LABELS_ENTER
from cacr_core.losses.labels import needs_labels as needs_labels
from cacr_core.losses.labels import require_labels as require_labels
from cacr_core.losses.labels import with_labels as with_labels
from cacr_core.losses.record import Loss as Loss
from cacr_core.losses.record import LossRecord as LossRecord
from cacr_core.losses.record import Optimum as Optimum
from cacr_core.losses.settings import Setting as Setting
from cacr_core.losses.settings import defaults_of as defaults_of
from cacr_core.losses.settings import setting as setting
from cacr_core.losses.settings import settings_of as settings_of
from cacr_core.losses.siglip import SigLIP as SigLIP
from cacr_core.losses.sincere import SINCERE as SINCERE
from cacr_core.losses.sscl import SSCL as SSCL
from cacr_core.losses.supcon import SupCon as SupCon
from cacr_core.losses.triplet import Triplet as Triplet
from cacr_core.losses.typed import Typed as Typed

if TYPE_CHECKING:
    from cacr_core.losses.moco_v3 import cacr_moco_v3 as cacr_moco_v3
    from cacr_core.losses.pulls import guessing_with_labels as guessing_with_labels
    from cacr_core.losses.pulls import loss_of_guessing as loss_of_guessing
    from cacr_core.losses.pulls import pair_pulls as pair_pulls

LOSSES: dict[str, type[Any]] = {
    "cacr": CACR,
    "sscl": SSCL,
    "infonce": InfoNCE,
    "dcl": DCL,
    "dclw": DCLW,
    "siglip": SigLIP,
    "alignuniform": AlignUniform,
    "triplet": Triplet,
    "adnce": ADNCE,
    "supcon": SupCon,
    "sincere": SINCERE,
    "typed": Typed,
}


def default_loss() -> Any:
    """The first of `LOSSES`, as it comes."""
    return next(iter(LOSSES.values()))()


def loss_name(loss: Loss) -> str:
    """The key of `LOSSES` a loss stands under."""
    return next(name for name, cls in LOSSES.items() if type(loss).__name__ == cls.__name__)


def make_loss(name: str, **settings: Any) -> Any:
    """The loss of `LOSSES` called `name` with the given settings.

    Raises:
        ValueError: There is none, it has no such setting, or a value is of the wrong kind or size.
    """
    if name not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(LOSSES)}, got {name!r}.")
    defaults = defaults_of(LOSSES[name])
    if unknown := sorted(settings.keys() - defaults.keys()):
        raise ValueError(
            f"Unknown settings of {LOSSES[name].__name__}: {', '.join(unknown)}. Known are "
            f"{', '.join(defaults)}."
        )
    for key, value in settings.items():
        kind = type(defaults[key])
        if not (type(value) is kind or (kind is float and type(value) is int)):
            raise ValueError(f"{key} must be a {kind.__name__}, got {value!r}.")
    return LOSSES[name](**settings)


def __getattr__(name: str) -> Any:
    if name in ("guessing_with_labels", "loss_of_guessing", "pair_pulls"):
        from cacr_core.losses import pulls

        return getattr(pulls, name)
    if name == "cacr_moco_v3":
        from cacr_core.losses.moco_v3 import cacr_moco_v3

        return cacr_moco_v3
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
