"""One file or more of every family that is recognised, and what its card must say."""

import argparse

from tests.layouts import (
    Layout,
    alexnet,
    by_number,
    byol,
    cmc,
    dino,
    layers,
    lightning,
    mmpretrain_vit,
    moco,
    moco_v3,
    resnet,
    tensors,
    torchvision_vit,
    under,
    vissl,
    vit,
)

MLP = (2048, "relu", 128)
BARLOW = (2048, "bn", "relu", 2048, "bn", "relu", 2048)
V3_HEAD = layers("head", 384, 4096, "bn", "relu", 4096, "bn", "relu", 256, "bn0", bias=False)


def _sscl(prefix=""):
    head = layers("fc.projection_head.W1", 512, 512) | layers("fc.projection_head.W2", 512, 128)
    return tensors(under(f"{prefix}encoder_q", resnet("resnet18", cifar=True) | head))


def _own(backbone, size):
    from cacr_core.models import make_encoder
    from tests.layouts import shapes_of

    return tensors(shapes_of(lambda: make_encoder(backbone, image_size=size)))


def _barlow(norm=True):
    names = under("backbone", resnet()) | layers("projector", 2048, *BARLOW, bias=False)
    names |= {"bn.running_mean": (2048,), "bn.running_var": (2048,)} if norm else {}
    return {"epoch": 5, "model": tensors(under("module", names)), "optimizer": {"state": {}}}


def _vicreg():
    wide = (8192, "bn", "relu", 8192, "bn", "relu", 8192)
    names = under("backbone", resnet()) | layers("projector", 2048, *wide, bias=False)
    return {"epoch": 99, "model": tensors(under("module", names)), "optimizer": {"state": {}}}


def _supcontrast():
    net = {n.replace("downsample", "shortcut"): s for n, s in resnet("resnet18", True).items()}
    names = under("encoder.module", net) | layers("head", 512, 512, "relu", 128)
    opt = argparse.Namespace(dataset="cifar100", temp=0.1, model="resnet18", mean=None, std=None)
    return {"opt": opt, "model": tensors(names), "optimizer": {"state": {}}, "epoch": 200}


def _dkobak():
    names = under("backbone", resnet("resnet18", cifar=True))
    return tensors(names | layers("projector", 512, 1024, "relu", 128))


def _wide():
    """Twice as wide from the first layer on."""
    double = {}
    for name, shape in resnet(head=(1000,)).items():
        grown = [2 * n if n > 7 and n != 1000 else n for n in shape]
        double[name] = tuple(grown)
    return {"state_dict": tensors(double)}


def _swav(module="module."):
    names = resnet() | layers("projection_head", 2048, 2048, "bn", "relu", 128)
    names |= layers("prototypes", 128, 3000, bias=False)
    return tensors({module + name: shape for name, shape in names.items()})


def _solo(old=False):
    name = "encoder" if old else "backbone"
    names = under(name, resnet("resnet18", cifar=True)) | layers("classifier", 512, 100)
    return lightning(names | layers("projector", 512, 2048, "bn", "relu", 128), method="simclr")


def _lightly(**how):
    names = under("backbone", by_number(resnet("resnet18"), **how))
    return lightning(names | layers("projection_head.layers", 512, 512, "relu", 128))


def _mmpretrain():
    names = under("backbone", resnet()) | layers("neck.mlp", 2048, *MLP)
    return {"meta": {"mmengine_version": "0.7"}, "state_dict": tensors(names)}


def _mmselfsup():
    net = under("0", resnet()) | layers("1.mlp", 2048, *MLP)
    names = under("encoder_q", net) | under("encoder_k", net) | {"queue": (128, 65536)}
    return {"meta": {"mmcv_version": "1.3"}, "state_dict": tensors(names)}


def _pycontrast():
    names = under("encoder", resnet()) | layers("head", 2048, *MLP)
    return {
        "model": tensors(under("module", names)),
        "model_ema": tensors(names),
        "contrast": tensors({"memory": (1000, 128)}),
        "optimizer": {"state": {}},
        "epoch": 200,
    }


