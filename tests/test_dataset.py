from collections import Counter
from dataclasses import replace

import pytest
import torch

from data.schema import SENTIMENTS, STANCES, Example, Pair, PairSpan, Sentiment, Stance, Tier
from models.network import IGNORED
from train.dataset import WindowDataset
from train.teaching import Lessons


def example(number, filler=0, corpus="gold", **labels):
    text = f"Togo blames Chad {number}{' once more' * filler}."
    weights = labels.get("stances", {Stance.CONDEMN: 1.0})
    pair = Pair(str(number), text, PairSpan(0, 4), PairSpan(12, 16))
    return Example(pair, weights, labels.get("sentiment"), f"g{number}", corpus)


@pytest.fixture
def examples():
    vague = {Stance.CONDEMN: 0.5, Stance.NEUTRAL: 0.5}
    return [example(n, n % 9) if n < 30 else example(n, n % 9, "dse", stances=vague) for n in range(40)]


@pytest.fixture
def dataset(tiny_classifier, examples):
    def make(batch_tokens=100, weights=None, seed=0, rows=examples):
        return WindowDataset(rows, tiny_classifier.encoder, batch_tokens, weights, seed)

    return make


def numbers(batches):
    return [index for batch in batches for window in batch for index in window.pairs]


def test_one_seed_gives_the_same_batches(dataset):
    assert dataset(seed=4).epoch(2) == dataset(seed=4).epoch(2)


def test_another_seed_or_epoch_gives_another_order(dataset):
    first = numbers(dataset(seed=4).epoch(0))
    assert numbers(dataset(seed=5).epoch(0)) != first
    assert numbers(dataset(seed=4).epoch(1)) != first


def test_an_epoch_holds_every_window_once(dataset):
    for epoch in range(3):
        assert sorted(numbers(dataset().epoch(epoch))) == list(range(40))


def test_pairs_of_one_sentence_stay_in_one_batch(dataset):
    pair = example(1).pair
    back = Example(Pair("back", pair.text, pair.target, pair.source), {Stance.NEUTRAL: 1.0}, None, "g1")
    batches = dataset(rows=[example(0), example(1), back]).epoch(0)
    assert sorted(window.pairs for batch in batches for window in batch) == [(0,), (1, 2)]


def test_a_whole_weight_passes_over_a_corpus_that_often(dataset):
    counts = Counter(numbers(dataset(weights={"dse": 3}).epoch(0)))
    assert {counts[n] for n in range(30)} == {1}
    assert {counts[n] for n in range(30, 40)} == {3}


def test_a_fraction_draws_that_share_anew_each_epoch(dataset):
    data = dataset(weights={"gold": 0.5, "dse": 1.3})
    draws = [Counter(numbers(data.epoch(epoch))) for epoch in range(3)]
    for counts in draws:
        assert sorted(counts[n] for n in range(30)) == [0] * 15 + [1] * 15
        assert sorted(counts[n] for n in range(30, 40)) == [1] * 7 + [2] * 3
    assert draws[0] != draws[1] != draws[2]


def test_a_weight_of_zero_leaves_a_corpus_out(dataset):
    assert sorted(numbers(dataset(weights={"gold": 0}).epoch(0))) == list(range(30, 40))


def test_sentences_of_a_corpus_whose_stances_were_read_have_a_weight_of_their_own(dataset):
    rows = [example(0), *(replace(example(n, corpus=c), tier=Tier.READ) for n, c in ((1, "dse"), (2, "wikinews")))]
    rows.append(example(3, corpus="dse", stances=None, sentiment=Sentiment.NEGATIVE))
    counts = Counter(numbers(dataset(rows=rows, weights={"read": 2, "dse": 3}).epoch(0)))
    assert counts == {0: 1, 1: 2, 2: 2, 3: 3}


def test_weights_are_drawn_towards_uniform_as_far_as_the_mentions_are_in_doubt(dataset):
    rows = [replace(example(0), confidence=0.6), example(1)]
    windows = dataset(rows=rows)
    batch = windows.collate([window for batch in windows.epoch(0) for window in batch])
    assert sorted(batch["stances"].max(dim=1).values.tolist()) == pytest.approx([0.7, 1.0])
    assert batch["stances"].sum(dim=1).tolist() == pytest.approx([1.0, 1.0])


def test_batches_hold_windows_of_like_length(dataset):
    for epoch in range(5):
        batches = [[len(window.tokens) for window in batch] for batch in dataset().epoch(epoch)]
        padded, real = sum(max(b) * len(b) for b in batches), sum(map(sum, batches))
        assert padded < 1.15 * real


def test_batches_do_not_come_by_length(dataset):
    lengths = [len(batch[0].tokens) for batch in dataset().epoch(0)]
    assert len(lengths) > 5
    assert lengths not in (sorted(lengths), sorted(lengths, reverse=True))


