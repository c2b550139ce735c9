"""What each setting of a run is, in a line, with the values there are: for `--help`."""

from __future__ import annotations

from cacr_core.data import DATASETS, IMBALANCES, RARE
from cacr_core.models import BACKBONES
from cacr_core.pairs import MIXINGS, NEGATIVES
from cacr_core.training.config import HOSTS, OPTIMIZERS
from cacr_core.training.precision import PRECISIONS


def said_of_settings() -> dict[str, str]:
    """A line for each field of `TrainConfig` but its loss."""
    mixings = "; ".join(f"{name}: {rule.words}" for name, rule in MIXINGS.items())
    return {
        "dataset": f"one of {', '.join(DATASETS)}, or a folder or zip of images",
        "backbone": f"the network, one of {', '.join(BACKBONES)}",
        "embedding_dim": "numbers of an embedding; 2 and 3 are drawn as they are",
        "n_views": "views of each image in a batch, 2 or more",
        "batch_size": "images in a batch, 2 or more",
        "n_steps": "updates",
        "seconds": "how long the updates may take, instead of --n-steps; 0 for no such limit",
        "lr": "peak learning rate, after a warm-up and before a cosine to zero",
        "weight_decay": "decoupled from the gradient",
        "optimizer": f"what moves the weights, one of {', '.join(OPTIMIZERS)}",
        "seed": "decides first weights, order, views and synthetic negatives",
        "n_synthetic": "synthetic negatives for each query, 0 for none",
        "pool_size": "how many of the nearest negatives may be their parents",
        "mixing": mixings,
        "negatives": f"which views they are of, one of {', '.join(NEGATIVES)}",
        "host": f"where positives and negatives come from, one of {', '.join(HOSTS)}",
        "queue_size": "entries of --host queue",
        "momentum": "share of itself that the momentum encoder keeps in an update, 0 to 1",
        "snapshot_every": "updates between snapshots; the first few come sooner",
        "n_states": "moments whose whole state is kept",
        "n_probes": "images that are watched, never trained on",
        "image_size": "pixels that a folder or zip is read at, height and width",
        "device": "auto, cpu, mps, cuda, cuda:1, xpu",
        "precision": f"of the layers, one of {', '.join(PRECISIONS)}",
        "imbalance": f"what is kept of each class, one of {', '.join(IMBALANCES)}",
        "imbalance_ratio": "of --imbalance ratio: how many times fewer the smallest class keeps",
        "n_min": "images of each class that --imbalance leaves at least",
        "rare": f"which classes --imbalance makes rare, one of {', '.join(RARE)}",
        "duplicates": "share of the training images replaced by copies of others, 0 to 1",
        "noise_images": "share of the training images replaced by noise, 0 to 1",
        "mixture": "a second dataset, whose images come among those trained on",
        "mixture_share": "share of the training images that are of --mixture, 0 to 1",
    }
