"""Which pairs are picked for labelling, and the tasks that are made of them."""

import json

import pytest

from data.labelstudio import INTERFACE
from data.pairs import ArticlePair
from data.schema import SENTIMENTS, STANCES, Actor, ActorKind, Mention, Pair, PairSpan, Prediction, Sentence, Stance
from models.candidates import main
from models.picking import Candidate, pick, usefulness

UNIFORM = dict.fromkeys(STANCES, 0.25)


def prediction(**chances):
    rest = (1 - sum(chances.values())) / (4 - len(chances))
    return Prediction({s: chances.get(str(s), rest) for s in STANCES}, dict.fromkeys(SENTIMENTS, 1 / 3))


def candidate(text, predicted, source="Peru", target="Chile", article="a", turned=False):
    sides = []
    for name in (source, target):
        start = text.index(name)
        actor = Actor(name, ActorKind.STATE)
        sides.append(Mention(start, start + len(name), name, 0, actor))
    one, other = sides[::-1] if turned else sides
    pair = Pair(f"{one.text}>{other.text}", text, PairSpan(one.start, one.end), PairSpan(other.start, other.end))
    return Candidate(article, ArticlePair(pair, Sentence(0, 0, len(text), text), one, other, None), predicted)


SURE, UNSURE = prediction(neutral=0.97), prediction(neutral=0.3, deny=0.4)


def test_uncertain_and_rare_predictions_teach_more():
    assert usefulness(UNSURE, UNIFORM) > usefulness(SURE, UNIFORM)
    rare = {Stance.NEUTRAL: 0.9, Stance.DENY: 0.01, Stance.CONDEMN: 0.05, Stance.SUPPORT: 0.04}
    assert usefulness(prediction(deny=0.7), rare) > usefulness(prediction(neutral=0.7), rare)
    assert 0 < usefulness(SURE, rare) < usefulness(prediction(deny=0.25), rare) <= 1


def test_the_most_useful_pair_comes_first():
    dull, sharp = candidate("Peru met Chile.", SURE), candidate("Oslo shuns Riga.", UNSURE, "Oslo", "Riga")
    assert [c.found.pair.text for c, _ in pick([dull, sharp], 2)] == ["Oslo shuns Riga.", "Peru met Chile."]


def test_a_pair_brings_its_way_back_along():
    text = "Peru denied what Chile said."
    back = candidate(text, SURE, turned=True)
    others = [candidate(f"Oslo shuns {name} now.", prediction(neutral=0.8), "Oslo", name) for name in ("Riga", "Bonn")]
    chosen = [c for c, _ in pick([back, *others, candidate(text, UNSURE)], 2)]
    assert [c.found.pair.id for c in chosen] == ["Peru>Chile", "Chile>Peru"]


def test_one_dyad_does_not_crowd_out_the_others():
    many = [candidate(f"Peru {verb} Chile.", UNSURE) for verb in ("spurned", "mocked", "sued", "left", "hailed")]
    other = candidate("Oslo shuns Riga.", prediction(neutral=0.6), "Oslo", "Riga")
    assert "Oslo shuns Riga." in [c.found.pair.text for c, _ in pick([*many, other], 3)]


def test_a_wire_copy_is_passed_over():
    text = "Peru has turned down the offer that Chile made on Monday in Lima."
    copies = [candidate(text, UNSURE), candidate(text.replace("Monday", "Tuesday"), UNSURE, article="b")]
    assert len(pick(copies, 5)) == 1


def test_no_more_are_picked_than_asked_for():
    verbs = ("spurned", "mocked", "sued", "left", "hailed")
    assert len(pick([candidate(f"Peru {verb} Chile.", UNSURE) for verb in verbs], 3)) == 3


@pytest.fixture(scope="module")
def tasks(articles, tiny_model, tmp_path_factory):
    out = tmp_path_factory.mktemp("tasks") / "tasks.json"
    assert main([str(articles), "--out", str(out), "--count", "6", "--model", str(tiny_model)]) == 0
    return out


def test_tasks_hold_both_spans_and_the_relation_as_pre_annotations(tasks, texts):
    made = json.loads(tasks.read_text())
    assert sum(len(task["data"]["pairs"]) for task in made) == 6
    for task in made:
        assert task["data"]["group"] in texts
        result = task["predictions"][0]["result"]
        regions = {item["id"]: item["value"] for item in result if item["type"] == "labels"}
        for value in regions.values():
            assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
        relations = [item for item in result if item["type"] == "relation"]
        assert {(r["from_id"], r["to_id"]) for r in relations} == {
            (p["source"], p["target"]) for p in task["data"]["pairs"]
        }
        assert all(r["labels"][0] in STANCES for r in relations)
    scores = [task["predictions"][0]["score"] for task in made]
    assert scores == sorted(scores, reverse=True)


def test_the_interface_comes_beside_the_tasks(tasks):
    assert tasks.with_suffix(".xml").read_text() == INTERFACE


def test_articles_that_cannot_be_read_are_said(tiny_model, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("Norway condemned Iceland.")
    (tmp_path / "b.txt").write_text("")
    assert main([str(tmp_path), "--out", str(tmp_path / "t.json"), "--model", str(tiny_model)]) == 3
    assert "rejected b.txt: the file is empty: leave it out or fill it" in capsys.readouterr().err
    assert json.loads((tmp_path / "t.json").read_text())


@pytest.mark.parametrize(
    ("text", "model", "message"),
    [
        ("Rain fell.", None, "no pair of actors in 1 articles: there is nothing to label"),
        (
            "La Norvège a condamné l'Islande. Le Pérou, lui, a remercié le Chili de son aide après la tempête.",
            None,
            "no pair of actors in 1 articles: there is nothing to label; one is rejected: ",
        ),
        ("Norway condemned Iceland.", "models/none", "no model models/none"),
    ],
)
def test_what_cannot_be_picked_says_why(tiny_model, tmp_path, capsys, text, model, message):
    (tmp_path / "a.txt").write_text(text)
    out = tmp_path / "t.json"
    assert main([str(tmp_path), "--out", str(out), "--model", model or str(tiny_model)]) == 1
    assert message in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(("out", "found"), [("", "a folder"), ("a.txt/t.json", "a.txt is no folder")])
def test_an_out_that_cannot_be_written_is_told_before_anything_is_scored(tmp_path, capsys, monkeypatch, out, found):
    monkeypatch.setattr("models.picking.pick_tasks", None)
    (tmp_path / "a.txt").write_text("Norway condemned Iceland.")
    assert main([str(tmp_path), "--out", str(tmp_path / out)]) == 1
    said = capsys.readouterr().err
    assert f"cannot pick: --out {tmp_path / out}: expected a file that can be written, found" in said
    assert found in said


def test_tasks_that_cannot_be_written_are_told(tiny_model, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("Norway condemned Iceland.")
    (tmp_path / "t.xml").mkdir()
    assert main([str(tmp_path / "a.txt"), "--out", str(tmp_path / "t.json"), "--model", str(tiny_model)]) == 1
    assert "cannot pick: [Errno" in capsys.readouterr().err
