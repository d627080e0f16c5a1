"""Teachers and the pairs that nobody labelled."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from filelock import FileLock
from test_corpora import MTSC, dse_rows, mtsc_row, write

from data.actors.rules import RuleFinder
from data.schema import Example, Stance, Tier
from models.classifier import Classifier
from train import unlabelled
from train.teaching import lessons_of
from train.unlabelled import unlabelled_examples


def labelled(pair, number=0):
    return Example(pair, {Stance.CONDEMN: 1.0}, None, f"g{number}")


def test_a_teacher_is_asked_once_about_the_same_pairs(tiny_classifier, marked, tmp_path, monkeypatch):
    examples = [labelled(marked("[Norway] accused {Iceland}."), 1), labelled(marked("{Oslo} thanked [Lima]."), 2)]
    first = lessons_of(tiny_classifier, examples, tmp_path)
    stances, sentiments = tiny_classifier.logits([e.pair for e in examples])
    assert torch.allclose(first.stances, stances / tiny_classifier.config.temperature)
    assert torch.allclose(first.sentiments, sentiments)
    monkeypatch.setattr(Classifier, "logits", None)
    assert torch.equal(lessons_of(tiny_classifier, examples, tmp_path).stances, first.stances)


def test_of_several_processes_one_asks_the_teacher(tiny_classifier, marked, tmp_path, monkeypatch):
    examples = [labelled(marked("[Norway] accused {Iceland}."))]
    expected = lessons_of(tiny_classifier, examples, tmp_path).stances
    (kept,) = tmp_path.glob("*.safetensors")
    answers = kept.read_bytes()
    kept.unlink()
    monkeypatch.setattr(Classifier, "logits", None)
    with ThreadPoolExecutor() as pool:
        with FileLock(kept.with_suffix(".lock")):
            waiting = pool.submit(lessons_of, tiny_classifier, examples, tmp_path)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
            kept.write_bytes(answers)
        assert torch.equal(waiting.result(timeout=60).stances, expected)


def test_other_pairs_or_another_teacher_are_asked_anew(tiny_model, marked, tmp_path):
    teacher = Classifier.load(tiny_model)
    examples = [labelled(marked("[Norway] accused {Iceland}."))]
    lessons_of(teacher, examples, tmp_path)
    lessons_of(teacher, [labelled(marked("{Norway} accused [Iceland]."))], tmp_path)
    with torch.no_grad():
        teacher.network.stance.bias.add_(1.0)
        lessons_of(teacher, examples, tmp_path)
    assert len(list(tmp_path.glob("*.safetensors"))) == 3


@pytest.mark.parametrize("at_once", [1, 256])
def test_every_two_actors_of_a_training_sentence_make_unlabelled_pairs(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(unlabelled, "_SENTENCES_AT_ONCE", at_once)
    dse_rows(tmp_path / "dse", ("[Peru] rebuked [Chile] before Bolivia.", "3"), ("[Kenya] met [Uganda] late.", "0"))
    dse_rows(tmp_path / "dse", ("[Kenya] met [Uganda] late.", "0"), name="valid")
    write(tmp_path / "newsmtsc" / MTSC.format("rw") / "train.jsonl", mtsc_row())
    splits = {"train": [], "dev": [], "test": []}
    found = unlabelled_examples(RuleFinder(), splits, tmp_path)
    sides = sorted((e.corpus, e.pair.side(e.pair.source), e.pair.side(e.pair.target)) for e in found)
    assert sides == sorted(
        [("dse", a, b) for a in ("Peru", "Chile", "Bolivia") for b in ("Peru", "Chile", "Bolivia") if a != b]
        + [("newsmtsc", "Peru", "Chile"), ("newsmtsc", "Chile", "Peru")]
    )
    assert {(e.tier, e.stances, e.sentiment) for e in found} == {(Tier.UNLABELLED, None, None)}
    known = next(e for e in found if e.corpus == "newsmtsc")
    again = unlabelled_examples(RuleFinder(), {**splits, "train": [labelled(known.pair)]}, tmp_path)
    assert len(again) == len(found) - 1


def test_no_pair_of_an_annotated_article_is_for_a_teacher(tmp_path, monkeypatch):
    dse_rows(tmp_path / "dse", ("[Peru] rebuked [Chile] before Bolivia.", "3"), ("[Kenya] met [Uganda] late.", "0"))
    splits = {"train": [], "dev": [], "test": []}
    found = unlabelled_examples(RuleFinder(), splits, tmp_path)
    document = next(e.group for e in found if e.pair.text.startswith("Peru"))
    monkeypatch.setattr(unlabelled, "annotated_documents", lambda: {document})
    left = unlabelled_examples(RuleFinder(), splits, tmp_path)
    assert {e.pair.text for e in left} == {"Kenya met Uganda late."}
    write(
        tmp_path / "newsmtsc" / MTSC.format("rw") / "train.jsonl",
        mtsc_row("Peru rebuked Chile before Bolivia.", "Peru"),
    )
    assert unlabelled_examples(RuleFinder(), splits, tmp_path) == left  # nor one that another corpus repeats
