"""The losses that a frozen run can be looked at through: steps of each, and settings to move."""

from __future__ import annotations

from typing import Any

from cacr_core.losses import LOSSES, loss_name
from cacr_core.training import TrainConfig
from web.frozen.mixing import mixture_of
from web.frozen.program import moved_settings, program_of
from web.live.describe import lenses as described
from web.settings.fields import draws_far_in, is_labelled, loss_meaning, loss_title

Sizes = dict[str, tuple[int, int]]  # views and items of each group


def lenses_of(
    config: TrainConfig, own_lens: dict[str, Any], sizes: Sizes, n_queued: int
) -> dict[str, Any]:
    """`offered`, as in the `lenses` message, with the settings that can be moved in a page;
    `programs` and `said` by loss, and by group within.

    A loss whose steps cannot be recorded is left out. Through each the synthetic negatives are
    those of the run.
    """
    own, dim, mixture = config.loss, config.embedding_dim, mixture_of(config)
    offered, programs, said = [], {}, {}
    for lens in described(own_lens):
        name = lens["name"]
        loss: Any = own if name == loss_name(own) else LOSSES[name]()
        try:
            moved = moved_settings(loss)
            programs[name] = {
                group: program_of(loss, *size, dim, moved, mixture, n_queued)
                for group, size in sizes.items()
            }
        except ValueError:
            continue
        fields = [field for field in lens["fields"] if field["name"] in moved]
        offered.append(lens | {"fields": fields})
        said[name] = {
            "title": loss_title(name),
            "meaning": loss_meaning(name),
            "labelled": is_labelled(name),
            "draws_far_in": draws_far_in(name),
            "is_lens": True,
        }
    return {"offered": offered, "programs": programs, "said": said}
