"""The published measures of each corpus, on rows written for it, and the command that prints them."""

import json

import numpy as np
import pytest
import yaml
from sklearn.metrics import accuracy_score, f1_score
from test_corpora import MTSC, dse_rows, mtsc_row, plv_tsv, seesaw_story, write

from data.corpora import plv
from data.schema import SENTIMENTS, STANCES, Prediction
from train.benchmarks import CONFLICT, Case, benchmarks, conflict, five_classes, polarity
from train.evaluate import NAMES, main
from train.evaluation import PUBLISHED, scores


def felt(negative, neutral, positive):
    return Prediction(dict.fromkeys(STANCES, 0.25), dict(zip(SENTIMENTS, (negative, neutral, positive), strict=True)))


@pytest.mark.parametrize(
    ("there", "back", "expected"),
    [
        (felt(0.1, 0.8, 0.1), felt(0.2, 0.7, 0.1), "0"),
        (felt(0.1, 0.3, 0.6), felt(0.1, 0.8, 0.1), "1"),
        (felt(0.1, 0.8, 0.1), felt(0.1, 0.3, 0.6), "2"),
        (felt(0.6, 0.3, 0.1), felt(0.1, 0.8, 0.1), "3"),
        (felt(0.1, 0.8, 0.1), felt(0.6, 0.3, 0.1), "4"),
        # both directions lean to negative: the product decides, not the larger of the two alone
        (felt(0.55, 0.4, 0.05), felt(0.5, 0.45, 0.05), "3"),
    ],
)
def test_dse_has_five_classes_by_the_product_of_both_directions(there, back, expected):
    assert five_classes([there, back]) == expected


@pytest.mark.parametrize(("prediction", "sign", "kind"), [
    (felt(0.3, 0.5, 0.2), "NEG", "conflict"), (felt(0.2, 0.5, 0.3), "POS", "cooperation"),
    (felt(0.2, 0.6, 0.2), "NEG", "conflict"),
])  # fmt: skip
def test_seesaw_and_plv_go_by_the_stronger_of_negative_and_positive(prediction, sign, kind):
    assert (polarity([prediction]), conflict([prediction])) == (sign, kind)


def test_plv_is_in_conflict_by_its_root():
    assert set(plv.LABELS) - CONFLICT == {"AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID", "YIELD"}


def test_every_row_of_dse_is_a_case_with_its_clean_part(tmp_path):
    dse_rows(tmp_path, ("[Peru] met [Chile].", "0"))
    dse_rows(
        tmp_path, ("[PERU] met [Chile]!", "1"), ("[Oslo] sued a man, [.]", "3"), ("[Oslo] left Riga.", "0"), name="test"
    )
    cases = benchmarks()["dse"].cases(tmp_path, "test")
    assert [(case.label, case.clean, case.literal) for case in cases] == [
        ("1", False, True),
        ("3", True, True),
        ("0", True, False),
    ]
    there, back = cases[2].pairs
    assert (there.text, there.context) == ("Oslo left Riga.", "p, q.")
    assert (there.side(there.source), there.side(there.target), back.side(back.source)) == ("p", "q", "q")


def test_a_triplet_of_seesaw_counts_where_its_actors_are_not_found(tmp_path):
    names = ("Ada Brandt", "Carl Okafor")
    stances = [(0, names[0], "NEG", names[1]), (1, names[0], "POS", names[1]), (1, "None", "NEG", names[1]),
               (1, names[0], "NEG", "Not in the list"), (1, "Not in the list", "NEG", names[1])]  # fmt: skip
    seesaw_story(tmp_path, ["Ada Brandt sued Carl Okafor.", "Rain fell and fell.", "Mud."], stances, "valid")
    found, before, author = benchmarks()["seesaw"].cases(tmp_path, "dev")
    sides = [(c.label, c.literal, c.pairs[0].side(c.pairs[0].source)) for c in (found, author)]
    assert sides == [("NEG", True, "Ada Brandt"), ("NEG", False, None)]
    assert before.literal is False
    assert before.pairs[0].context == "Ada Brandt, Carl Okafor. Ada Brandt sued Carl Okafor."


def test_the_two_sets_of_newsmtsc_are_measured_apart(tmp_path):
    write(tmp_path / MTSC.format("rw") / "train.jsonl", mtsc_row())
    write(tmp_path / MTSC.format("rw") / "test.jsonl", mtsc_row() + "\n" + mtsc_row("Togo won.", "Togo", polarity=-1))
    write(tmp_path / MTSC.format("mt") / "test.jsonl", mtsc_row("Mali rested.", "Mali", polarity=0))
    known = benchmarks()
    assert [(c.label, c.clean) for c in known["newsmtsc-rw"].cases(tmp_path, "test")] == [
        ("positive", False),
        ("negative", True),
    ]
    assert [c.label for c in known["newsmtsc-mt"].cases(tmp_path, "test")] == ["neutral"]


