"""The code bases whose files are known: one table, and the function that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Confidence = Literal["sure", "likely", "unsure"]
ANY = "*"  # stands for whatever encoder the file has


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
        has: What must be there. Each is a beginning of a tensor's name, cut at a dot, without
            wrappers; `|` stands between alternatives. `fact:arch` is an entry that is no tensor;
            `style:`, `stem:`, `kind:`, `container:`, `head:` and `part:` see `evidence`.
        hasnt: What must not be there.
        confidence: When all that fits.
        why: What it was told by, or what it cannot be told from: one sentence.
        stem_padding, max_pool: Of its ResNets with a cifar stem; None where it is not known.
        small_heads: Attention heads of its ViT-S, which has 384 dimensions.
        normalisation: A name in `NORMALISATIONS`, "by size" for that of the images' dataset.
        image_size: Of its ResNets with an imagenet stem.
        doubt: What cannot be seen in its files and was assumed: a sentence, or empty.
    """

    name: str
    roles: tuple[Role, ...]
    has: tuple[str, ...] = ()
    hasnt: tuple[str, ...] = ()
    confidence: Confidence = "sure"
    why: str
    stem_padding: int | None = None
    max_pool: str | None = None
    small_heads: int = 6
    normalisation: str = "imagenet"
    image_size: int = 224
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

_QUEUE = (
    Role("encoder_q", "the query encoder, trained by gradient", True),
    Role("encoder_k", "the key encoder, a running mean of the query encoder"),
)
_ONLINE = (
    Role("online_network.encoder", "the online network, trained by gradient", True),
    Role("target_network.encoder", "the target network, a running mean of the online one"),
    Role("online_backbone", "the online network's backbone", True),
    Role("target_backbone", "the target network's backbone, a running mean"),
)
_BACKBONE = (
    Role("backbone", "the backbone, trained by gradient", True),
    Role("momentum_backbone", "the momentum backbone, a running mean"),
    Role("backbone_momentum", "the momentum backbone, a running mean"),
)
_SUPERVISED = (
    Role("state_dict_ema", "a running mean of the weights, which timm publishes", True),
    Role("model_ema", "a running mean of the weights, which timm publishes", True),
    Role("", "the network", True),
)
_ALONE = (Role("", "the only network in the file", True),)
_CROPS = "Trained on crops of 96 pixels (STL-10, its default) or 32 (CIFAR-10): 96 is assumed."

