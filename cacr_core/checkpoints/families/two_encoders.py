"""Methods with a second encoder, or with names of their own: told by what only they have."""

from __future__ import annotations

from cacr_core.checkpoints.families.family import ANY, Family, Role
from cacr_core.checkpoints.families.roles import (
    ALONE,
    APP,
    BASE,
    MOCO_HEADS,
    ONLINE,
    QUEUE,
    RUN,
    SSCL_STEM,
    STEM,
    USUAL_HEADS,
)

# fmt: off
TWO_ENCODERS: tuple[Family, ...] = (
    Family(
        name=APP, roles=RUN, pixels="this app", **SSCL_STEM,
        has=("fact:metadata.config|fact:metadata.recipe|fact:metadata.progress|proof",
             "projection_head|encoder.projection_head"),
        why="the settings of a run of this app stand in the file",
    ),
    Family(
        name=APP, roles=RUN, confidence="likely", pixels="this app",
        has=("backbone", "kind:small|kind:small_alexnet", "projection_head"),
        why="the layers are named as this app names them, but no settings are stored",
    ),
    Family(
        name="DINO", heads=USUAL_HEADS,
        roles=(Role("teacher.backbone", "the teacher, a running mean of the student", True),
               Role("student.backbone", "the student, trained by gradient")),
        has=("teacher.backbone", "student.backbone", "dino_loss|fact:dino_loss"),
        why="a student, a teacher and DINO's loss",
    ),
    Family(
        name="DINO or a relative of it", confidence="likely",
        roles=(Role("teacher.backbone", "the teacher, a running mean of the student", True),
               Role("student.backbone", "the student, trained by gradient")),
        has=("teacher.backbone|student.backbone",),
        why="a student or a teacher, as in DINO, iBOT and EsViT",
    ),
    Family(
        name="VISSL",
        roles=(Role("trunk._feature_blocks", "the trunk", True),
               Role("_feature_blocks", "the trunk", True)),
        has=("trunk._feature_blocks|_feature_blocks",),
        why="its trunk's layers are called _feature_blocks",
    ),
    Family(
        name="SSCL (its author's code)", pixels="one for all", **SSCL_STEM,
        roles=(Role("encoder_q", "the encoder of both views", True),
               Role(ANY, "the encoder of both views", True)),
        has=("part:W1", "part:W2"), hasnt=("encoder_k",),
        why="a projection head of W1 and W2 without a batch norm, and no key encoder",
    ),
    Family(
        name="SSCL (its author's code) or another SimCLR", confidence="unsure",
        pixels="one for all", **SSCL_STEM,
        roles=(Role(ANY, "the encoder", True),),
        has=("head:512-512-128", "stem:cifar"),
        hasnt=("encoder_k", "queue", "lightning", "projection_head.layers", "online_network",
               "head"),
        why="SSCL's stem and head, which other SimCLRs and this app have too, and no name that "
            "decides",
    ),
    Family(
        name="SynCo", roles=QUEUE,
        has=("encoder_q", "setting:n_hard"),
        why="a query encoder, and SynCo's settings",
    ),
    Family(
        name="CACR (queue)", roles=QUEUE,
        has=("encoder_q", "setting:tau_pos|setting:tau_neg"),
        why="a query encoder, and CACR's settings",
    ),
    Family(
        name="SynCo", roles=QUEUE, confidence="likely",
        has=("encoder_q", "queue:rows are keys"),
        why="laid out as MoCo v2, but a row of the queue is a key, as in SynCo",
    ),
    Family(
        name="lightning-bolts (MoCo)", roles=QUEUE, confidence="likely", **STEM,
        has=("encoder_q", "lightning"),
        why="a query encoder in a Lightning checkpoint",
    ),
    Family(
        name="MMPretrain (MoCo)", confidence="likely", **STEM,
        roles=(Role("encoder_q.0", "the query encoder, trained by gradient", True),
               Role("encoder_k.0", "the key encoder, a running mean")),
        has=("encoder_q.0.conv1|encoder_q.0.patch_embed",),
        why="a query encoder whose backbone and neck are numbered 0 and 1, as in MMSelfSup",
    ),
    Family(
        name="MoCo v2, CACR (queue) or SynCo", roles=QUEUE, confidence="likely",
        has=("encoder_q.fc.2",),
        why="MoCo v2 and its forks share this layout and cannot be told apart by it",
    ),
    Family(
        name="MoCo v1", roles=QUEUE, confidence="likely",
        has=("encoder_q.fc.weight",),
        why="a query encoder with a single linear layer as its head, as in MoCo v1; CACR with a "
            "queue and no MLP head is laid out alike",
    ),
    Family(
        name="MoCo or a relative of it", roles=QUEUE, confidence="unsure",
        has=("encoder_q",),
        why="a query encoder, but no head of MoCo's form",
    ),
    Family(
        name="CACR (MoCo-v3 form)", roles=BASE, heads=MOCO_HEADS,
        has=("base_encoder", "setting:cacr_cost|setting:use_full_mode"),
        why="a base encoder, and CACR's settings",
    ),
    Family(
        name="MoCo v3 or CACR (MoCo-v3 form)", roles=BASE, confidence="likely", heads=MOCO_HEADS,
        has=("base_encoder",),
        why="MoCo v3 and CACR's ImageNet code share this layout and cannot be told apart by it",
    ),
    Family(
        name="lightning-bolts (SwAV)", **STEM,
        roles=(Role("model", "the network", True),),
        has=("model.prototypes", "lightning"),
        why="SwAV's prototypes in a Lightning checkpoint",
    ),
    Family(
        name="SwAV", roles=ALONE,
        has=("prototypes", "projection_head"),
        why="prototypes and a projection head beside the network's layers",
    ),
    Family(
        name="SwAV", roles=ALONE, confidence="likely",
        has=("prototypes|projection_head",),
        why="prototypes or a projection head beside the network's layers, but not both",
    ),
    Family(
        name="lightning-bolts (BYOL)", roles=ONLINE, confidence="likely", **STEM,
        has=("online_network.encoder", "lightning"),
        why="online and target networks in a Lightning checkpoint",
    ),
    Family(
        name="BYOL", roles=ONLINE,
        has=("part:projetion|online_backbone", "online_network|online_backbone|"
             "online_network_state_dict"),
        why="an online network, and names that BYOL-PyTorch's files carry",
    ),
    Family(
        name="BYOL", roles=ONLINE, confidence="likely",
        has=("online_network|online_encoder|online_network_state_dict",),
        why="an online network, as in several copies of BYOL",
    ),
    Family(
        name="CMC", pixels="cmc's own",
        roles=tuple(
            Role(at + name, f"the encoder of {what}, joined with the other's features", True)
            for at in ("", "encoder.")
            for name, what in (("l_to_ab", "lightness"), ("ab_to_l", "colour"))
        ),
        has=("l_to_ab|encoder.l_to_ab", "ab_to_l|encoder.ab_to_l"),
        why="CMC's names of its two encoders, of lightness and of colour",
        doubt="It takes images in the CIELAB space, if not trained with --view YCbCr: L for "
              "l_to_ab, a and b for ab_to_l.",
    ),
    Family(
        name="PyContrast (CMC)", pixels="cmc",
        roles=(Role("encoder1", "the encoder of lightness, joined with the other's features", True),
               Role("encoder2", "the encoder of colour, joined with the other's features", True),
               Role("model_ema.encoder1", "the momentum encoder of lightness"),
               Role("model_ema.encoder2", "the momentum encoder of colour")),
        has=("encoder1", "encoder2", "channels:1"),
        why="two encoders, one of them for a single channel",
        doubt="It takes images in the YDbDr space: Y for encoder1, Db and Dr for encoder2.",
    ),
    Family(
        name="PyContrast (CMC)", confidence="likely",
        roles=(Role("encoder1", "the first encoder, joined with the other's features", True),
               Role("encoder2", "the second encoder, joined with the other's features", True)),
        has=("encoder1", "encoder2"),
        why="two encoders as in CMC, but none of them for a single channel",
    ),
    Family(
        name="SimSiam",
        roles=(Role("encoder", "the encoder of both views", True),),
        has=("encoder.fc.0", "predictor"), hasnt=("lightning",),
        why="an encoder with an MLP as its head, and a predictor",
    ),
    Family(
        name="SimSiam", confidence="likely",
        roles=(Role("encoder", "the encoder of both views", True),),
        has=("encoder.fc.3",), hasnt=("lightning",),
        why="an encoder with SimSiam's MLP as its head, but no predictor",
    ),
)
