"""Encoders of recent years that many code bases publish alike: told by their form and by the
configuration beside them."""

from __future__ import annotations

from cacr_core.checkpoints.families.family import ANY, Family, Role
from cacr_core.checkpoints.families.roles import MAE_HEADS, MOCO_HEADS, USUAL_HEADS

# fmt: off
TOWER = (Role("vision_model", "the vision tower", True), Role("visual", "the vision tower", True),
         Role("visual.trunk", "the vision tower", True), Role(ANY, "the vision tower", True))
ONE = (Role("teacher.backbone", "the teacher, a running mean of the student", True),
       Role("student.backbone", "the student, trained by gradient"),
       Role("model_ema", "a running mean of the weights", True),
       Role("state_dict_ema", "a running mean of the weights", True),
       Role(ANY, "the network in the file", True))
TODAY: tuple[Family, ...] = (
    Family(
        name="I-JEPA", heads={1280: 16, 1408: 16},
        roles=(Role("target_encoder", "the target encoder, a running mean", True),
               Role("encoder", "the context encoder, trained by gradient")),
        has=("kind:vit", "class token:no", "target_encoder", "predictor"),
        why="a target encoder, a predictor, and no class token",
    ),
    Family(
        name="MSN", heads=USUAL_HEADS,
        roles=(Role("target_encoder", "the target encoder, a running mean", True),
               Role("encoder", "the anchor encoder, trained by gradient")),
        has=("kind:vit", "class token:yes", "target_encoder", "prototypes"),
        why="a target encoder and prototypes beside a ViT with a class token",
    ),
    Family(
        name="I-JEPA", roles=ONE, heads={1280: 16, 1408: 16}, has=("model type:ijepa", "kind:vit"),
        why="its configuration says ijepa",
    ),
    Family(
        name="iBOT", heads=USUAL_HEADS,
        roles=(Role("teacher.backbone", "the teacher, a running mean of the student", True),
               Role("student.backbone", "the student, trained by gradient")),
        has=("teacher.backbone|student.backbone", "ibot_loss|fact:ibot_loss"),
        why="a student, a teacher and iBOT's loss",
    ),
    Family(
        name="DINOv3", roles=ONE,
        has=("kind:vit", "positions:rope", "layer scale:yes", "registers:yes", "class token:yes"),
        why="a ViT with rotary positions, LayerScale and register tokens",
    ),
    Family(
        name="DINOv3 or another ViT with rotary positions", roles=ONE, confidence="unsure",
        has=("kind:vit", "positions:rope", "layer scale:yes"),
        why="a ViT with rotary positions and LayerScale, but without a class token or registers",
        doubt="How its positions are turned cannot be seen: DINOv3's way is assumed.",
    ),
    Family(
        name="DINOv3 (ConvNeXt)", roles=ONE, has=("kind:convnext", "model type:dinov3_convnext"),
        why="its configuration says dinov3_convnext",
    ),
    Family(
        name="DINOv3 (ConvNeXt)", roles=ONE, confidence="likely",
        has=("style:dinov3 convnext of transformers",),
        why="a ConvNeXt in the names that transformers gives DINOv3's",
    ),
    Family(
        name="ConvNeXt, supervised or DINOv3's", roles=ONE, confidence="unsure",
        has=("kind:convnext",),
        why="a ConvNeXt: the supervised ones and DINOv3's are laid out alike",
    ),
    Family(
        name="DINOv2 with registers", roles=ONE,
        has=("kind:vit", "layer scale:yes", "registers:yes", "patch:14"),
        why="LayerScale, register tokens and a patch of 14 pixels",
    ),
    Family(
        name="DINOv2", roles=ONE,
        has=("kind:vit", "layer scale:yes", "patch:14", "part:mask_token|part:embeddings"),
        why="LayerScale, a mask token and a patch of 14 pixels",
    ),
    Family(
        name="DINOv2", roles=ONE, confidence="likely",
        has=("kind:vit", "layer scale:yes", "patch:14|model type:dinov2"),
        hasnt=("style:vit of deit iii",),
        why="LayerScale and a patch of 14 pixels",
    ),
    Family(
        name="Perception Encoder", roles=TOWER, pixels="half", confidence="likely",
        has=("kind:vit", "pool:attention", "class token:yes", "pre norm:yes"),
        why="a ViT with a class token, a norm before the first block, and a learnt query that "
            "gathers its features",
    ),
    Family(
        name="SigLIP (vision tower)", roles=TOWER, pixels="half", heads={1536: 16},
        has=("kind:vit", "pool:attention", "class token:no"),
        why="a ViT without a class token whose features one learnt query gathers",
    ),
    Family(
        name="SigLIP (vision tower)", roles=TOWER, pixels="half", confidence="likely",
        has=("style:clip of transformers", "class token:no", "pre norm:no"),
        why="a ViT without a class token in the names of SigLIP's vision tower, but without its "
            "pooling",
    ),
    Family(
        name="CLIP", roles=TOWER, pixels="clip",
        has=("kind:vit", "pre norm:yes", "style:clip of transformers|style:clip of openai"),
        why="a norm before the first block, in the names of CLIP's code",
    ),
    Family(
        name="CLIP", roles=TOWER, pixels="clip", confidence="likely",
        has=("kind:vit", "pre norm:yes"),
        why="a norm before the first block, as CLIP's vision towers have it",
    ),
    Family(
        name="CLIP", roles=TOWER, pixels="clip", has=("kind:clip_resnet",),
        why="a ResNet with three convolutions as its stem and attention as its pooling",
    ),
    Family(
        name="MAE", roles=ONE, has=("kind:vit", "decoder_blocks|model type:vit_mae"),
        why="the decoder that fills masked patches in",
    ),
    Family(
        name="MAE", roles=ONE, has=("kind:vit", "decoder.decoder_embed"), hasnt=("lightning",),
        why="the decoder that fills masked patches in",
    ),
    Family(
        name="MAE (solo-learn)", heads=MAE_HEADS, pixels="solo-learn",
        roles=(Role("backbone", "the backbone", True),),
        has=("kind:vit", "lightning", "decoder.decoder_embed|decoder.decoder_blocks"),
        why="a backbone and a decoder in a Lightning checkpoint, as solo-learn names them",
    ),
    Family(
        name="MAE (solo-learn)", heads=MAE_HEADS, pixels="solo-learn", confidence="likely",
        roles=(Role("backbone", "the backbone", True),),
        has=("kind:vit", "lightning", "backbone", "says:mae"),
        why="a backbone in a Lightning checkpoint whose name or settings say mae",
    ),
    Family(
        name="MAE (solo-learn)", heads=MAE_HEADS, pixels="solo-learn", confidence="unsure",
        roles=(Role("backbone", "the backbone", True),),
        has=("kind:vit", "lightning", "backbone", "folder says:mae"),
        why="a backbone in a Lightning checkpoint whose folder is called after MAE",
        doubt="Only its folder's name says MAE, whose small ViTs have 12 attention heads in "
              "solo-learn: those of others have one for each 64 dimensions.",
    ),
    Family(
        name="MoCo v3 (converted)", roles=ONE, heads=MOCO_HEADS, confidence="likely",
        has=("kind:vit", "says:moco"), hasnt=("base_encoder", "encoder_q"),
        why="a bare ViT in a file whose name or settings say MoCo",
    ),
    Family(
        name="MoCo v3 (converted)", roles=ONE, heads=MOCO_HEADS, confidence="unsure",
        has=("kind:vit", "folder says:moco"), hasnt=("base_encoder", "encoder_q"),
        why="a bare ViT in a folder that is called after MoCo",
        doubt="Only its folder's name says MoCo, whose ViT-S has 12 attention heads: that of DINO, "
              "DeiT and timm has 6.",
    ),
    Family(
        name="ViT (transformers)", roles=ONE, confidence="likely", pixels="half",
        heads=USUAL_HEADS, has=("style:vit of transformers", "model type:vit"), classifies=True,
        why="its configuration says vit",
    ),
    Family(
        name="MSN", roles=ONE, heads=USUAL_HEADS,
        has=("style:vit of transformers", "model type:vit_msn"), classifies=True,
        why="its configuration says vit_msn",
    ),
    Family(
        name="DeiT", roles=ONE, heads=USUAL_HEADS,
        has=("style:vit of transformers", "model type:deit"), classifies=True,
        why="its configuration says deit",
    ),
    Family(
        name="BEiT", roles=ONE, has=("style:vit of transformers", "model type:beit"),
        classifies=True, why="its configuration says beit",
    ),
    Family(
        name="data2vec", roles=ONE,
        has=("style:vit of transformers", "model type:data2vec-vision"), classifies=True,
        why="its configuration says data2vec-vision",
    ),
    Family(
        name="DINO, MAE, MSN or another ViT in transformers' names", roles=ONE,
        confidence="unsure", has=("style:vit of transformers",), hasnt=("model type",),
        classifies=True,
        why="a ViT in the names of transformers; its config.json would say whose",
    ),
    Family(
        name="another ViT in transformers' names", roles=ONE, confidence="unsure",
        has=("style:vit of transformers",), classifies=True,
        why="a ViT in the names of transformers, and its configuration says none that is known "
            "here",
    ),
    Family(
        name="I-JEPA or another ViT without a class token", roles=ONE, confidence="unsure",
        has=("kind:vit", "class token:no"),
        why="a ViT without a class token, whose features are the mean over places",
    ),
    Family(
        name="DeiT III or another ViT with LayerScale", roles=ONE, confidence="unsure",
        has=("style:vit of deit iii",), classifies=True,
        why="LayerScale in the names of DeiT III's own code",
    ),
    Family(
        name="DeiT III or another ViT with LayerScale", roles=ONE, confidence="unsure",
        has=("kind:vit", "layer scale:yes"), classifies=True,
        why="LayerScale, but a patch of another size than DINOv2's",
    ),
)
