import json

import pytest

from models.score import main

TALKS = "Kenya and Uganda accused Tanzania of closing the lake to them."
SOURCE, TARGET = {"start": 0, "end": 5}, {"start": 25, "end": 33}


@pytest.fixture
def classify(tmp_path, tiny_model):
    """Returns a function that classifies lines of pairs into `out.jsonl` and gives the exit status."""

    def run(*rows):
        text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
        (tmp_path / "pairs.jsonl").write_text(text, encoding="utf-8")
        arguments = ["--pairs", str(tmp_path / "pairs.jsonl"), "--out", str(tmp_path / "out.jsonl")]
        return main([*arguments, "--model", str(tiny_model)])

    return run


def test_pairs_come_back_in_order_with_their_ids(classify, tmp_path, capsys, lines):
    long = f"Kenya{' and others' * 300} blamed Tanzania."
    where = {"start": long.index("Tanzania"), "end": long.index("Tanzania") + 8}
    rows = [
        {"id": "b", "text": TALKS, "source": SOURCE, "target": TARGET, "note": "ignored"},
        {"id": 7, "text": TALKS, "source": None, "target": TARGET},
        {"id": "b", "text": "It blamed Chad.", "context": "Togo spoke.", "source": SOURCE | {"in": "context"},
         "target": {"start": 10, "end": 14}},
        {"id": "long", "text": long, "source": SOURCE, "target": where},
    ]  # fmt: skip
    assert classify(*rows) == 0
    found = lines(tmp_path / "out.jsonl")
    assert [row["id"] for row in found] == ["b", "7", "b", "long"]
    assert [row["truncated"] for row in found] == [False, False, False, True]
    for row in found:
        assert list(row) == "id stance probabilities sentiment sentiment_probabilities truncated".split()
        assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert row["stance"] == max(row["probabilities"], key=row["probabilities"].get)
    assert lines(tmp_path / "out.jsonl.errors.jsonl") == []
    assert "4 pairs classified, 0 rejected" in capsys.readouterr().out


def test_lines_that_are_no_pair_are_rejected_and_the_rest_keep_their_order(classify, tmp_path, lines):
    good = {"id": "1", "text": TALKS, "source": SOURCE, "target": TARGET}
    rows = [good, "{broken", "", good | {"source": {"start": 0, "end": 99}}, good | {"target": None},
            good | {"target": SOURCE}, good | {"source": {"start": 5, "end": 5}}, [1], good | {"id": "2"}]  # fmt: skip
    assert classify(*rows) == 3
    assert [row["id"] for row in lines(tmp_path / "out.jsonl")] == ["1", "2"]
    errors = lines(tmp_path / "out.jsonl.errors.jsonl")
    assert [(error["file"], error["line"]) for error in errors] == [("pairs.jsonl", n) for n in (2, 4, 5, 6, 7, 8)]
    reasons = ("broken JSON: Expecting", "source ends at 99, but the text has 62 characters: offsets count code points",
               "target: expected {\"start\": number", "source and target are one span", "expected 0 <= start < end",
               "Input should be")  # fmt: skip
    for error, reason in zip(errors, reasons, strict=True):
        assert error["reason"].startswith(reason)
        assert error["remedy"].startswith('give each line "id", "text", "source" and "target" with')


def test_a_file_of_pairs_that_is_missing_cannot_run(tmp_path, tiny_model, capsys):
    assert main(["--pairs", str(tmp_path / "no.jsonl"), "--out", str(tmp_path / "o"), "--model", str(tiny_model)]) == 1
    assert "no.jsonl: expected a JSONL file of pairs, found none" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [" ", "\u200b"])
def test_a_mention_without_a_letter_is_rejected(classify, tmp_path, words, lines):
    bad = {"id": "bad", "text": f"Kenya{words}blamed Chad.", "source": {"start": 5, "end": 6}, "target": SOURCE}
    assert classify({"id": "1", "text": TALKS, "source": SOURCE, "target": TARGET}, bad) == 3
    assert [row["id"] for row in lines(tmp_path / "out.jsonl")] == ["1"]
