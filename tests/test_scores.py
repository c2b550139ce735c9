import pytest
import torch
from sklearn.metrics import confusion_matrix

from cacr_core.metrics import knn_accuracy, share
from cacr_core.scores import (
    LINEAR,
    PROTOCOLS,
    all_scores,
    can_be_learnt,
    gain,
    knn_score,
    probe_score,
    words_of,
)
from cacr_core.scores.paired import change_of

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


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_is_what_its_words_say(name):
    protocol = PROTOCOLS[name]
    k, _, votes = protocol.words.partition("-NN, votes ")
    assert int(k) == protocol.k
    assert votes == ("1 + cos" if protocol.temperature is None
                     else f"exp(s/{protocol.temperature:g})")  # fmt: skip
    score = all_scores(blobs(0), LABELS, blobs(1), LABELS, 4)[name]
    k, temperature = protocol.k, protocol.temperature
    expected = knn_accuracy(blobs(0), LABELS, blobs(1), LABELS, k, temperature)
    assert score.accuracy.value == pytest.approx(expected)


def test_a_bank_that_is_too_small_is_said_and_votes_whole():
    bank, own = blobs(0)[:150], LABELS[:150]
    found = all_scores(bank, own, blobs(1), LABELS, 4)
    assert found["knn200"].n_bank == 150
    assert words_of("knn200", 150) == "150-NN (all of the bank), votes exp(s/0.07)"
    assert words_of("knn200", 200) == "200-NN, votes exp(s/0.07)"
    assert words_of("knn10", 150) == "10-NN, votes 1 + cos"
    assert words_of(LINEAR, 150) == "linear probe"
    whole = knn_score(bank, own, blobs(1), LABELS, 4, 150, 0.07)
    assert torch.equal(found["knn200"].said, whole.said)


def test_guessing_is_the_share_of_the_commonest_labelled_class():
    labels = torch.tensor([0] * 90 + [1] * 60 + [-1] * 50)
    score = knn_score(blobs(0), LABELS, blobs(1), labels, 4)
    assert score.guess == pytest.approx(90 / 150)


def test_a_gain_counts_what_only_one_has_right_among_labelled_images():
    labels = torch.tensor([0, 1, 2, 0, -1])
    before, after = torch.tensor([0, 0, 2, 1, 0]), torch.tensor([0, 1, 0, 0, -1])
    assert gain(before, after, labels) == change_of(2, 1, 4)
    assert gain(after, before, labels) == change_of(1, 2, 4)


def test_classes_are_learnt_from_ten_labels_and_scored_on_one():
    few = torch.tensor([0] * 9 + [-1] * 20)
    assert can_be_learnt(LABELS, LABELS, 4)
    assert not can_be_learnt(few, LABELS, 4)
    assert not can_be_learnt(LABELS, torch.full((5,), -1), 4)
    assert not can_be_learnt(LABELS, LABELS, 1)
