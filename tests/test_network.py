import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertModel

from data.schema import STANCES
from models.classifier import Classifier, ClassifierConfig
from models.network import IGNORED, NetworkConfig, StanceNetwork, sentiment_loss, stance_loss, teaching_loss

LOGITS = torch.tensor([[2.0, -1.0, 0.5, 0.0], [0.0, 3.0, -2.0, 1.0], [1.0, 1.0, 1.0, 1.0]])


@pytest.fixture
def scored(tiny_classifier):
    """Returns a function from pairs to stance logits, in float32."""

    def score(pairs):
        windows = tiny_classifier.encoder.windows(pairs)
        with torch.inference_mode():
            logits = tiny_classifier.network(**tiny_classifier.encoder.batch(windows))["stance_logits"]
        order = [index for window in windows for index in window.pairs]
        return logits[torch.tensor(order).argsort()]

    return score


def test_the_loss_of_certain_labels_is_the_cross_entropy():
    labels = torch.tensor([0, 3, 2])
    weights = torch.nn.functional.one_hot(labels, 4).float()
    assert torch.allclose(stance_loss(LOGITS, weights), cross_entropy(LOGITS, labels))


@given(st.lists(st.floats(-20, 20, width=32), min_size=4, max_size=4))
def test_a_label_that_leaves_every_stance_possible_costs_log_4_whatever_the_logits(logits):
    loss = stance_loss(torch.tensor([logits]), torch.full((1, 4), 0.25))
    assert loss.item() == pytest.approx(math.log(4), abs=1e-5)


def test_the_loss_of_two_possible_stances_is_that_of_their_weighted_sum():
    probabilities = torch.softmax(LOGITS[:1], dim=-1)[0]
    expected = -math.log(0.75 * probabilities[0] + 0.25 * probabilities[3])
    loss = stance_loss(LOGITS[:1], torch.tensor([[0.75, 0.0, 0.0, 0.25]]))
    assert loss.item() == pytest.approx(expected, abs=1e-6)


def test_rows_of_zeros_have_no_label_and_do_not_count():
    weights = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0] * 4, [0.0] * 4])
    assert torch.equal(stance_loss(LOGITS, weights), stance_loss(LOGITS[:1], weights[:1]))


def test_a_batch_without_labels_has_loss_zero_and_no_gradient():
    logits = LOGITS.clone().requires_grad_()
    loss = stance_loss(logits, torch.zeros(3, 4)) + sentiment_loss(logits[:, :3], torch.full((3,), IGNORED))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(logits.grad, torch.zeros(3, 4))


def test_an_impossible_stance_gives_no_gradient_that_is_not_a_number():
    logits = LOGITS.clone().requires_grad_()
    stance_loss(logits, torch.tensor([[0.0, 1.0, 0.0, 0.0]] * 3)).backward()
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad[:, 1] < 0).all()


def test_sentiment_that_is_not_known_does_not_count():
    labels = torch.tensor([2, IGNORED, 0])
    expected = cross_entropy(LOGITS[[0, 2], :3], torch.tensor([2, 0]))
    assert torch.allclose(sentiment_loss(LOGITS[:, :3], labels), expected)


def test_the_loss_of_a_batch_joins_both_heads(tiny_classifier, marked):
    encoder, network = tiny_classifier.encoder, tiny_classifier.network
    batch = encoder.batch(encoder.windows([marked("[Norway] blames {Iceland}."), marked("Shame on {Chad}.")]))
    stances = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0] * 4])
    sentiment = torch.tensor([IGNORED, 0])
    with torch.inference_mode():
        output = network(**batch, stances=stances, sentiment=sentiment)
    expected = cross_entropy(output["stance_logits"][:1], torch.tensor([0]))
    expected += 0.5 * cross_entropy(output["sentiment_logits"][1:], torch.tensor([0]))
    assert torch.allclose(output["loss"], expected)


