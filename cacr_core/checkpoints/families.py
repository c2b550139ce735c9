"""The code bases whose files are known, in one table. `recognition.py` reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from cacr_core.checkpoints.architecture import MaxPool

Confidence = Literal["sure", "likely", "unsure"]
ANY = "*"  # stands for whatever network the file has


class Role(NamedTuple):
    """An encoder that a family's files hold.

    Attributes:
        path: Where, without wrappers and containers that say nothing.
        what: What it is, in words.
        used: Whether the papers evaluate it.
    """

    path: str
    what: str
    used: bool = False


@dataclass(frozen=True, kw_only=True)
class Family:
    """A code base and how its files are told from others.

    Args:
        name: What a person reads; all of them where files of several have one layout.
        roles: Its encoders, the one to take first.
        has: What must be there, each a word of `recognition.evidence`; `|` stands between
            alternatives.
        hasnt: What must not be there.
        confidence: When all that fits.
        why: What it was told by, or what it cannot be told from: a sentence without its dot.
        stem_padding, max_pool: Of its ResNets with a cifar stem; None where it is not known.
        small_heads: Attention heads of its ViT-S, which has 384 dimensions; None where not known.
        normalisation: A name in `NORMALISATIONS`, or "by size" for that of the dataset whose
            images have the input size.
        image_size: Of its ResNets with an imagenet stem.
        classifies: Whether a single linear layer behind its features is a classifier.
        doubt: What cannot be seen in its files and was assumed: a sentence, or empty.
    """

    name: str
    roles: tuple[Role, ...]
    has: tuple[str, ...] = ()
    hasnt: tuple[str, ...] = ()
    confidence: Confidence = "sure"
    why: str
    stem_padding: int | None = None
    max_pool: MaxPool | None = None
    small_heads: int | None = None
    normalisation: str = "imagenet"
    image_size: int = 224
    classifies: bool = False
    doubt: str = ""


NORMALISATIONS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "cifar100": ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
    "stl10": ((0.4409, 0.4279, 0.3868), (0.2683, 0.2610, 0.2687)),
    "minus one to one": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "none": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "lab": ((50.0, 6.025, -6.6895), (50.0, 92.208, 101.1675)),  # PyContrast's, of CIELAB
}

# fmt: off
_QUEUE = (
    Role("encoder_q", "the query encoder, trained by gradient", True),
    Role("encoder_k", "the key encoder, a running mean of the query encoder"),
)
_BASE = (
    Role("base_encoder", "the base encoder, trained by gradient", True),
    Role("momentum_encoder", "the momentum encoder, a running mean of the base encoder"),
)
_ONLINE = (
    Role("online_network.encoder", "the online network, trained by gradient", True),
    Role("target_network.encoder", "the target network, a running mean of the online one"),
    Role("online_backbone", "the online backbone, trained by gradient", True),
    Role("target_backbone", "the target backbone, a running mean of the online one"),
    Role("online_network_state_dict.encoder", "the online network, trained by gradient", True),
    Role("target_network_state_dict.encoder", "the target network, a running mean"),
    Role("online_encoder.net", "the online network, trained by gradient", True),
    Role("target_encoder.net", "the target network, a running mean of the online one"),
)
_BACKBONE = (
    Role("backbone", "the backbone, trained by gradient", True),
    Role("momentum_backbone", "the momentum backbone, a running mean"),
    Role("backbone_momentum", "the momentum backbone, a running mean"),
)
_ALONE = (Role("", "the network in the file", True),)
_EMA = (
    Role("state_dict_ema", "a running mean of the weights, which timm publishes", True),
    Role("model_ema", "a running mean of the weights, which timm publishes", True),
    *_ALONE,
)
_RUN = (
    Role("backbone", "the encoder of a run", True),
    Role("encoder.backbone", "the encoder of a run", True),
    Role("host.momentum.backbone", "the run's momentum encoder"),
)
_APP = "CACR playground (this app)"
_HALF = "Some of timm's ViTs were trained with mean and deviation 0.5."
_STEM: dict[str, Any] = {"stem_padding": 1, "max_pool": "none"}
_SSCL_STEM: dict[str, Any] = {"stem_padding": 1, "max_pool": "stride 1"}

# The first that fits is taken, so what is special stands before what is general.
FAMILIES: tuple[Family, ...] = (
    Family(
        name=_APP, roles=_RUN, normalisation="minus one to one", **_SSCL_STEM,
        has=("fact:metadata.config|fact:metadata.recipe|fact:metadata.progress|proof",
             "projection_head|encoder.projection_head"),
        why="the settings of a run of this app stand in the file",
    ),
    Family(
        name=_APP, roles=_RUN, confidence="likely", normalisation="minus one to one",
        has=("backbone", "kind:small|kind:small_alexnet", "projection_head"),
        why="the layers are named as this app names them, but no settings are stored",
    ),
    Family(
        name="DINO", small_heads=6,
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
        name="SSCL (its author's code)", normalisation="by size", **_SSCL_STEM,
        roles=(Role("encoder_q", "the encoder of both views", True),
               Role(ANY, "the encoder of both views", True)),
        has=("part:W1", "part:W2"), hasnt=("encoder_k",),
        why="a projection head of W1 and W2 without a batch norm, and no key encoder",
    ),
    Family(
        name="SSCL (its author's code) or another SimCLR", confidence="unsure",
        normalisation="by size", **_SSCL_STEM,
        roles=(Role(ANY, "the encoder", True),),
        has=("head:512-512-128", "stem:cifar"),
        hasnt=("encoder_k", "queue", "lightning", "projection_head.layers", "online_network"),
        why="SSCL's stem and head, which other SimCLRs and this app have too, and no name that "
            "decides",
    ),
    Family(
        name="SynCo", roles=_QUEUE,
        has=("encoder_q", "setting:n_hard"),
        why="a query encoder, and SynCo's settings",
    ),
    Family(
        name="CACR (queue)", roles=_QUEUE,
        has=("encoder_q", "setting:tau_pos|setting:tau_neg"),
        why="a query encoder, and CACR's settings",
    ),
    Family(
        name="SynCo", roles=_QUEUE, confidence="likely",
        has=("encoder_q", "queue:rows are keys"),
        why="laid out as MoCo v2, but a row of the queue is a key, as in SynCo",
    ),
    Family(
        name="lightning-bolts (MoCo)", roles=_QUEUE, confidence="likely", **_STEM,
        has=("encoder_q", "lightning"),
        why="a query encoder in a Lightning checkpoint",
    ),
    Family(
        name="MMPretrain (MoCo)", confidence="likely", **_STEM,
        roles=(Role("encoder_q.0", "the query encoder, trained by gradient", True),
               Role("encoder_k.0", "the key encoder, a running mean")),
        has=("encoder_q.0.conv1|encoder_q.0.patch_embed",),
        why="a query encoder whose backbone and neck are numbered 0 and 1, as in MMSelfSup",
    ),
    Family(
        name="MoCo v2, CACR (queue) or SynCo", roles=_QUEUE, confidence="likely",
        has=("encoder_q.fc.2",),
        why="MoCo v2 and its forks share this layout and cannot be told apart by it",
    ),
    Family(
        name="MoCo v1", roles=_QUEUE, confidence="likely",
        has=("encoder_q.fc.weight",),
        why="a query encoder with a single linear layer as its head, as in MoCo v1; CACR with a "
            "queue and no MLP head is laid out alike",
    ),
    Family(
        name="MoCo or a relative of it", roles=_QUEUE, confidence="unsure",
        has=("encoder_q",),
        why="a query encoder, but no head of MoCo's form",
    ),
    Family(
        name="CACR (MoCo-v3 form)", roles=_BASE, small_heads=12,
        has=("base_encoder", "setting:cacr_cost|setting:use_full_mode"),
        why="a base encoder, and CACR's settings",
    ),
    Family(
        name="MoCo v3 or CACR (MoCo-v3 form)", roles=_BASE, confidence="likely", small_heads=12,
        has=("base_encoder",),
        why="MoCo v3 and CACR's ImageNet code share this layout and cannot be told apart by it",
    ),
    Family(
        name="lightning-bolts (SwAV)", **_STEM,
        roles=(Role("model", "the network", True),),
        has=("model.prototypes", "lightning"),
        why="SwAV's prototypes in a Lightning checkpoint",
    ),
    Family(
        name="SwAV", roles=_ALONE,
        has=("prototypes", "projection_head"),
        why="prototypes and a projection head beside the network's layers",
    ),
    Family(
        name="SwAV", roles=_ALONE, confidence="likely",
        has=("prototypes|projection_head",),
        why="prototypes or a projection head beside the network's layers, but not both",
    ),
    Family(
        name="lightning-bolts (BYOL)", roles=_ONLINE, confidence="likely", **_STEM,
        has=("online_network.encoder", "lightning"),
        why="online and target networks in a Lightning checkpoint",
    ),
    Family(
        name="BYOL", roles=_ONLINE,
        has=("part:projetion|online_backbone", "online_network|online_backbone|"
             "online_network_state_dict"),
        why="an online network, and names that BYOL-PyTorch's files carry",
    ),
    Family(
        name="BYOL", roles=_ONLINE, confidence="likely",
        has=("online_network|online_encoder|online_network_state_dict",),
        why="an online network, as in several copies of BYOL",
    ),
    Family(
        name="PyContrast (CMC)", normalisation="lab",
        roles=(Role("encoder1", "the encoder of lightness, joined with the other's features", True),
               Role("encoder2", "the encoder of colour, joined with the other's features", True),
               Role("model_ema.encoder1", "the momentum encoder of lightness"),
               Role("model_ema.encoder2", "the momentum encoder of colour")),
        has=("encoder1", "encoder2", "channels:1"),
        why="two encoders, one of them for a single channel",
        doubt="It takes images in the CIELAB space: lightness for encoder1, a and b for encoder2.",
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
    Family(
        name="PyContrast", confidence="likely",
        roles=(Role("encoder", "the encoder, trained by gradient", True),
               Role("model_ema.encoder", "the momentum encoder, a running mean")),
        has=("encoder", "head", "contrast|model_ema"), hasnt=("lightning",),
        why="an encoder, a head and a memory beside it",
    ),
    Family(
        name="PyContrast or other code", confidence="unsure",
        roles=(Role("encoder", "the encoder", True),),
        has=("encoder", "head"), hasnt=("lightning",),
        why="an encoder and a head beside it, but no memory as PyContrast keeps one",
    ),
    Family(
        name="MMPretrain", confidence="likely", **_STEM,
        roles=(*_BACKBONE, Role("target_backbone", "the target backbone, a running mean")),
        has=("backbone", "fact:meta|neck|style:vit of mmpretrain"), hasnt=("lightning",),
        why="a backbone beside OpenMMLab's own entries or names; its detectors look alike",
        doubt="The preprocessing of images stands in its config, which the weights do not hold.",
    ),
    Family(
        name="lightly", confidence="likely", **_STEM,
        roles=(*_BACKBONE, Role("model.backbone", "the backbone, trained by gradient", True),
               Role("teacher_backbone", "the teacher, a running mean of the student", True),
               Role("student_backbone", "the student, trained by gradient")),
        has=("projection_head.layers|prediction_head.layers|online_classifier|model.backbone|"
             "style:resnet by number|backbone_momentum|student_backbone",),
        why="heads or a numbered backbone, as lightly names them",
    ),
    Family(
        name="solo-learn", confidence="likely", normalisation="by size",
        stem_padding=2, max_pool="none",
        roles=(*_BACKBONE, Role("encoder", "the backbone under its old name", True)),
        has=("lightning", "classifier|projector|momentum_backbone|momentum_projector"),
        hasnt=("fact:meta",),
        why="heads or momentum networks in a Lightning checkpoint, as solo-learn names them",
    ),
    Family(
        name="solo-learn", confidence="likely", normalisation="by size",
        stem_padding=2, max_pool="none",
        roles=(*_BACKBONE, Role("encoder", "the backbone under its old name", True)),
        has=("classifier", "projector"), hasnt=("fact:meta",),
        why="a projector and an online classifier, as solo-learn names them",
    ),
    Family(
        name="lightning-bolts", confidence="likely", **_STEM,
        roles=(Role("encoder", "the encoder", True),),
        has=("encoder", "lightning"),
        why="an encoder in a Lightning checkpoint; torchgeo names it alike",
    ),
    Family(
        name="solo-learn or lightly", roles=_BACKBONE, confidence="unsure",
        has=("backbone", "lightning"),
        why="a backbone in a Lightning checkpoint, without a head of a known name",
    ),
    Family(
        name="Barlow Twins", roles=_BACKBONE,
        has=("backbone", "projector", "bn.running_mean"),
        why="a projector, and the batch norm of the cross-correlation",
    ),
    Family(
        name="VICReg", roles=_BACKBONE, confidence="likely",
        has=("backbone", "projector"),
        why="a backbone and an expander called projector, without a further batch norm",
    ),
    Family(
        name="SimCLR (sthalles)", roles=_BACKBONE, normalisation="none", image_size=96,
        has=("backbone.fc.0", "backbone.fc.2"), hasnt=("backbone.fc.3",),
        why="a backbone whose own last layer is the projection head",
        doubt="It was trained on crops of 96 pixels (STL-10, its default) or 32 (CIFAR-10).",
    ),
    Family(
        name="VICReg, Barlow Twins, solo-learn, lightly or other code", confidence="unsure",
        roles=_BACKBONE, has=("backbone",),
        why="a backbone, which many code bases name so, and no head of a known name",
    ),
    Family(
        name="PyContrast, SimSiam or other code", confidence="unsure",
        roles=(Role("encoder", "the encoder", True),),
        has=("encoder",), hasnt=("encoder.layers",),
        why="an encoder, which many code bases name so, and no head of a known name",
    ),
    Family(
        name="CACR (small scale)", roles=_ALONE, confidence="likely", normalisation="by size",
        has=("kind:small_alexnet",),
        why="SmallAlexNet, whose code CACR took from align_uniform: files of both look alike",
    ),
    Family(
        name="timm", roles=_EMA, confidence="likely", small_heads=6, classifies=True,
        has=("fact:version|state_dict_ema|model_ema", "fact:arch|state_dict_ema|model_ema"),
        why="a training checkpoint as timm writes it", doubt=_HALF,
    ),
    Family(
        name="timm", roles=_ALONE, confidence="likely", small_heads=6, classifies=True,
        has=("style:vit", "head.weight"),
        why="a ViT with a classifier in timm's names; DeiT uses the same", doubt=_HALF,
    ),
    Family(
        name="DINO, timm or another bare ViT", roles=_ALONE, confidence="unsure",
        has=("style:vit",), hasnt=("head",),
        why="a ViT in timm's names without a head, which many publish",
    ),
    Family(
        name="torchvision", roles=_ALONE, classifies=True,
        has=("style:vit of torchvision",),
        why="a ViT in torchvision's names",
    ),
    Family(
        name="timm or torchvision", roles=_ALONE, confidence="likely", classifies=True,
        has=("style:resnet", "fc.weight", "container:safetensors"),
        why="a ResNet with a classifier in the names of both; timm publishes safetensors",
    ),
    Family(
        name="torchvision or timm", roles=_ALONE, confidence="likely", classifies=True,
        has=("style:resnet", "fc.weight"),
        why="a ResNet with a classifier in the names of both: supervised, fine-tuned, or another "
            "encoder after its linear evaluation",
    ),
    Family(
        name="Barlow Twins, VICReg or another bare ResNet", roles=_ALONE, confidence="unsure",
        has=("style:resnet",), hasnt=("fc",),
        why="a ResNet without a head; Barlow Twins' and VICReg's resnet50.pth are such files, and "
            "nothing in them says whose",
    ),
    Family(
        name="plain state dict", confidence="unsure",
        roles=(Role(ANY, "a network in the file", True),),
        why="the network is known, but not the code that named it",
    ),
)
