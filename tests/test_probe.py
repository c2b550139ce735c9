import pytest
import torch
from sklearn.linear_model import LogisticRegression

from cacr_core.scores.probe import PENALTIES, fit_probe

N, DIM = 300, 20
LABELS = torch.arange(N) % 3


def blobs(seed=0, noise=2.0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(3, DIM, generator=torch.Generator().manual_seed(99))
    scale = torch.logspace(-2, 2, DIM)
    return (centres[LABELS] + noise * torch.randn(N, DIM, generator=generator)) * scale + 5


@pytest.mark.parametrize("penalty", [1e-1, 1e-3])
def test_probe_is_logistic_regression_on_standardised_features(penalty):
    x = blobs()
    probe = fit_probe(x, LABELS, penalty=penalty)
    mean, scale = x.mean(0), x.std(0, correction=0)
    theirs = LogisticRegression(C=1 / (penalty * N), tol=1e-8, max_iter=5000)
    theirs.fit(((x - mean) / scale).numpy(), LABELS.numpy())
    ours = probe.logits(blobs(1)).softmax(1)
    expected = theirs.predict_proba(((blobs(1) - mean) / scale).numpy())
    torch.testing.assert_close(ours.double(), torch.tensor(expected).double(), atol=2e-3, rtol=0)


@pytest.mark.parametrize("n", [30, 100])
def test_probe_of_fewer_points_than_features_has_the_same_minimum(n, monkeypatch):
    sizes = []
    eigh = torch.linalg.eigh
    monkeypatch.setattr(torch.linalg, "eigh", lambda x: (sizes.append(len(x)), eigh(x))[1])
    generator = torch.Generator().manual_seed(0)
    x, held_out = torch.randn(n + 50, 150, generator=generator).split([n, 50])
    labels = torch.arange(n) % 3
    probe = fit_probe(x, labels, penalty=1e-2)
    assert sizes == [min(n, 150) if 2 * n <= 150 else 150]
    mean, scale = x.mean(0), x.std(0, correction=0)
    theirs = LogisticRegression(C=1 / (1e-2 * n), tol=1e-8, max_iter=5000)
    theirs.fit(((x - mean) / scale).numpy(), labels.numpy())
    expected = theirs.predict_proba(((held_out - mean) / scale).numpy())
    ours = probe.logits(held_out).softmax(1)
    torch.testing.assert_close(ours.double(), torch.tensor(expected).double(), atol=2e-3, rtol=0)


def test_probe_tells_blobs_apart_and_chooses_its_penalty_by_points_held_back():
    probe = fit_probe(blobs(), LABELS)
    assert probe.penalty in PENALTIES
    assert (probe(blobs(1)) == LABELS).float().mean() > 0.6
    noise = torch.randn(N, 200, generator=torch.Generator().manual_seed(0))
    assert (
        0.2
        < (fit_probe(noise[:150], LABELS[:150])(noise[150:]) == LABELS[150:]).float().mean()
        < 0.5
    )


def test_features_that_never_change_and_classes_that_never_come_do_no_harm():
    x = torch.cat([blobs(), torch.ones(N, 2), torch.full((N, 1), 1e6)], 1)
    probe = fit_probe(x, LABELS, n_classes=5)
    assert probe.logits(x).isfinite().all()
    assert probe.logits(x).shape == (N, 5)
    assert set(probe(x).tolist()) <= {0, 1, 2}
    with pytest.raises(ValueError, match=r"two or more labelled points, got .*\(1, 3\)"):
        fit_probe(torch.ones(1, 3), torch.zeros(1, dtype=torch.long))
