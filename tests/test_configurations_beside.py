"""A configuration beside weights is read past the names of its classes."""

import json

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
