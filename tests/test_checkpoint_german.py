"""What the app says of a checkpoint that it cannot use as it is, in German too."""

import pytest

from tests import browser_code
from web.settings import language

LACKING = """
const { Language } = await load('language.js');
const language = new Language(data.table);
const lacking = [];
language.onmissing = (text) => lacking.push(text);
return [language.translate(data.text), lacking];
"""
CODES = "codes whose scales are not among its layers; dequantise it and save plain tensors."
SAID = [
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
    "What was set by hand does not fit this file: n_heads must be from 1 to 256, got 300.",
    "What was set by hand does not fit this file: input_size must be from 8 to 2048, got 3000.",
    "What was set by hand does not fit this file: stem_padding must be from 0 to 16, got 99.",
]


@pytest.mark.parametrize("text", SAID)
def test_the_table_has_all_of_it(text):
    data = {"table": language.table("de"), "text": text}
    german, lacking = browser_code.run(LACKING, data, folder="web/kit")
    assert german != text
    assert [one for one in lacking if one != "ConvNeXt"] == []  # a name
