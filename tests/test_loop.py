"""The training loop: a killed training ends as an unbroken one would, and what it is told counts."""

import json
from dataclasses import replace

import pytest
import torch
from transformers import TrainingArguments

import train.loop
from data.schema import Example, Pair, PairSpan, Sentiment, Stance, Tier
from models.classifier import Classifier
from train.card import model_card
from train.config import TrainConfig
from train.dataset import WindowDataset
from train.loop import last_checkpoint
from train.schedule import Schedule, ScheduledTrainer
from train.teaching import Lessons, lessons_of

VERBS = {Stance.CONDEMN: "scolded", Stance.SUPPORT: "thanked", Stance.DENY: "rebuffed", Stance.NEUTRAL: "met"}


def made(count, corpus="gold"):
    stances = list(VERBS)
    for number in range(count):
        stance = stances[number % 4]
        text = f"Togo {VERBS[stance]} Chad, paper {number} wrote."
        start = text.index("Chad")
        pair = Pair(f"{corpus}-{number}", text, PairSpan(0, 4), PairSpan(start, start + 4))
        yield Example(pair, {stance: 1.0}, Sentiment.NEUTRAL, f"g{number}", corpus)


@pytest.fixture
def config(tiny_backbone):
    return TrainConfig(
        backbone=tiny_backbone, epochs=3, batch_tokens=120, freeze_embeddings=False, dropout=0.2, max_length=64
    )


def weights(classifier):
    return {name: parameter.detach().clone() for name, parameter in classifier.network.named_parameters()}


class Killed(BaseException):
    """What stands in for a kill: nothing catches it."""


def kill_at(batch, monkeypatch):
    """Makes the training stop when it asks for a batch of that number."""
    collate, seen = WindowDataset.collate, []

    def counting(self, windows):
        seen.append(windows)
        if len(seen) == batch:
            raise Killed
        return collate(self, windows)

    monkeypatch.setattr(WindowDataset, "collate", counting)


@pytest.mark.parametrize("batch", [3, 9, 17])
def test_a_killed_training_ends_as_an_unbroken_one(config, tmp_path, monkeypatch, batch):
    examples, dev = list(made(48)), list(made(8))
    monkeypatch.setattr(train.loop, "_SAVE_EVERY", 4)
    scores = {"whole": [], "broken": []}
    whole = train.loop.train(config, examples, dev, tmp_path / "whole", lambda e: scores["whole"].append(e))
    with monkeypatch.context() as patch:
        kill_at(batch, patch)
        with pytest.raises(Killed):
            train.loop.train(config, examples, dev, tmp_path / "broken", lambda e: scores["broken"].append(e))
    if batch > 5:
        assert last_checkpoint(tmp_path / "broken") is not None
    again = train.loop.train(config, examples, dev, tmp_path / "broken", lambda e: scores["broken"].append(e))
    assert again.config == whole.config
    one, other = weights(whole), weights(again)
    assert all(torch.equal(one[name], other[name]) for name in one)
    last = {name: epochs[-1] for name, epochs in scores.items()}
    assert last["whole"].metrics == last["broken"].metrics


def test_a_checkpoint_cut_off_while_written_is_passed_over(tmp_path):
    for number, content in ((4, json.dumps({"global_step": 4})), (10, json.dumps({"global_step": 10})), (12, "{")):
        (tmp_path / f"checkpoint-{number}").mkdir()
        (tmp_path / f"checkpoint-{number}" / "trainer_state.json").write_text(content)
    (tmp_path / "checkpoint-14").mkdir()
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")
    assert last_checkpoint(tmp_path / "none") is None


def test_a_training_stops_when_it_gets_no_better(config, tmp_path):
    numbers = []
    train.loop.train(
        replace(config, epochs=9, patience=2, learning_rate=0.0, head_learning_rate=0.0),
        list(made(16)), list(made(8)), tmp_path, lambda epoch: numbers.append(epoch.number),
    )  # fmt: skip
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize("batches", [5, 7, None])
def test_patience_counts_on_over_a_cut(config, tmp_path, monkeypatch, batches):
    still = replace(config, epochs=9, patience=3, learning_rate=0.0, head_learning_rate=0.0, batch_tokens=200)
    examples, dev, numbers = list(made(16)), list(made(8)), []
    with monkeypatch.context() as patch:
        if batches is None:  # it was over already, but what came after was cut off
            patch.setattr(train.loop, "calibrate", lambda *_: (_ for _ in ()).throw(Killed))
        else:
            kill_at(batches, patch)
        with pytest.raises(Killed):
            train.loop.train(still, examples, dev, tmp_path, lambda epoch: numbers.append(epoch.number))
    assert numbers
    train.loop.train(still, examples, dev, tmp_path, lambda epoch: numbers.append(epoch.number))
    assert numbers == [1, 2, 3, 4]


def test_an_adapter_leaves_the_encoder_as_it_was(config, tmp_path):
    trained = train.loop.train(replace(config, adapter_rank=4, epochs=1), list(made(16)), list(made(8)), tmp_path)
    fresh = weights(train.loop.build(replace(config, adapter_rank=4)))
    changed = {name for name, parameter in weights(trained).items() if not torch.equal(parameter, fresh[name])}
    inside = {name for name in changed if name.startswith("encoder.")}
    assert inside
    assert all("lora_" in name for name in inside)


