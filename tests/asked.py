"""Queries of the live presets' recordings, with weights and pulls by the formulas."""

import dataclasses
from functools import cache

import numpy as np

from cacr_core.losses import LOSSES
from cacr_core.presets import PRESETS, recording_of
from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests.moments import pulls, weights
from web.live import answers

LENSES = {
    "own": None,
    "sharp": {"name": "cacr", "t_pos": 4.0, "t_neg": 5.0, "n_synthetic": 0},
    "debiased": {"name": "sscl", "class_prior": 0.2, "n_synthetic": 0},
}


class Asked:
    """One answer, and the same worked out from the arrays."""

    def __init__(self, name, step, probe, view, group, lens):
        self.folder = RECORDED / recording_of(name)
        self.config = files.read_json(self.folder / "config.json")
        message = {"step": step, "probe": probe, "view": view, "group": group, "lens": lens}
        self.question = answers.understand(message, self.folder)
        self.answer = answers.query(self.question, None)
        self.group, self.probe, self.is_lens = group, probe, lens is not None
        scene = answers.look(self.question)
        z = files.read_arrays(self.folder, step)[0].astype(np.float64)
        z = z[scene.views.numpy()][:, scene.items.numpy()]
        self.n_views, self.n_items, dim = z.shape
        item = scene.items.tolist().index(probe)
        query = z[scene.views.tolist().index(view), item]
        others = np.delete(z, item, axis=1).reshape(-1, dim)
        same = np.delete(z[:, item], scene.views.tolist().index(view), axis=0)
        if scene.synthetic is not None:
            others = np.concatenate([others, scene.synthetic.embeddings[0].numpy()])
        self.pos, self.neg = (np.clip(2 - 2 * x @ query, 0, None) for x in (same, others))
        self.n_real = self.n_views * (self.n_items - 1)
        self.loss = self.config["loss"] if lens is None else full(lens)
        self.pos_weights, self.neg_weights = (
            one[0] for one in weights(self.loss, self.pos[None], self.neg[None])
        )
        self.pos_pulls, self.neg_pulls = pulls(self.loss, self.pos, self.neg)

    @property
    def times(self):
        return self.neg_weights * len(self.neg)


def full(lens):
    defaults = dataclasses.asdict(LOSSES[lens["name"]]())
    return {"name": lens["name"]} | {key: lens.get(key, defaults[key]) for key in defaults}


@cache
def all_asked():
    found = []
    for name in PRESETS:
        steps = files.snapshot_steps(RECORDED / recording_of(name))
        for step in (steps[0], steps[len(steps) // 2], steps[-1]):
            for probe, view in ((0, 0), (17, 1), (100, 0)):
                for group in ("probes", "batch"):
                    for lens in LENSES.values() if probe == 17 else [None]:
                        found.append(Asked(name, step, probe, view, group, lens))
    return found