# The first that fits is taken, so what is special stands before what is general.
FAMILIES: tuple[Family, ...] = (
    Family(
        name="CACR playground (this app)",
        roles=(
            Role("backbone", "the encoder of a run", True),
            Role("encoder.backbone", "the encoder of a run", True),
            Role("host.momentum.backbone", "the run's momentum encoder"),
        ),
        has=(
            "fact:metadata.config|fact:metadata.recipe|fact:metadata.progress|proof",
            "projection_head|encoder.projection_head",
        ),
        why="the settings of a run of this app stand in the file",
        stem_padding=1,
        max_pool="stride 1",
        normalisation="minus one to one",
    ),
    Family(
        name="CACR playground (this app)",
        roles=(Role("backbone", "the encoder of a run", True),),
        has=("kind:small|kind:small_alexnet", "projection_head"),
        confidence="likely",
        why="the layers are named as this app names them, but no settings are stored",
        normalisation="minus one to one",
    ),
    Family(
        name="DINO",
        roles=(
            Role("teacher.backbone", "the teacher, a running mean of the student", True),
            Role("student.backbone", "the student, trained by gradient"),
        ),
        has=("teacher.backbone", "student.backbone"),
        why="a student and a teacher",
    ),
    Family(
        name="VISSL",
        roles=(
            Role("trunk._feature_blocks", "the trunk", True),
            Role("_feature_blocks", "the trunk", True),
        ),
        has=("trunk._feature_blocks|_feature_blocks",),
        why="its trunk's layers are called _feature_blocks",
    ),
    Family(
        name="SSCL (its author's code)",
        roles=(Role("encoder_q", "the encoder of both views", True), Role(ANY, "the encoder")),
        has=("part:W1", "part:W2"),
        hasnt=("encoder_k",),
        why="a projection head of W1 and W2 without a batch norm and no key encoder",
        stem_padding=1,
        max_pool="stride 1",
        normalisation="by size",
    ),
    Family(
        name="SSCL (its author's code) or another SimCLR",
        roles=(Role("encoder_q", "the encoder", True), Role(ANY, "the encoder", True)),
        has=("head:512-512-128 without norm", "stem:cifar"),
        hasnt=("encoder_k", "fact:metadata"),
        confidence="unsure",
        why="ResNet with SSCL's stem and head, but neither carries a name of its own",
        stem_padding=1,
        max_pool="stride 1",
        normalisation="by size",
    ),
    Family(
        name="SynCo",
        roles=_QUEUE,
        has=("encoder_q", "queue:rows are keys"),
        confidence="likely",
        why="laid out as MoCo v2, but the queue holds a key in each row as SynCo's does",
    ),
    Family(
        name="lightning-bolts (MoCo)",
        roles=_QUEUE,
        has=("encoder_q", "lightning"),
        confidence="likely",
        why="query and key encoders in a Lightning checkpoint",
        stem_padding=1,
        max_pool="none",
    ),
    Family(
        name="MMPretrain (MoCo)",
        roles=(
            Role("encoder_q.0", "the query encoder", True),
            Role("encoder_k.0", "the key encoder, a running mean"),
            Role("backbone", "the query encoder", True),
        ),
        has=("encoder_q.0.conv1|encoder_q.0.patch_embed",),
        why="query encoder and neck numbered 0 and 1, as MMSelfSup does",
    ),
    Family(
        name="MoCo v2 or CACR (queue)",
        roles=_QUEUE,
        has=("encoder_q.fc.2",),
        confidence="likely",
        why="MoCo v2, CACR with a queue and later forks of MoCo (SynCo among them) share this "
        "layout and cannot be told apart by it",
    ),
    Family(
        name="MoCo v1",
        roles=_QUEUE,
        has=("encoder_q", "encoder_q.fc.weight"),
        confidence="likely",
        why="a query encoder with a single linear layer as its head, as in MoCo v1; CACR with a "
        "queue and no MLP head is laid out alike",
    ),
    Family(
        name="MoCo v2 or CACR (queue)",
        roles=_QUEUE,
        has=("encoder_q",),
        confidence="unsure",
        why="there is a query encoder, but no head or queue of a known form beside it",
    ),
    Family(
        name="MoCo v3 or CACR (MoCo-v3 form)",
        roles=(
            Role("base_encoder", "the base encoder, trained by gradient", True),
            Role("momentum_encoder", "the momentum encoder, a running mean of it"),
        ),
        has=("base_encoder",),
        confidence="likely",
        why="MoCo v3 and CACR's ImageNet code share this layout and cannot be told apart by it",
        small_heads=12,
    ),
    Family(
        name="lightning-bolts (SwAV)",
        roles=(Role("model", "the network", True),),
        has=("model.prototypes|model.projection_head", "lightning"),
        why="SwAV's heads in a Lightning checkpoint",
        stem_padding=1,
        max_pool="none",
    ),
    Family(
        name="SwAV",
        roles=_ALONE,
        has=("prototypes|projection_head",),
        why="prototypes or a projection head beside the layers of the network",
    ),
    Family(
        name="lightning-bolts (BYOL)",
        roles=_ONLINE,
        has=("online_network.encoder", "lightning"),
        confidence="likely",
        why="online and target networks in a Lightning checkpoint",
        stem_padding=1,
        max_pool="none",
    ),
    Family(
        name="BYOL",
        roles=(
            *_ONLINE,
            Role("online_encoder.net", "the online encoder", True),
            Role("target_encoder.net", "the target encoder, a running mean"),
        ),
        has=("online_network|online_backbone|online_encoder",),
        why="an online network",
    ),
    Family(
        name="PyContrast (CMC)",
        roles=(
            Role(
                "encoder1",
                "the encoder of lightness; the papers join both's features",
                True,
            ),
            Role("encoder2", "the encoder of colour; the papers join both's features", True),
            Role("model_ema.encoder1", "the momentum encoder of lightness"),
            Role("model_ema.encoder2", "the momentum encoder of colour"),
        ),
        has=("encoder1", "encoder2"),
        why="two encoders, for lightness and for colour",
        normalisation="lab",
        doubt="It takes images in the CIELAB space, lightness for encoder1 and a and b for "
        "encoder2.",
    ),
    Family(
        name="SimSiam",
        roles=(Role("encoder", "the encoder of both views", True),),
        has=("encoder.fc.0", "predictor"),
        hasnt=("lightning",),
        why="an encoder with an MLP as its head and a predictor",
    ),
    Family(
        name="PyContrast",
        roles=(
            Role("encoder", "the encoder, trained by gradient", True),
            Role("model_ema.encoder", "the momentum encoder, a running mean"),
        ),
        has=("encoder", "head", "contrast|fact:opt|fact:epoch|model_ema"),
        hasnt=("lightning",),
        confidence="likely",
        why="an encoder with a head beside it",
    ),
    Family(
        name="PyContrast",
        roles=(Role("encoder", "the encoder", True),),
        has=("encoder", "head"),
        hasnt=("lightning",),
        confidence="unsure",
        why="an encoder and a head beside it, which other code may name alike",
    ),
    Family(
        name="MMPretrain",
        roles=(
            *_BACKBONE,
            Role("target_backbone", "the target backbone, a running mean"),
            Role("target_net.0", "the target backbone, a running mean"),
        ),
        has=("backbone", "fact:meta|neck|style:vit of mmpretrain"),
        hasnt=("lightning",),
        why="a backbone beside OpenMMLab's own entries or names",
        stem_padding=1,
        max_pool="none",
        doubt="The preprocessing of images is part of its config, which the weights do not hold.",
    ),
    Family(
        name="lightly",
        roles=(
            *_BACKBONE,
            Role("model.backbone", "the backbone", True),
            Role("student_backbone", "the student, trained by gradient"),
            Role("teacher_backbone", "the teacher, a running mean", True),
        ),
        has=(
            "projection_head.layers|prediction_head.layers|online_classifier|model.backbone|"
            "style:resnet by number|backbone_momentum|student_backbone",
        ),
        hasnt=("online_network", "encoder"),
        confidence="likely",
        why="heads or a numbered backbone as lightly names them",
        stem_padding=1,
        max_pool="none",
    ),
    Family(
        name="solo-learn",
        roles=(*_BACKBONE, Role("encoder", "the backbone, under its old name", True)),
        has=("classifier|momentum_backbone|momentum_encoder|momentum_projector",),
        hasnt=("fact:meta",),
        confidence="likely",
        why="an online classifier or momentum networks as solo-learn names them",
        stem_padding=2,
        max_pool="none",
        normalisation="by size",
    ),
    Family(
        name="lightning-bolts",
        roles=(Role("encoder", "the encoder", True),),
        has=("encoder", "lightning"),
        confidence="likely",
        why="an encoder in a Lightning checkpoint; torchgeo and old solo-learn name it alike",
        stem_padding=1,
        max_pool="none",
    ),
    Family(
        name="solo-learn or lightly",
        roles=_BACKBONE,
        has=("backbone", "lightning"),
        confidence="unsure",
        why="a backbone in a Lightning checkpoint, without a head of a known name",
        normalisation="by size",
    ),
    Family(
        name="Barlow Twins",
        roles=_BACKBONE[:1],
        has=("backbone", "projector", "bn.running_mean"),
        why="a projector and the batch norm of its cross-correlation",
    ),
    Family(
        name="VICReg",
        roles=_BACKBONE[:1],
        has=("backbone", "projector"),
        confidence="likely",
        why="a backbone and an expander called projector, and no further batch norm",
    ),
    Family(
        name="SimCLR (sthalles)",
        roles=_BACKBONE[:1],
        has=("backbone.fc.0", "backbone.fc.2"),
        hasnt=("backbone.fc.3",),
        why="a backbone whose own last layer is the projection head",
        normalisation="none",
        image_size=96,
        doubt=_CROPS,
    ),
    Family(
        name="CACR (small scale)",
        roles=_ALONE,
        has=("kind:small_alexnet",),
        confidence="likely",
        why="SmallAlexNet, whose code CACR took from align_uniform: files of both look alike",
        normalisation="by size",
    ),
    Family(
        name="timm",
        roles=_SUPERVISED,
        has=("fact:version|state_dict_ema|model_ema", "fact:arch|state_dict_ema|model_ema"),
        confidence="likely",
        why="a training checkpoint as timm writes it",
        doubt="Some of timm's ViTs were trained with mean and deviation 0.5.",
    ),
    Family(
        name="timm",
        roles=_ALONE,
        has=("style:vit", "head.weight"),
        confidence="likely",
        why="a ViT with a classifier, in timm's names; DeiT uses the same",
        doubt="Some of timm's ViTs were trained with mean and deviation 0.5.",
    ),
    Family(
        name="DINO, timm or another bare ViT",
        roles=_ALONE,
        has=("style:vit",),
        hasnt=("head",),
        confidence="unsure",
        why="a ViT in timm's names without a head, which many publish",
    ),
    Family(
        name="torchvision",
        roles=_ALONE,
        has=("style:vit of torchvision",),
        why="a ViT in torchvision's names",
    ),
    Family(
        name="timm or torchvision",
        roles=_ALONE,
        has=("style:resnet", "fc.weight", "container:safetensors"),
        confidence="likely",
        why="a ResNet with a classifier in the names of both; timm publishes safetensors",
    ),
    Family(
        name="torchvision or timm",
        roles=_ALONE,
        has=("style:resnet", "fc.weight"),
        confidence="likely",
        why="a ResNet with a classifier in the names of both, supervised or fine-tuned",
    ),
    Family(
        name="Barlow Twins, VICReg or another bare ResNet",
        roles=_ALONE,
        has=("style:resnet",),
        hasnt=("fc",),
        confidence="unsure",
        why="a ResNet without a head; Barlow Twins' and VICReg's resnet50.pth are such files, and "
        "nothing in them says whose",
    ),
    Family(
        name="plain state dict",
        roles=(Role(ANY, "a network in the file", True),),
        confidence="unsure",
        why="the network is known, but not the code that named it",
    ),
)


