"""What a state of the Checkpoints page says, for tests that hold it to the facts."""

import json
import re

# what says no number and claims nothing of a file
SAYS_NOTHING = """
## Filters of the first layer
## Is it healthy
## What it tells
## The card
## Near under A, far under B
## Near under B, far under A
## Tensors side by side
Where you know better than the card.
## In the file
## Which classes the features tell
## Who is near whom
## Whose neighbours changed most
## What is broken
## Tensor by tensor
## The encoder
## Embeddings of images
Lines that load the encoder:
nearest under A
nearest under B
Linear CKA, debiased; layers are averaged over places.
""".strip().splitlines()


def texts(at):
    """All that a state of the page says, Markdown's escapes taken out."""
    found = [one.value for kind in ("markdown", "caption", "warning", "info", "error")
             for one in at.get(kind)]  # fmt: skip
    found += [f"{one.label}: {one.value}" for one in at.metric]
    found += [
        json.loads(one.proto.spec)["layout"]["title"]["text"] for one in at.get("plotly_chart")
    ]
    return [re.sub(r"\\(.)", r"\1", one.replace("<br>", " ")) for one in found]


def table(at, what):
    """The rows of one table by their headers."""
    (one,) = [one.value for one in at.table if one.proto.alt == what]
    return {
        re.sub(r"\\(.)", r"\1", name): [re.sub(r"\\(.)", r"\1", cell) for cell in row]
        for name, row in zip(one.index, one.to_numpy().tolist(), strict=True)
    }


def holds(said, facts):
    """Each text is one of these facts or says nothing; each fact has been said."""
    unknown = [one for one in said if one not in {*facts, *SAYS_NOTHING}]
    unsaid = [one for one in facts if one not in said]
    assert not (unknown or unsaid), (unknown, unsaid)


def press(at, label):
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception and not at.error
    return at
