"""Code bases told by a backbone, an encoder or a bare network, the general ones last."""

from __future__ import annotations

from cacr_core.checkpoints.families.family import ANY, Family, Role
from cacr_core.checkpoints.families.roles import (
    ALONE,
    BACKBONE,
    EMA,
    HALF,
    STEM,
    USUAL_HEADS,
)

# fmt: off
ONE_ENCODER: tuple[Family, ...] = (
    Family(
        name="SupContrast", pixels="supcontrast", **STEM,
        roles=(Role("encoder", "the encoder", True),),
        has=("encoder", "head", "setting:temp", "fact:opt", "stem:cifar"), hasnt=("lightning",),
        why="an encoder, a head and the settings of SupContrast's own script",
    ),
    Family(
        name="SupContrast, PyContrast or other code", confidence="unsure", pixels="supcontrast",
        roles=(Role("encoder", "the encoder", True),), **STEM,
        has=("encoder", "head", "stem:cifar"), hasnt=("lightning", "contrast", "model_ema"),
        why="an encoder for small images and a head beside it, as in SupContrast, but none of its "
            "settings",
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
        name="MMPretrain", confidence="likely", **STEM,
        roles=(*BACKBONE, Role("target_backbone", "the target backbone, a running mean")),
        has=("backbone", "fact:meta|neck|style:vit of mmpretrain"), hasnt=("lightning",),
        why="a backbone beside OpenMMLab's own entries or names; its detectors look alike",
        doubt="The preprocessing of images stands in its config, which the weights do not hold.",
    ),
    Family(
        name="lightly", confidence="likely", **STEM,
        roles=(*BACKBONE, Role("model.backbone", "the backbone, trained by gradient", True),
               Role("teacher_backbone", "the teacher, a running mean of the student", True),
               Role("student_backbone", "the student, trained by gradient")),
        has=("projection_head.layers|prediction_head.layers|online_classifier|model.backbone|"
             "style:resnet by number|backbone_momentum|student_backbone",),
        why="heads or a numbered backbone, as lightly names them",
    ),
    Family(
        name="solo-learn", confidence="likely", pixels="solo-learn",
        stem_padding=2, max_pool="none",
        roles=(*BACKBONE, Role("encoder", "the backbone under its old name", True)),
        has=("lightning", "classifier|projector|momentum_backbone|momentum_projector"),
        hasnt=("fact:meta",),
        why="heads or momentum networks in a Lightning checkpoint, as solo-learn names them",
    ),
    Family(
        name="solo-learn", confidence="likely", pixels="solo-learn",
        stem_padding=2, max_pool="none",
        roles=(*BACKBONE, Role("encoder", "the backbone under its old name", True)),
        has=("classifier", "projector"), hasnt=("fact:meta",),
        why="a projector and an online classifier, as solo-learn names them",
    ),
    Family(
        name="lightning-bolts", confidence="likely", **STEM,
        roles=(Role("encoder", "the encoder", True),),
        has=("encoder", "lightning"),
        why="an encoder in a Lightning checkpoint; torchgeo names it alike",
    ),
    Family(
        name="solo-learn or lightly", roles=BACKBONE, confidence="unsure",
        has=("backbone", "lightning"),
        why="a backbone in a Lightning checkpoint, without a head of a known name",
    ),
    Family(
        name="Barlow Twins", roles=BACKBONE,
        has=("backbone", "projector", "bn.running_mean"),
        why="a projector, and the batch norm of the cross-correlation",
    ),
    Family(
        name="SimCLR (dkobak)", roles=BACKBONE, confidence="likely", pixels="simclr", **STEM,
        has=("backbone", "head:512-1024-128|head:2048-1024-128", "stem:cifar"),
        why="a backbone for CIFAR-10 and a projector of 1,024 and 128, as in that script",
    ),
    Family(
        name="VICReg", roles=BACKBONE, confidence="likely",
        has=("backbone", "projector",
             "setting:lars_adaptation_filter|expander:2048-8192-8192-8192|"
             "expander:4096-8192-8192-8192"),
        why="a backbone, an expander and the filters of its optimizer, or an expander of its width",
    ),
    Family(
        name="VICReg or another method with a projector", roles=BACKBONE, confidence="unsure",
        has=("backbone", "projector"),
        why="a backbone and a projector, which VICReg has and many others too",
    ),
    Family(
        name="SimCLR (sthalles)", roles=BACKBONE, pixels="simclr", image_size=96,
        has=("backbone.fc.0", "backbone.fc.2"), hasnt=("backbone.fc.3",),
        why="a backbone whose own last layer is the projection head",
        doubt="It was trained on crops of 96 pixels (STL-10, its default) or 32 (CIFAR-10).",
    ),
    Family(
        name="VICReg, Barlow Twins, solo-learn, lightly or other code", confidence="unsure",
        roles=BACKBONE, has=("backbone",),
        why="a backbone, which many code bases name so, and no head of a known name",
    ),
    Family(
        name="PyContrast, SimSiam or other code", confidence="unsure",
        roles=(Role("encoder", "the encoder", True),),
        has=("encoder",), hasnt=("encoder.layers",),
        why="an encoder, which many code bases name so, and no head of a known name",
    ),
    Family(
        name="CACR (small scale)", roles=ALONE, confidence="likely", pixels="by dataset",
        has=("kind:small_alexnet",),
        why="SmallAlexNet, whose code CACR took from align_uniform: files of both look alike",
    ),
    Family(
        name="timm", roles=EMA, confidence="likely", heads=USUAL_HEADS, classifies=True,
        has=("fact:version|state_dict_ema|model_ema", "fact:arch|state_dict_ema|model_ema"),
        why="a training checkpoint as timm writes it", doubt=HALF,
    ),
    Family(
        name="timm", roles=ALONE, confidence="likely", heads=USUAL_HEADS, classifies=True,
        has=("style:vit", "head.weight"),
        why="a ViT with a classifier in timm's names; DeiT uses the same", doubt=HALF,
    ),
    Family(
        name="DINO, timm or another bare ViT", roles=ALONE, confidence="unsure",
        has=("style:vit",), hasnt=("head",),
        why="a ViT in timm's names without a head, which many publish",
    ),
    Family(
        name="torchvision", roles=ALONE, classifies=True,
        has=("style:vit of torchvision",),
        why="a ViT in torchvision's names",
    ),
    Family(
        name="SimCLR (Google), converted", roles=ALONE, confidence="likely", pixels="simclr",
        has=("style:resnet", "fc.weight", "stem width:128|stem width:192|stem width:256"),
        why="a ResNet that is wider from its first layer on, as SimCLR's published ones are",
    ),
    Family(
        name="timm or torchvision", roles=ALONE, confidence="likely", classifies=True,
        has=("style:resnet", "fc.weight", "container:safetensors"),
        why="a ResNet with a classifier in the names of both; timm publishes safetensors",
    ),
    Family(
        name="torchvision or timm", roles=ALONE, confidence="likely", classifies=True,
        has=("style:resnet", "fc.weight"),
        why="a ResNet with a classifier in the names of both: supervised, fine-tuned, or another "
            "encoder after its linear evaluation; SimCLR's converted ones look alike and want "
            "pixels from 0 to 1",
    ),
    Family(
        name="a bare ResNet", roles=ALONE, confidence="unsure",
        has=("style:resnet",), hasnt=("fc",),
        why="a ResNet without a head; Barlow Twins' and VICReg's resnet50.pth are such files, and "
            "nothing in them says whose",
    ),
    Family(
        name="plain state dict", confidence="unsure",
        roles=(Role(ANY, "a network in the file", None),),
        why="the network is known, but not the code that named it",
    ),
)