@dataclass(frozen=True)
class Evidence:
    """What a file shows, as the words that `Family.has` is written in."""

    words: frozenset[str]
    paths: tuple[str, ...] = field(default=())


def evidence(
    names: Iterable[str], paths: Iterable[str], facts: Mapping[str, Any], others: Iterable[str]
) -> Evidence:
    """All beginnings of plain names and of facts, cut at dots, and what else is known.

    Args:
        names: Of tensors, without wrappers and containers that say nothing.
        paths: Of networks, likewise.
        facts: What in the file is no tensor.
        others: Words of the form `style:...`, `stem:...`, `kind:...`, `container:...`,
            `head:512-512-128 without norm`, `queue:rows are keys`.
    """
    words = set(others)
    for name in names:
        words.update(_beginnings(name))
        words.update(f"part:{part}" for part in name.split(".")[:-1] if not part.isdigit())
    for key in facts:
        words.update(f"fact:{beginning}" for beginning in _beginnings(key))
    if "fact:pytorch-lightning_version" in words or {"fact:global_step", "fact:epoch"} <= words:
        words.add("lightning")
    return Evidence(frozenset(words), tuple(paths))


def recognise(seen: Evidence) -> tuple[Family, str] | None:
    """The first family that fits, and which of the networks' paths it takes; None if there is no
    network at all."""
    for family in FAMILIES:
        if not all(_any(seen.words, one) for one in family.has):
            continue
        if any(_any(seen.words, one) for one in family.hasnt):
            continue
        for role in family.roles:
            if role.path == ANY and seen.paths:
                return family, seen.paths[0]
            if role.path in seen.paths:
                return family, role.path
    return None


def role_of(family: Family, path: str) -> Role:
    """What an encoder is in a family's files."""
    for role in family.roles:
        if role.path in (path, ANY):
            return role._replace(path=path)
    return Role(path, "another network in the file")


def _any(words: frozenset[str], one: str) -> bool:
    return any(word in words for word in one.split("|"))


def _beginnings(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
