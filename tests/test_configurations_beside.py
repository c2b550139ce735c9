"""A configuration beside weights is read past the names of its classes."""

import json
import types

from cacr_core.checkpoints import unseen
from cacr_core.checkpoints.beside import configs_beside


def test_a_thousand_names_of_classes_hide_nothing(tmp_path):
    names = {str(i): f"class {i}" for i in range(1000)}
    config = {
        "id2label": names,
        "label2id": {name: int(i) for i, name in names.items()},
        "model_type": "vit",
        "num_attention_heads": 4,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    found = configs_beside(tmp_path / "model.safetensors")
    assert found == {"config.json.model_type": "vit", "config.json.num_attention_heads": 4}


def test_the_text_towers_activation_is_none_of_the_network_that_sees():
    net = types.SimpleNamespace(kind="vit", mlp="mlp", activation="gelu", feature_dim=64, name="v")
    beside = {
        "config.json.text_config.hidden_act": "relu",
        "config.json.vision_config.hidden_act": "quick_gelu",
    }
    assert unseen.said_otherwise(net, beside) == []
    beside["config.json.vision_config.hidden_act"] = "a\x1b[31m\nb"
    (said,) = unseen.said_otherwise(net, beside)
    assert "the activation a[31mb, which is not built here" in said
    assert unseen.said_otherwise(net, beside | {"config.json.vision_config.hidden_size": 32}) == []
