"""What the app says of a checkpoint that it cannot use as it is, of what is left out and of what
cannot be told, in German too."""

import pytest

from tests.german import in_german
from web.checkpoints.course import INVITATION

CODES = "codes whose scales are not among its layers; dequantise it and save plain tensors."
SAID = [
    INVITATION,
    "This file claims 268,802,688 bytes of copies, and at most 268,435,456 are read; save the "
    "encoder's state dict alone.",
    "Because one rank's share of a sharded model, of which each tensor is here in part (30 "
    "DTensors); gather a full state dict where it was trained (get_model_state_dict of "
    "torch.distributed.checkpoint.state_dict with full_state_dict=True).",
    "Because tensors that are quantised or of a class of their own, 3 of them, which only its code "
    "can make; dequantise them where they were made and save plain ones.",
    f"Its weights are whole numbers, {CODES}",
    "Its weights are complex numbers, which no network here has; save real ones.",
    "Its weights are of float8, and their scales, 4.1 first, are not among its layers; dequantise "
    "it and save plain tensors.",
    "Its weights are of float8 and taken as they are: the file has no scales of them.",
    "How its positions are turned cannot be seen: DINOv3's way is assumed.",
    "Because a ViT with rotary positions and LayerScale, but without a class token or registers.",
    "Because a ViT without a class token in the names of SigLIP's vision tower, but without its "
    "pooling.",
    "Because no network of a known form, so that only the table of tensors can be shown; it looks "
    "like torchvision's ConvNeXt; nearest of what is known is ConvNeXt, and it differs by its "
    "layers' names, which are not read here.",
    "Because LayerScale in the names of DeiT III's own code.",
    "Because it holds a training run's state, such as an optimizer's, and no weights.",
    "Because it holds no tensor that can be read, but entries that are not read.",
    "Because its configuration says deit; but its network is of no form that can be built here: it "
    "looks like a distilled DeiT; nearest of what is known is a ViT, and it differs by a second "
    "token beside the class token.",
    "Because it holds no tensor.",
    "Because it holds no tensor, settings alone.",
    "Because its configuration says vit_msn.",
    "Because its configuration says data2vec-vision.",
    "Because a ViT in the names of transformers, and its configuration says none that is known "
    "here.",
    "Because a ViT with a class token, a norm before the first block, and a learnt query that "
    "gathers its features.",
    "The number of attention heads cannot be seen: 12 are assumed, as in I-JEPA and SigLIP; timm's "
    "vit_base_patch16_gap_224 has 16.",
    "Where its norms stand cannot be seen: before attention and MLP is assumed; those of timm's "
    "ViTs called rpn stand behind.",
    "The activation cannot be seen: GELU is assumed; OpenAI's networks, which timm calls "
    "quickgelu, have x sigmoid(1.702 x).",
    "The config.json beside it says tresnet_m, its tensors are those of resnet18: what differs "
    "besides cannot be seen.",
    "The config.json beside it says the activation relu, which is not built here: gelu is taken.",
    "It is called resnetaa50, which has layers that blur where it grows coarser: that leaves "
    "nothing in the file and is not built here.",
    "It is called vit_base_patch16_rpn_224, which has its norms behind attention and MLP: that "
    "leaves nothing in the file and is not built here.",
    "It has the form of a Perception Encoder, which has positions that turn queries and keys in "
    "its own way: that is not built here.",
    "resnet18 needs a tensor that is missing or of another shape, fc.weight.",
    "resnet18 has no place for a tensor of its layers, fc.weight.",
    "another ViT in transformers' names",
    "0.2 MB, torch zip, 1 tensor, 51,200 weights",
    "The only tensor",
    "This is a zip archive with 'f16.pth' in it, which must be unpacked first, and what can be "
    "opened is safetensors or a file of torch.save.",
    "This is a numpy archive (.npz), whose arrays must first be saved as tensors from there, and "
    "what can be opened is safetensors or a file of torch.save.",
    "This is the index of a TensorFlow checkpoint, whose weights must first be saved from there, "
    "and what can be opened is safetensors or a file of torch.save.",
    "This is a msgpack file (Flax), whose arrays must first be saved as tensors from there, and "
    "what can be opened is safetensors or a file of torch.save.",
    "This is a TensorFlow Lite model, which holds a program and not weights alone, and what can be "
    "opened is safetensors or a file of torch.save.",
    "This is a program of torch.export, whose state dict must first be saved from there, and what "
    "can be opened is safetensors or a file of torch.save.",
    "This is a Keras file, whose weights must first be saved from there, and what can be opened is "
    "safetensors or a file of torch.save.",
    "B (nan.pth): Features must be finite, and layer4.1.conv2.weight itself holds NaN or infinite "
    "numbers. Take a file whose weights are finite.",
    "A (nan.pth): Features must be finite, features gives nan or infinity for some images. Check "
    "the weights and the normalisation.",
    "Features must be finite, and 0.weight itself holds NaN or infinite numbers. Take a file "
    "whose weights are finite.",
    "Because a bare ViT in a folder that is called after MoCo.",
    "Only its folder's name says MoCo, whose ViT-S has 12 attention heads: that of DINO, DeiT and "
    "timm has 6.",
    "Only its folder's name says MAE, whose small ViTs have 12 attention heads in solo-learn: "
    "those of others have one for each 64 dimensions.",
    "Because a backbone in a Lightning checkpoint whose folder is called after MAE.",
    "Whether its positions turn queries and keys, too, as those of timm's ViTs called rope and ape "
    "do, cannot be seen: they are only added.",
    "DINOv3 or another ViT with rotary positions",
    "a running mean of the weights",
    "a tensor of float4, two numbers a byte, which is not read",
    "a quantised tensor, without its scale",
    "Because a target encoder and prototypes beside a ViT with a class token.",
    "the anchor encoder, trained by gradient: the papers use another one",
    "another network in the file",
    "Their names give lengths: they may be trainings of their own.",
    "Features before the head: 2 of 64 dead, over 96 images. The embeddings lie 90 % as far apart "
    "as an even spread and use 7.1 of 8 directions; uniformity −2.1.",
    "Features: 5 of 64 dead, over 32 images.",
    "Features: collapsed, all images lie in nearly one place.",
    "Embeddings: collapsed, all images lie in nearly one place.",
    "Whether features live cannot be told: all 32 images seen are the same.",
    "Whether features live cannot be told: one image is seen.",
    "A and B share 40 % of the 10 nearest images, 2.1 % by chance",
    "A and B share 50 % of the nearest images, 33.3 % by chance",
    "All images lie in the same place under A but for the last digits, by which it is then decided "
    "who is nearest.",
    "all classes",
    "0 added, 0 removed, 62 changed, 40 same. Farthest apart: layer1.0.conv1.weight, by 1.2e-07 "
    "times its length in A. Without a distance, for NaN, infinite numbers or only zeros in A: 2.",
    "26 added, 1 removed, 0 changed, 0 same; counters left out: 5.",
    "Farthest apart: 2 tensors, by 0.0012 times their length in A.",
    "Without a bar, as they have no size in A: conv1.weight.",
    "Without a bar, as they have no size in A: conv1.weight, conv2.weight and 3 more.",
    "Left out, as they have NaN or infinite numbers: conv1.weight.",
    "Left out, as they have NaN or infinite numbers: conv1.weight and 1,200 more.",
    "Left out, as both their sides are above 4,096: fc.weight.",
    "Left out, as both their sides are above 4,096: a.weight, b.weight and 2 more.",
    "1 of 3 layers is the same in A and B",
    "2 of 3 layers are the same in A and B",
    "No direction of A, B varies",
    "90 % of the variance: B 4 directions No direction of A varies",
    "Layers lie 1.2e-07 to 0.001 of their size apart, fc.weight most",
    "Because it was set by hand.",
    "What was set by hand does not fit this file: normalisation must be one of ydbdr, lab where "
    "images have 2 channels, got 'imagenet'.",
    "Under the normalisation assumed 50 % of 256 images are right; under the others 40 to 60 %, "
    "most under stl10, clip.",
    "Under the normalisation set by hand 50 % of 256 images are right; under the others 40 to 50 "
    "%, no other does better.",
    "features before the head of 20 clean images, read at 64 pixels and enlarged to 224 x 224 "
    "pixels (bilinear, antialiased), less mean 0.5 0.5 0.5, divided by 0.5 0.5 0.5; not scaled to "
    "length 1.",
    "embeddings after the head of 20 clean images, read at 64 pixels and enlarged to 224 x 224 "
    "pixels (bilinear, antialiased), less mean 0.5 0.5 0.5, divided by 0.5 0.5 0.5; not scaled to "
    "length 1.",
    "Left out, since another file, in brackets, has its step: a.pth (b.pth).",
    "2 checkpoints, steps 1,000 to 2,000: at most 1,024 passes through the network, about 3 s.",
    "Up to 256 images of shapes and those they are compared with, at most 6,912 passes through the "
    "network.",
    "B has no head that can be built: features before the head are compared.",
    "87.5 % of 8 images get their own class Most often wrong: 0 taken for 1, once",
    "Where the class token looks: 80 % of it at the image",
    "What was set by hand does not fit this file: n_heads must be from 1 to 256, got 300.",
    "What was set by hand does not fit this file: input_size must be from 8 to 2048, got 3000.",
    "What was set by hand does not fit this file: stem_padding must be from 0 to 16, got 99.",
]


@pytest.mark.parametrize("text", SAID)
def test_the_table_has_all_of_it(text):
    german, lacking = in_german(text)
    assert german != text
    assert [one for one in lacking if one != "ConvNeXt"] == []  # a name