def test_a_window_above_the_budget_is_a_batch_of_its_own(dataset):
    batches = dataset(batch_tokens=5).epoch(0)
    assert len(batches) == 40
    assert {len(batch) for batch in batches} == {1}


def test_no_batch_is_padded_beyond_the_budget(dataset):
    data = dataset(batch_tokens=100)
    for epoch in range(20):
        for batch in data.epoch(epoch):
            assert len(batch) == 1 or max(len(window.tokens) for window in batch) * len(batch) <= 100


def test_an_epoch_holds_no_more_windows_than_asked_for(tiny_classifier, examples):
    def drawn(most, epoch=0):
        return numbers(WindowDataset(examples, tiny_classifier.encoder, 100, most=most).epoch(epoch))

    assert len(drawn(12)) == len(set(drawn(12))) == 12
    assert set(drawn(12)) != set(drawn(12, 1))
    assert drawn(40) == drawn(0) == drawn(500)


def test_labels_are_collated_in_the_order_of_the_windows(dataset):
    rows = [
        example(0, stances={Stance.CONDEMN: 0.75, Stance.NEUTRAL: 0.25}),
        example(1, stances={Stance.DENY: 1.0}, sentiment=Sentiment.POSITIVE),
        example(2, stances=None, sentiment=Sentiment.NEGATIVE),
    ]
    data = dataset(rows=rows)
    windows = data.encoder.windows([row.pair for row in rows])
    batch = data.collate([windows[2], windows[0], windows[1]])
    assert batch["stances"].tolist() == [[0] * 4, [0.75, 0, 0, 0.25], [0, 0, 1, 0]]
    assert batch["sentiment"].tolist() == [SENTIMENTS.index("negative"), IGNORED, SENTIMENTS.index("positive")]
    assert batch["stances"].shape == (3, len(STANCES))
    assert torch.equal(batch["window"], torch.tensor([0, 1, 2]))


def test_a_share_of_the_windows_tells_a_pair_by_names_before_the_text(tiny_classifier, examples):
    def contexts(named):
        dataset = WindowDataset(examples, tiny_classifier.encoder, 100, seed=3, named=named)
        windows = [window for batch in dataset.epoch(0) for window in batch]
        assert sorted(index for window in windows for index in window.pairs) == list(range(40))
        return [tiny_classifier.tokenizer.decode(window.tokens[1 : window.sentence_start - 1]) for window in windows]

    assert set(contexts(0.0)) == {""}
    assert set(contexts(1.0)) == {"togo, chad."}
    assert 0 < contexts(0.4).count("togo, chad.") < 40


def test_a_share_of_the_windows_is_told_of_other_names(tiny_classifier, examples):
    other = replace(example(40, corpus="plv"), pair=Pair("q", "Peru met Oman.", PairSpan(0, 4), PairSpan(9, 13)))
    rows = [*examples, other]

    def texts(renamed):
        dataset = WindowDataset(rows, tiny_classifier.encoder, 100, seed=3, renamed=renamed)
        windows = [window for batch in dataset.epoch(0) for window in batch]
        assert sorted(index for window in windows for index in window.pairs) == list(range(41))
        assert [w for batch in dataset.epoch(0) for w in batch] == windows
        return [tiny_classifier.tokenizer.decode(window.tokens) for window in windows]

    def mixed(share):
        return sum(("peru" in text or "oman" in text) and "met" not in text for text in texts(share))

    assert mixed(0.0) == 0
    assert 0 < mixed(0.4) < mixed(1.0) < 41


def test_what_a_teacher_says_goes_with_its_pairs(tiny_classifier, examples):
    lessons = Lessons(torch.arange(160.0).reshape(40, 4), torch.arange(120.0).reshape(40, 3))
    dataset = WindowDataset(examples, tiny_classifier.encoder, 100, lessons=lessons)
    batch = dataset.epoch(0)[0]
    made = dataset.collate(batch)
    indices = [index for window in batch for index in window.pairs]
    assert torch.equal(made["taught_stances"], lessons.stances[indices])
    assert torch.equal(made["taught_sentiments"], lessons.sentiments[indices])


@pytest.mark.parametrize("tier", [Tier.UNLABELLED, Tier.VARIED])
def test_pairs_without_labels_are_a_corpus_of_their_own(dataset, tier):
    bare = [replace(example(n, corpus="dse"), stances=None, tier=tier) for n in range(5)]
    rows = [example(10, corpus="dse"), *bare]
    assert sorted(numbers(dataset(rows=rows, weights={str(tier): 0}).epoch(0))) == [0]
    assert sorted(numbers(dataset(rows=rows, weights={"dse": 0}).epoch(0))) == [1, 2, 3, 4, 5]
    assert sorted(numbers(dataset(rows=rows, weights={str(tier): 2}).epoch(0))) == [0, *sorted([1, 2, 3, 4, 5] * 2)]
