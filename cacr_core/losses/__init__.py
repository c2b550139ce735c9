"""Contrastive losses as formulas on distances: `Pairs` -> `LossRecord`.

`formulas.py`: what every page offers, in `LOSSES`; `typed.py`: one typed as text, read by
`expression.py`, there too; `moco_v3.py`: CACR among crops and keys, which is no formula on `Pairs`.
"""

from cacr_core.losses.expression import ExpressionError as ExpressionError
from cacr_core.losses.formulas import CACR as CACR
from cacr_core.losses.formulas import LOSSES as LOSSES
from cacr_core.losses.formulas import SSCL as SSCL
from cacr_core.losses.formulas import InfoNCE as InfoNCE
from cacr_core.losses.formulas import Loss as Loss
from cacr_core.losses.formulas import LossRecord as LossRecord
from cacr_core.losses.formulas import loss_name as loss_name
from cacr_core.losses.formulas import loss_of_guessing as loss_of_guessing
from cacr_core.losses.formulas import pair_pulls as pair_pulls
from cacr_core.losses.moco_v3 import cacr_moco_v3 as cacr_moco_v3
from cacr_core.losses.typed import TYPED_PRESETS as TYPED_PRESETS
from cacr_core.losses.typed import Typed as Typed
from cacr_core.losses.typed import require_finite as require_finite

LOSSES["typed"] = Typed