def _simclr_of_anyone():
    names = under("net", resnet("resnet18", cifar=True))
    return {"state_dict": tensors(names | layers("projector", 512, 512, "relu", 128))}


def _sthalles_byol():
    names = under("encoder", by_number(resnet("resnet18"))) | layers("projetion.net", 512, 512)
    return {f"{one}_network_state_dict": tensors(names) for one in ("online", "target")}


def _simsiam(module="module."):
    head = (2048, "bn", "relu", 2048, "bn", "relu", 2048, "bn0")
    names = under("encoder", resnet(head=head))
    names |= layers("predictor", 2048, 512, "bn", "relu", 2048)
    names = {module + name: shape for name, shape in names.items()}
    return {"epoch": 100, "arch": "resnet50", "state_dict": tensors(names), "optimizer": {}}


def _sthalles():
    names = under("backbone", resnet("resnet18", head=(512, "relu", 128)))
    return {"epoch": 100, "arch": "resnet18", "state_dict": tensors(names), "optimizer": {}}


def _bolts():
    names = under("encoder", resnet()) | layers("projection.model", 2048, 2048, "bn", "relu", 128)
    return lightning(names)


def _timm_training():
    names = vit(classes=1000)
    return {"epoch": 3, "arch": "vit_small_patch16_224", "version": 2} | {
        "state_dict": tensors(names),
        "state_dict_ema": tensors(under("module", names)),
    }


SHARED = "MoCo v2, CACR (queue) or SynCo"
V3 = "MoCo v3 or CACR (MoCo-v3 form)"
BARE = "a bare ResNet"
PROJECTOR = "VICReg or another method with a projector"
APP = "CACR playground (this app)"
Q = "state_dict.module.encoder_q"