def test_a_row_of_plv_without_its_target_is_asked_about_by_name(tmp_path):
    plv_tsv(tmp_path, (1, "Togo left.", "Togo", "a recipient", "ACCUSE"), name="test")
    (case,) = benchmarks()["plv"].cases(tmp_path, "test")
    assert (case.label, case.literal) == ("conflict", False)
    assert case.pairs[0].context == "Togo, a recipient."


def cases_of(labels, sentences):
    return [Case(label, (), sentence) for label, sentence in zip(labels, sentences, strict=True)]


def test_scores_are_those_of_scikit_learn():
    random = np.random.default_rng(3)
    labels = ("a", "b", "c", "never")
    gold, guess = (list(random.choice(labels[:3], 60)) for _ in range(2))
    measured, _ = scores(labels, cases_of(gold, map(str, range(60))), guess)
    assert measured["micro_f1"] == pytest.approx(100 * accuracy_score(gold, guess))
    expected = f1_score(gold, guess, labels=labels, average="macro", zero_division=0)
    assert measured["macro_f1"] == pytest.approx(100 * expected)


def test_intervals_hold_the_measure_are_repeatable_and_narrow_with_more_sentences():
    def width(number, per_sentence=1):
        gold = ["a", "b", "b", "a"] * number
        guess = ["a", "b", "a", "a"] * number
        cases = cases_of(gold, [str(i // per_sentence) for i in range(4 * number)])
        measured, spread = scores(("a", "b"), cases, guess)
        assert scores(("a", "b"), cases, guess)[1] == spread
        for name, value in measured.items():
            assert spread[name][0] <= value <= spread[name][1]
        return spread["micro_f1"][1] - spread["micro_f1"][0]

    assert width(10) > 1.5 * width(90)
    cases = cases_of(["a"] * 40, ["one"] * 20 + ["two"] * 20)
    _, together = scores(("a", "b"), cases, ["a"] * 20 + ["b"] * 20)
    assert together["micro_f1"] == (0, 100)  # two sentences are two draws, however many cases they hold


def test_published_figures_name_their_source():
    published = yaml.safe_load(PUBLISHED.read_text())
    assert set(published) < set(NAMES)
    for rows in published.values():
        assert all({"system", "source"} < set(row) and {"micro_f1", "macro_f1"} & set(row) for row in rows)


def test_the_command_measures_what_is_there_and_writes_json(tiny_model, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    raw = tmp_path / "raw"
    lines = [(f"[Peru] met [Chile] at port {'abcdefgh'[n]}{n}.", str(n % 5)) for n in range(8)]
    dse_rows(raw / "dse", *lines, name="valid")
    out = tmp_path / "out" / "measures.json"
    arguments = ["--model", str(tiny_model), "--raw", str(raw), "--corpora", "dse,plv", "--json", str(out)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "dse, dev: 8 cases, 8 clean" in printed
    assert "Wen et al., ACL 2024; test, leaky" in printed
    assert f"plv: no dev split under {raw}: python data/fetch.py brings corpora" in printed
    found = json.loads(out.read_text())
    assert set(found) == {"dse"}
    assert set(found["dse"]) == {"split", "n", "n_clean", "measures", "intervals"}
    assert (found["dse"]["split"], found["dse"]["n"], found["dse"]["n_clean"]) == ("dev", 8, 8)
    low, high = found["dse"]["intervals"]["micro_f1"]
    assert 0 <= low <= found["dse"]["measures"]["micro_f1"] <= high <= 100
    assert found["dse"]["measures"]["majority_micro_f1"] == 25


def test_the_gold_is_measured_without_any_corpus(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr("train.benchmarks.is_current", lambda folder: False)
    monkeypatch.setattr("train.evaluation.RESAMPLINGS", 50)
    out = tmp_path / "measures.json"
    arguments = ["--model", str(tiny_model), "--raw", str(tmp_path), "--corpora", "gold", "--json", str(out)]
    assert main([*arguments, "--split", "test"]) == 0
    found = json.loads(out.read_text())["gold"]
    assert found["n"] > 900
    assert found["measures"]["rules_macro_f1"] > found["measures"]["majority_macro_f1"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--corpora", "dse,imdb"], 2, "no corpus imdb"),
        (["--split", "held"], 2, "'held' is not one of"),
        (["--model", "models/none"], 1, "cannot evaluate: no model models/none"),
    ],
)
def test_what_cannot_be_measured_says_why(capsys, arguments, status, message):
    assert main(arguments) == status
    assert message in capsys.readouterr().err


def test_no_corpus_at_all_is_nothing_to_measure(tiny_model, tmp_path, capsys):
    assert main(["--model", str(tiny_model), "--raw", str(tmp_path), "--corpora", "dse,plv"]) == 1
    assert f"none of dse, plv has a dev split under {tmp_path}" in capsys.readouterr().err