def test_a_teacher_is_followed_where_there_is_no_label(config, tmp_path):
    examples = [replace(e, stances=None, sentiment=None, tier=Tier.UNLABELLED) for e in made(64)]
    logits = torch.full((64, 4), -6.0)
    for row, example in enumerate(made(64)):
        logits[row, list(VERBS).index(example.stance)] = 6.0
    lessons = Lessons(logits, torch.zeros(64, 3))
    chosen = replace(config, epochs=12, teaching_weight=1.0, learning_rate=1e-3)
    dev = list(made(8))
    taught = train.loop.train(chosen, examples, dev, tmp_path, lessons=lessons)
    assert [p.stance for p in taught.predict([e.pair for e in dev])] == [e.stance for e in dev]


def test_a_process_trains_on_one_device_whatever_the_machine_has(tmp_path):
    arguments = TrainingArguments(output_dir=str(tmp_path), per_device_train_batch_size=1, report_to="none")
    arguments._n_gpu = 4  # as the Trainer finds them
    trainer = ScheduledTrainer(model=torch.nn.Linear(1, 1), args=arguments, train_dataset=Schedule([["a", "b"]]))
    assert (trainer.args.n_gpu, trainer.args.train_batch_size) == (1, 1)


def test_a_schedule_leaves_out_what_makes_no_whole_step():
    schedule = Schedule([["a", "b", "c", "d", "e"], ["f", "g", "h", "i"]], per_step=2)
    assert schedule.batches == ["a", "b", "c", "d", "f", "g", "h", "i"]
    assert schedule.epoch_ends == [2, 4]
    assert Schedule([["a"], ["b"]], per_step=2).epoch_ends == [1, 2]


def test_a_config_tells_the_sizes_of_the_model_that_it_begins_with(config, tmp_path):
    first = replace(config, epochs=1, adapter_rank=4, reader_layers=1, dropout=0.3, max_length=48)
    train.loop.train(first, list(made(16)), list(made(8)), tmp_path / "first").save(tmp_path / "model")
    asked = replace(config, start=str(tmp_path / "model"), backbone="another", reader_layers=3, epochs=2)
    told = train.loop.like_start(asked)
    same = ("backbone", "max_length", "marked", "dropout", "reader_layers", "reader_size", "adapter_rank")
    assert {name: getattr(told, name) for name in same} == {name: getattr(first, name) for name in same}
    assert (told.start, told.epochs) == (asked.start, 2)
    assert train.loop.like_start(config) is config


def test_the_trained_weights_are_averaged_with_those_of_the_start(config, tmp_path):
    examples, dev = list(made(16)), list(made(8))
    train.loop.train(replace(config, epochs=1), examples, dev, tmp_path / "first").save(
        tmp_path / "model", dtype=torch.float32
    )
    moving = replace(config, start=str(tmp_path / "model"), epochs=1)
    start, end, middle = (
        weights(train.loop.train(replace(moving, start_share=share), examples, dev, tmp_path / f"to {share}"))
        for share in (1.0, 0.0, 0.25)
    )
    assert any(not torch.equal(start[name], end[name]) for name in start)
    for name in start:
        assert torch.allclose(middle[name], 0.25 * start[name] + 0.75 * end[name], atol=1e-6)


@pytest.mark.parametrize("rank", [0, 4])
def test_a_training_may_begin_with_a_model(config, tmp_path, rank):
    examples, dev = list(made(16)), list(made(8))
    first = train.loop.train(replace(config, adapter_rank=rank, epochs=1), examples, dev, tmp_path / "first")
    first.save(tmp_path / "model", dtype=torch.float32)
    still = replace(config, start=str(tmp_path / "model"), epochs=1, learning_rate=0.0, head_learning_rate=0.0)
    again = train.loop.train(still, examples, dev, tmp_path / "again")
    assert again.config.network.adapter_rank == rank
    for one, other in zip(again.predict([e.pair for e in dev]), first.predict([e.pair for e in dev]), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=0.01)
    moved = train.loop.train(replace(still, learning_rate=1e-3), examples, dev, tmp_path / "moved")
    before, after = weights(again), weights(moved)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all("lora_" in name for name in changed) or not rank


def test_what_a_research_model_began_or_taught_is_for_research_only(config, tmp_path):
    free, bound = list(made(16)), [replace(e, commercial=False) for e in made(16)]
    dev, once = list(made(8)), replace(config, epochs=1)
    assert train.loop.train(once, free, dev, tmp_path / "free").config.commercial
    research = train.loop.train(once, bound, dev, tmp_path / "bound")
    research.save(tmp_path / "model")
    begun = replace(once, start=str(tmp_path / "model"))
    lessons = lessons_of(Classifier.load(tmp_path / "model"), free, tmp_path / "lessons")
    models = [
        (begun, train.loop.train(begun, free, dev, tmp_path / "begun")),
        (replace(once, teacher="models/t"), train.loop.train(once, free, dev, tmp_path / "taught", lessons=lessons)),
    ]
    for settings, model in models:
        card = model_card(settings, model.config, {"train": free}, {}, [], "quick")
        assert "FOR RESEARCH ONLY" in card
        assert f"They come of {settings.start or settings.teacher} too" in card
