"""What a layout's measures say of images without a label."""

import numpy as np
import pytest

from cacr_core.layouts import neighbour_agreement


def test_images_without_a_label_agree_with_nobody():
    x = np.random.default_rng(0).normal(size=(30, 4))
    labels = np.arange(30) % 3 - 1  # a third is unlabelled
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    for i, share in enumerate(neighbour_agreement(x, labels, n_neighbors=5)):
        nearest = sorted((j for j in range(30) if j != i), key=lambda j: -unit[i] @ unit[j])[:5]
        same = sum(labels[j] == labels[i] and labels[i] >= 0 for j in nearest)
        assert share == pytest.approx(same / 5)
    np.testing.assert_array_equal(neighbour_agreement(x, np.full(30, -1)), 0)
