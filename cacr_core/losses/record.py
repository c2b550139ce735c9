"""What a loss returns, and what may be known of its least value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.pairs import Pairs


class LossRecord(NamedTuple):
    """A loss value and what the loss computed on the way to it.

    Attributes:
        attraction: `()`, the part of the loss that pulls positives in.
        repulsion: `()`, the part that pushes negatives away.
        pos_weights: `(query, K)`, how a query weighs its positives; rows sum to 1.
        neg_weights: `(query, M)`, how a query weighs its negatives; rows sum to 1.
        clamped: `(query,)` bool, True where the debiasing clamp silences the negatives of a query
            (for one of its positives at least); False where a loss has no clamp.
    """

    attraction: Tensor
    repulsion: Tensor
    pos_weights: Tensor
    neg_weights: Tensor
    clamped: Tensor

    @property
    def total(self) -> Tensor:
        return self.attraction + self.repulsion


class Loss(Protocol):
    """A frozen dataclass all of whose fields have defaults, called on distances.

    What else it may say of itself is in `losses.words`; all of it is optional.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __call__(self, pairs: Pairs) -> LossRecord: ...


class Optimum(NamedTuple):
    """A value no arrangement of points lies below.

    Attributes:
        kind: "optimum" where some arrangement has it, "bound" where none is known to.
    """

    value: float
    kind: Literal["optimum", "bound"]


def unclamped(pairs: Pairs) -> Tensor:
    """`clamped` of a loss without a clamp: False for every query."""
    return pairs.pos.new_zeros(len(pairs.pos)).bool()
