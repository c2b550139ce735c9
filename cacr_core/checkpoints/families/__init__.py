"""The code bases whose files are known, in one table. `recognition.py` reads it."""

from cacr_core.checkpoints.families.family import ANY as ANY
from cacr_core.checkpoints.families.family import NORMALISATIONS as NORMALISATIONS
from cacr_core.checkpoints.families.family import Confidence as Confidence
from cacr_core.checkpoints.families.family import Family as Family
from cacr_core.checkpoints.families.family import Role as Role
from cacr_core.checkpoints.families.one_encoder import ONE_ENCODER
from cacr_core.checkpoints.families.today import TODAY
from cacr_core.checkpoints.families.two_encoders import TWO_ENCODERS

# The first that fits is taken, so what is special stands before what is general.
FAMILIES: tuple[Family, ...] = (*TODAY, *TWO_ENCODERS, *ONE_ENCODER)