LAYOUTS = {
    "cacr small, 32": Layout(
        lambda: tensors(alexnet(32)), "CACR (small scale)", "", "small_alexnet", 32, "likely",
        (4096, 128),
    ),
    "cacr small, 64": Layout(
        lambda: tensors(under("module", alexnet(64))), "CACR (small scale)", "module",
        "small_alexnet", 64, "likely", (4096, 128), "legacy",
    ),
    "moco v2 or cacr queue": Layout(
        lambda: moco(MLP), SHARED, Q, "resnet50", 224, "likely", (2048, 2048, 128)
    ),
    "moco v2, one gpu, legacy": Layout(
        lambda: moco(MLP, ""), SHARED, "state_dict.encoder_q", "resnet50", 224, "likely",
        (2048, 2048, 128), "legacy",
    ),
    "moco v1": Layout(
        lambda: moco((128,)), "MoCo v1", Q, "resnet50", 224, "likely", (2048, 128)
    ),
    "synco": Layout(
        lambda: moco(MLP, queue=(65536, 128)), "SynCo", Q, "resnet50", 224, "likely",
        (2048, 2048, 128),
    ),
    "moco v3, resnet": Layout(
        lambda: moco_v3(resnet(head=(4096, "bn", "relu", 256, "bn0"))), V3,
        "state_dict.module.base_encoder", "resnet50", 224, "likely", (2048, 4096, 256),
    ),
    "moco v3, vit": Layout(
        lambda: moco_v3(vit() | V3_HEAD, ""), V3, "state_dict.base_encoder",
        "vit_small_patch16_224", 224, "likely", (384, 4096, 4096, 256),
    ),
    "simsiam": Layout(
        _simsiam, "SimSiam", "state_dict.module.encoder", "resnet50", 224, "sure",
        (2048, 2048, 2048, 2048),
    ),
    "simsiam, one gpu": Layout(
        lambda: _simsiam(""), "SimSiam", "state_dict.encoder", "resnet50"
    ),
    "simclr, sthalles": Layout(
        _sthalles, "SimCLR (sthalles)", "state_dict.backbone", "resnet18", 96, "sure",
        (512, 512, 128),
    ),
    "byol": Layout(
        byol, "BYOL", "model.online_network.encoder", "resnet50", head=(2048, 4096, 256)
    ),
    "byol, backbone alone": Layout(
        lambda: {"online_backbone": tensors(under("module", resnet()))}, "BYOL",
        "online_backbone.module", "resnet50",
    ),
    "vicreg": Layout(
        _vicreg, "VICReg", "model.module.backbone", "resnet50", 224, "likely",
        (2048, 8192, 8192, 8192),
    ),
    "a backbone and a projector": Layout(
        lambda: _barlow(norm=False), PROJECTOR, "model.module.backbone", "resnet50", 224,
        "unsure", (2048, 2048, 2048, 2048),
    ),
    "supcontrast": Layout(
        _supcontrast, "SupContrast", "model.encoder.module", "resnet18", 32, "sure",
        (512, 512, 128),
    ),
    "supcontrast, without its settings": Layout(
        lambda: {"model": _supcontrast()["model"]}, "SupContrast, PyContrast or other code",
        "model.encoder.module", "resnet18", 32, "unsure", (512, 512, 128),
    ),
    "dkobak's simclr": Layout(
        _dkobak, "SimCLR (dkobak)", "backbone", "resnet18", 32, "likely", (512, 1024, 128)
    ),
    "google's simclr, converted": Layout(
        _wide, "SimCLR (Google), converted", "state_dict", "resnet50", 224, "likely", (4096, 1000)
    ),
    "barlow twins": Layout(
        _barlow, "Barlow Twins", "model.module.backbone", "resnet50",
        head=(2048, 2048, 2048, 2048),
    ),
    "bare resnet": Layout(
        lambda: tensors(resnet()), BARE, "", "resnet50", 224, "unsure"
    ),
    "swav": Layout(_swav, "SwAV", "module", "resnet50", head=(2048, 2048, 128)),
    "swav, one gpu": Layout(lambda: {"state_dict": _swav("")}, "SwAV", "state_dict", "resnet50"),
    "dino, vit": Layout(
        lambda: dino(vit(), wrapped_teacher=False), "DINO", "teacher.backbone",
        "vit_small_patch16_224",
    ),
    "dino, resnet": Layout(
        lambda: dino(resnet(), wrapped_teacher=True), "DINO", "teacher.module.backbone",
        "resnet50",
    ),
    "dino, bare": Layout(
        lambda: tensors(vit(patch=8)), "DINO, timm or another bare ViT", "",
        "vit_small_patch8_224", 224, "unsure",
    ),
    "solo-learn": Layout(
        _solo, "solo-learn", "state_dict.backbone", "resnet18", 32, "likely", (512, 2048, 128)
    ),
    "solo-learn, old": Layout(
        lambda: _solo(old=True), "solo-learn", "state_dict.encoder", "resnet18", 32, "likely"
    ),
    "lightly": Layout(
        _lightly, "lightly", "state_dict.backbone", "resnet18", 224, "likely", (512, 512, 128)
    ),
    "lightly, its own resnet": Layout(
        lambda: _lightly(layer_numbers=(2, 3, 4, 5), shortcut=True), "lightly",
        "state_dict.backbone", "resnet18", 224, "likely", (512, 512, 128),
    ),
    "lightly, older": Layout(
        lambda: lightning(under("model.backbone", by_number(resnet("resnet18")))), "lightly",
        "state_dict.model.backbone", "resnet18", 224, "likely",
    ),
    "lightning-bolts": Layout(
        _bolts, "lightning-bolts", "state_dict.encoder", "resnet50", 224, "likely",
    ),
    "pycontrast": Layout(
        _pycontrast, "PyContrast", "model.module.encoder", "resnet50", 224, "likely",
        (2048, 2048, 128),
    ),
    "pycontrast, cmc": Layout(
        cmc, "PyContrast (CMC)", "model.module.encoder1", "resnet50", head=(1024, 1024, 128)
    ),
    "vissl": Layout(
        vissl, "VISSL", "classy_state_dict.base_model.model.trunk._feature_blocks", "resnet50",
        head=(2048, 2048, 128),
    ),
    "mmpretrain": Layout(
        _mmpretrain, "MMPretrain", "state_dict.backbone", "resnet50", 224, "likely",
        (2048, 2048, 128),
    ),
    "mmpretrain, vit": Layout(
        mmpretrain_vit, "MMPretrain", "state_dict.backbone", "vit_base_patch16_224", 224, "likely"
    ),
    "mmselfsup, moco": Layout(
        _mmselfsup, "MMPretrain (MoCo)", "state_dict.encoder_q.0", "resnet50", 224, "likely",
        (2048, 2048, 128),
    ),
    "sscl": Layout(
        _sscl, "SSCL (its author's code)", "encoder_q", "resnet18", 32, "sure", (512, 512, 128)
    ),
    "sscl, many gpus": Layout(
        lambda: _sscl("module."), "SSCL (its author's code)", "module.encoder_q", "resnet18", 32
    ),
    "timm, safetensors": Layout(
        lambda: tensors(vit(768, classes=1000)), "timm", "", "vit_base_patch16_224", 224,
        "likely", (768, 1000), "safetensors",
    ),
    "timm, training": Layout(
        _timm_training, "timm", "state_dict_ema.module", "vit_small_patch16_224", 224, "likely"
    ),
    "torchvision": Layout(
        lambda: tensors(resnet("resnet34", head=(1000,))), "torchvision or timm", "", "resnet34",
        224, "likely", (512, 1000),
    ),
    "torchvision, vit": Layout(
        torchvision_vit, "torchvision", "", "vit_base_patch16_224", head=(768, 1000)
    ),
    "resnet101, safetensors": Layout(
        lambda: tensors(resnet("resnet101", head=(1000,))), "timm or torchvision", "",
        "resnet101", 224, "likely", (2048, 1000), "safetensors",
    ),
    "plain state dict": Layout(
        lambda: tensors(under("trunk", resnet("resnet18"))), "plain state dict", "trunk",
        "resnet18", 224, "unsure",
    ),
    "compiled and wrapped": Layout(
        lambda: tensors(under("_orig_mod.module", resnet("resnet18", head=(10,)))),
        "torchvision or timm", "_orig_mod.module", "resnet18", 224, "likely", (512, 10),
    ),
    "sthalles's byol": Layout(
        _sthalles_byol, "BYOL", "online_network_state_dict.encoder", "resnet18"
    ),
    "cacr queue, with its settings": Layout(
        lambda: moco(MLP, args=argparse.Namespace(tau_pos=1.0)), "CACR (queue)", Q, "resnet50"
    ),
    "sscl, without names of its own": Layout(
        _simclr_of_anyone, "SSCL (its author's code) or another SimCLR", "state_dict.net",
        "resnet18", 32, "unsure", (512, 512, 128),
    ),
    "a relative of dino": Layout(
        lambda: {"teacher": tensors(under("backbone", vit(768)))}, "DINO or a relative of it",
        "teacher.backbone", "vit_base_patch16_224", 224, "likely",
    ),
    "an encoder alone": Layout(
        lambda: {"model": tensors(under("module.encoder", resnet()))},
        "PyContrast, SimSiam or other code", "model.module.encoder", "resnet50", 224, "unsure",
    ),
    "a backbone alone": Layout(
        lambda: {"model": tensors(under("backbone", resnet("resnet18")))},
        "VICReg, Barlow Twins, solo-learn, lightly or other code", "model.backbone", "resnet18",
        224, "unsure",
    ),
    "this app, small": Layout(
        lambda: _own("small", 24), APP, "backbone", "small", 32, "likely", (128, 256, 128)
    ),
    "this app, smallalexnet": Layout(
        lambda: _own("smallalexnet", 32), APP, "backbone", "small_alexnet", 32, "likely",
        (4096, 128),
    ),
}  # fmt: skip
