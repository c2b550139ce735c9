"""Contrastive losses as formulas on distances: `Pairs` -> `LossRecord`.

`formulas.py` and a file for each further loss: what every page offers, in `LOSSES`; `moco_v3.py`:
CACR among crops and keys, which is no formula on `Pairs`.
"""

from cacr_core.losses.adnce import ADNCE as ADNCE
from cacr_core.losses.align_uniform import AlignUniform as AlignUniform
from cacr_core.losses.dcl import DCL as DCL
from cacr_core.losses.dcl import DCLW as DCLW
from cacr_core.losses.formulas import CACR as CACR
from cacr_core.losses.formulas import LOSSES as LOSSES
from cacr_core.losses.formulas import SSCL as SSCL
from cacr_core.losses.formulas import InfoNCE as InfoNCE
from cacr_core.losses.formulas import Loss as Loss
from cacr_core.losses.formulas import LossRecord as LossRecord
from cacr_core.losses.formulas import loss_name as loss_name
from cacr_core.losses.formulas import loss_of_guessing as loss_of_guessing
from cacr_core.losses.formulas import pair_pulls as pair_pulls
from cacr_core.losses.labels import guessing_with_labels as guessing_with_labels
from cacr_core.losses.labels import needs_labels as needs_labels
from cacr_core.losses.labels import require_labels as require_labels
from cacr_core.losses.labels import with_labels as with_labels
from cacr_core.losses.moco_v3 import cacr_moco_v3 as cacr_moco_v3
from cacr_core.losses.siglip import SigLIP as SigLIP
from cacr_core.losses.sincere import SINCERE as SINCERE
from cacr_core.losses.supcon import SupCon as SupCon
from cacr_core.losses.triplet import Triplet as Triplet

LOSSES.update(
    {
        "dcl": DCL,
        "dclw": DCLW,
        "siglip": SigLIP,
        "alignuniform": AlignUniform,
        "triplet": Triplet,
        "adnce": ADNCE,
        "supcon": SupCon,
        "sincere": SINCERE,
    }
)
