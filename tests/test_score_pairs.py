import errno
import json

import pytest

from models.score import main

TALKS = "Kenya and Uganda accused Tanzania of closing the lake to them."
SOURCE, TARGET = {"start": 0, "end": 5}, {"start": 25, "end": 33}


@pytest.fixture
def classify(tmp_path, tiny_model):
    """Returns a function that classifies lines of pairs into `out.jsonl` and gives the exit status."""

    def run(*rows, out="out.jsonl", options=()):
        text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
        (tmp_path / "pairs.jsonl").write_text(text, encoding="utf-8")
        arguments = ["--pairs", str(tmp_path / "pairs.jsonl"), "--out", str(tmp_path / out)]
        return main([*arguments, "--model", str(tiny_model), *options])

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


@pytest.mark.parametrize("name", ["pairs.jsonl", "sub/../pairs.jsonl", "link.jsonl"])
def test_the_pairs_are_never_replaced(classify, tmp_path, name, capsys):
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "pairs.jsonl")
    assert classify({"id": "1"}, out=name) == 1
    assert f"would replace the pairs in {tmp_path / 'pairs.jsonl'}: give another path" in capsys.readouterr().err
    assert (tmp_path / "pairs.jsonl").read_text() == '{"id": "1"}\n'
    (tmp_path / "out.jsonl.errors.jsonl").symlink_to(tmp_path / "pairs.jsonl")
    assert classify({"id": "1"}) == 1


@pytest.mark.parametrize(
    ("out", "found"), [("folder", "found a folder"), ("file/deep/out.jsonl", "file is no folder: give another path")]
)
def test_an_out_that_cannot_be_written_cannot_run(classify, tmp_path, out, found, capsys):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert classify({"id": "1"}, out=out) == 1
    said = capsys.readouterr().err
    assert f"--out {tmp_path / out}: expected a file that can be written, found" in said
    assert found in said


@pytest.mark.parametrize(("stage", "name"), [("read_pairs", "pairs.jsonl"), ("JsonlWriter", "out.jsonl")])
def test_what_cannot_be_read_or_written_later_on_cannot_run(classify, tmp_path, monkeypatch, stage, name, capsys):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error", str(tmp_path / name))

    monkeypatch.setattr(f"models.given_pairs.{stage}", fail)
    assert classify({"id": "1", "text": TALKS, "source": SOURCE, "target": TARGET}) == 1
    assert f"{tmp_path / name}: Input/output error: mend that and begin again" in capsys.readouterr().err


def test_options_that_pairs_have_no_use_for_are_wrong_usage(classify, tmp_path, capsys):
    given = ["--threshold", "0.5", "--column", "text=body", "--rescore", "--engine", "local", "--explain"]
    assert classify({"id": "1"}, options=given) == 2
    said = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "--threshold, --column, --rescore, --engine, --explain: expected --out and --model alone" in said
    assert not (tmp_path / "out.jsonl").exists()


def test_an_interrupted_run_of_pairs_begins_anew(classify, tmp_path, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("models.given_pairs.read_pairs", interrupted)
    assert classify({"id": "1"}) == 130
    assert "nothing was written, and the same command begins anew" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("words", [" ", "\u200b"])
def test_a_mention_without_a_letter_is_rejected(classify, tmp_path, words, lines):
    bad = {"id": "bad", "text": f"Kenya{words}blamed Chad.", "source": {"start": 5, "end": 6}, "target": SOURCE}
    assert classify({"id": "1", "text": TALKS, "source": SOURCE, "target": TARGET}, bad) == 3
    assert [row["id"] for row in lines(tmp_path / "out.jsonl")] == ["1"]
