import pytest
import torch
from sklearn.metrics import confusion_matrix

from cacr_core.metrics import knn_accuracy, share
from cacr_core.scores import knn_score, probe_score

LABELS = torch.arange(200) % 4


def blobs(seed):
    centres = torch.randn(4, 8, generator=torch.Generator().manual_seed(99))
    return centres[LABELS] + torch.randn(200, 8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("score_of", [knn_score, probe_score])
def test_scores_are_counts_of_what_was_said(score_of):
    score = score_of(blobs(0), LABELS, blobs(1), LABELS, 5)
    expected = confusion_matrix(LABELS, score.said, labels=range(5))
    assert score.confusion.tolist() == expected.tolist()
    n_right = int((score.said == LABELS).sum())
    assert score.accuracy == share(n_right, 200)
    assert 100 < n_right < 200
    assert [one.n for one in score.by_class] == [50, 50, 50, 50, 0]
    assert sum(one.value * one.n for one in score.by_class[:4]) == pytest.approx(n_right)


@pytest.mark.parametrize("score_of", [knn_score, probe_score])
def test_images_without_a_label_neither_teach_nor_count(score_of):
    known = torch.cat([LABELS, torch.full((200,), -1)])
    bank = torch.cat([blobs(0), 100 * blobs(2)])
    some = LABELS.clone()
    some[:100] = -1
    score = score_of(bank, known, blobs(1), some, 4)
    plain = score_of(blobs(0), LABELS, blobs(1), LABELS, 4)
    assert torch.equal(score.said, plain.said)
    assert score.accuracy.n == 100
    with pytest.raises(ValueError, match="none of these 200 has a label"):
        score_of(blobs(0), torch.full((200,), -1), blobs(1), LABELS, 4)


def test_knn_score_is_knn_accuracy():
    score = knn_score(blobs(0), LABELS, blobs(1), LABELS, 4, 5)
    assert score.accuracy.value == pytest.approx(
        knn_accuracy(blobs(0), LABELS, blobs(1), LABELS, 5)
    )
