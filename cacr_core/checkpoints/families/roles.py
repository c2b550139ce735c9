"""Encoders that files of several code bases hold alike, and what their networks share."""

from __future__ import annotations

from typing import Any

from cacr_core.checkpoints.families.family import Role

# fmt: off
QUEUE = (
    Role("encoder_q", "the query encoder, trained by gradient", True),
    Role("encoder_k", "the key encoder, a running mean of the query encoder"),
)
BASE = (
    Role("base_encoder", "the base encoder, trained by gradient", True),
    Role("momentum_encoder", "the momentum encoder, a running mean of the base encoder"),
)
ONLINE = (
    Role("online_network.encoder", "the online network, trained by gradient", True),
    Role("target_network.encoder", "the target network, a running mean of the online one"),
    Role("online_backbone", "the online backbone, trained by gradient", True),
    Role("target_backbone", "the target backbone, a running mean of the online one"),
    Role("online_network_state_dict.encoder", "the online network, trained by gradient", True),
    Role("target_network_state_dict.encoder", "the target network, a running mean"),
    Role("online_encoder.net", "the online network, trained by gradient", True),
    Role("target_encoder.net", "the target network, a running mean of the online one"),
)
BACKBONE = (
    Role("backbone", "the backbone, trained by gradient", True),
    Role("momentum_backbone", "the momentum backbone, a running mean"),
    Role("backbone_momentum", "the momentum backbone, a running mean"),
)
ALONE = (Role("", "the network in the file", True),)
EMA = (
    Role("state_dict_ema", "a running mean of the weights, which timm publishes", True),
    Role("model_ema", "a running mean of the weights, which timm publishes", True),
    *ALONE,
)
RUN = (
    Role("backbone", "the encoder of a run", True),
    Role("encoder.backbone", "the encoder of a run", True),
    Role("host.momentum.backbone", "the run's momentum encoder"),
)
APP = "CACR playground (this app)"
HALF = "Some of timm's ViTs were trained with mean and deviation 0.5."
STEM: dict[str, Any] = {"stem_padding": 1, "max_pool": "none"}
SSCL_STEM: dict[str, Any] = {"stem_padding": 1, "max_pool": "stride 1"}
USUAL_HEADS = {192: 3, 384: 6, 768: 12, 1024: 16}
MOCO_HEADS = {384: 12, 768: 12}
MAE_HEADS = {192: 12, 384: 12, 768: 12, 1024: 16, 1280: 16}  # as solo-learn has them