def test_a_pair_scores_the_same_alone_and_among_others(scored, marked):
    pair = marked("[Norway] accused {Iceland} of overfishing.", "Talks failed.")
    others = [
        marked("{Norway} accused [Iceland] of overfishing.", "Talks failed."),
        marked("Ghana, in a long and winding statement that said little, thanked [the Gambia] and {Togo} on Monday."),
        marked("Shame on {Chad}."),
    ]
    alone = scored([pair])
    assert alone.shape == (1, len(STANCES))
    for batch in ([pair, *others], [others[0], pair, *others[1:]], [*others, pair]):
        assert torch.allclose(scored(batch)[batch.index(pair)], alone[0], atol=1e-4)


def test_swapping_source_and_target_changes_the_score(scored, marked):
    one, other = scored([marked("[Norway] accused {Iceland}."), marked("{Norway} accused [Iceland].")])
    assert (one - other).abs().max() > 0.01


def test_the_context_changes_the_score_of_a_pair_with_a_side_in_it(scored, marked):
    text = "It accused {Iceland}."
    one, other = scored([marked(text, "[Norway] frowned."), marked(text, "[Norway] frowned. Talks failed.")])
    assert (one - other).abs().max() > 0.01


def test_the_context_does_not_change_the_score_of_other_pairs(scored, marked):
    text = "[Norway] accused {Iceland}."
    assert torch.equal(*scored([marked(text), marked(text, "Talks failed.")]))


def test_an_author_pair_reads_the_author_vector_and_not_its_first_token(tiny_classifier, marked):
    encoder, network = tiny_classifier.encoder, tiny_classifier.network
    batch = encoder.batch(encoder.windows([marked("{Iceland} lied.")]))
    with torch.inference_mode():
        as_author = network(**batch)["stance_logits"]
        as_token = network(**{**batch, "author": torch.tensor([False])})["stance_logits"]
        elsewhere = network(**{**batch, "source": torch.tensor([[2, 4]])})["stance_logits"]
    assert (as_author - as_token).abs().max() > 0.01
    assert torch.equal(as_author, elsewhere)


def test_gradient_reaches_the_author_vector_only_by_author_pairs(tiny_classifier, marked):
    encoder, network = tiny_classifier.encoder, tiny_classifier.network

    def gradient(pair):
        network.zero_grad()
        labels = {"stances": torch.tensor([[1.0, 0.0, 0.0, 0.0]]), "sentiment": torch.tensor([0])}
        network(**encoder.batch(encoder.windows([pair])), **labels)["loss"].backward()
        found = network.author.grad.abs().sum().item()
        network.zero_grad()
        return found

    assert gradient(marked("Shame on {Chad}.")) > 0
    assert gradient(marked("[Togo] blames {Chad}.")) == 0


@pytest.mark.parametrize("layers", [0, 2])
def test_the_network_works_with_any_number_of_reader_layers(tiny_backbone, marked, layers):
    classifier = Classifier.from_backbone(
        ClassifierConfig(backbone=tiny_backbone, network=NetworkConfig(reader_layers=layers))
    )
    assert len(classifier.network.readers) == layers
    (prediction,) = classifier.predict([marked("[Togo] blames {Chad}.")])
    assert sum(prediction.probabilities.values()) == pytest.approx(1)


def test_an_encoder_of_any_hidden_size_can_be_used():
    config = BertConfig(vocab_size=9, hidden_size=64, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64)
    network = StanceNetwork(BertModel(config, add_pooling_layer=False), NetworkConfig(reader_size=32))
    assert (network.narrow.in_features, network.stance.in_features) == (64, 32)


def test_a_student_that_says_what_its_teacher_says_has_nothing_to_learn():
    taught = torch.tensor([[2.0, 0.0, -1.0, 0.5], [0.0, 0.0, 0.0, 3.0]])
    assert teaching_loss(taught + 7.0, taught).item() == pytest.approx(0.0, abs=1e-6)
    uniform = teaching_loss(torch.zeros(2, 4), taught)
    teacher = torch.softmax(taught / 2, dim=-1)
    expected = 4 * (teacher * (teacher.log() + torch.tensor(4.0).log())).sum(dim=-1).mean()
    assert uniform.item() == pytest.approx(expected.item(), rel=1e-5)
