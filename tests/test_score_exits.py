import json
import os
import shutil
from pathlib import Path

import pytest
import torch

from models.pipeline import Scorer
from models.runs import _size
from models.score import main

TALKS = "Kenya and Uganda accused Tanzania of closing the lake to them."


@pytest.fixture
def score_files(tmp_path, tiny_model):
    """Returns a function that scores files, given by name, into `out` and gives the exit status."""

    def run(files, *options):
        folder = tmp_path / "in"
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(
                content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
            )
        return main([str(folder), "--out", str(tmp_path / "out"), "--model", str(tiny_model), *options])

    return run


@pytest.mark.parametrize(
    ("name", "content", "line", "reason", "remedy"),
    [
        ("a.txt", b"K\x00e\x00", None, "not text: the file holds NUL bytes", "save the file as UTF-8 text"),
        ("a.txt", b"Kenya \xe9t", None, "not UTF-8 text: byte 6 cannot be decoded", "save the file as UTF-8 text"),
        ("a.txt", " \n", None, "the file is empty", "leave it out or fill it"),
        ("a.jsonl", '{"text": "x"}\n{"text": \n', 2, "broken JSON: Expecting value", "mend or remove the line"),
        ("a.jsonl", "[1]\n", 1, "expected a JSON object, found list", "write one object a line with text, and"),
        ("a.jsonl", '{"title": "x"}\n', 1, "no text", "give each article text, and where known title"),
        ("a.jsonl", '{"text": 3}\n', 1, "expected text to be a string, found int", "give each article text"),
        ("a.jsonl", '{"text": "x \\ud83d"}\n', 1, "text holds half a surrogate pair", "give each article text"),
        ("a.csv", "body\nx\n", 1, "expected a column named text, found body", "name the columns text"),
    ],
)
def test_an_input_that_cannot_be_used_is_rejected_and_the_rest_is_scored(
    score_files, tmp_path, name, content, line, reason, remedy, lines
):
    assert score_files({name: content, "sub/good.txt": TALKS}, "--all-pairs") == 3
    (error,) = lines(tmp_path / "out" / "errors.jsonl")
    assert (error["file"], error["line"]) == (name, line)
    assert error["reason"].startswith(reason)
    assert error["remedy"].startswith(remedy)
    assert list(error) == ["file", "line", "reason", "remedy"]
    assert "sub/good.txt" in {record["article_id"] for record in lines(tmp_path / "out" / "stances.jsonl")}
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["counts"]["rejected"] == 1


def test_the_size_of_what_cannot_be_looked_at_is_none(tmp_path, monkeypatch):
    def refuse(path, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refuse)
    assert _size(tmp_path / "locked" / "a.txt") == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_fault_that_one_article_shows_costs_no_other(score_files, tmp_path, monkeypatch, lines, workers):
    real = Scorer.score_chunk

    def faulty(self, articles, options):
        if any("Atlantis" in article.text for article in articles):
            raise IndexError("out of the sea")
        return real(self, articles, options)

    monkeypatch.setattr(Scorer, "score_chunk", faulty)
    files = {f"{name}.txt": f"{name} accused Chad of haste." for name in ("Kenya", "Atlantis", "Togo")}
    assert score_files(files, "--all-pairs", "--workers", workers) == 3
    (error,) = lines(tmp_path / "out" / "errors.jsonl")
    assert error["file"] == "Atlantis.txt"
    assert error["reason"] == "article Atlantis.txt cannot be scored: IndexError: out of the sea"
    assert {record["article_id"] for record in lines(tmp_path / "out" / "stances.jsonl")} == {"Kenya.txt", "Togo.txt"}


def test_the_files_of_another_run_in_the_folder_are_no_articles(score_files, tmp_path):
    assert score_files({"a.txt": TALKS}) == 0
    shutil.copytree(tmp_path / "out", tmp_path / "in" / "first")
    assert score_files({}) == 0
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["counts"]["articles"] == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_rejected(score_files, tmp_path, lines):
    assert score_files({"a.txt": TALKS}) == 0
    (tmp_path / "in" / "a.txt").chmod(0)
    assert score_files({}) == 3
    assert lines(tmp_path / "out" / "errors.jsonl")[0]["reason"] == "cannot be opened: Permission denied"


@pytest.mark.parametrize(
    ("paths", "model", "message"),
    [
        (
            ["empty"],
            None,
            "no article files in {0}: expected .txt, .md, .html, .json, .jsonl, .csv, .parquet, each also",
        ),
        (["nowhere"], None, "{0}: expected a file or folder of articles, found nothing there"),
        (["a.docx"], None, "{0}: expected a suffix of .txt, .md, .html, .json, .jsonl, .csv, .parquet, each also"),
        (["a.txt"], "no-model", "no model no-model: expected a folder with config.json and model.safetensors"),
        (["a.txt"], "{empty}", "{empty} is no model folder: expected config.json and model.safetensors there"),
        (["a.txt"], "no/model", "no folder no/model, and the hub gave none (LocalEntryNotFoundError): check"),
    ],
)
def test_what_cannot_run_says_why_and_writes_nothing(tmp_path, tiny_model, capsys, paths, model, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.docx").touch()
    (tmp_path / "a.txt").write_text(TALKS)
    model = (model or str(tiny_model)).format(empty=tmp_path / "empty")
    full = [str(tmp_path / path) for path in paths]
    assert main([*full, "--out", str(tmp_path / "out"), "--model", model]) == 1
    expected = "visavis cannot run: " + message.format(*full, empty=tmp_path / "empty")
    assert " ".join(capsys.readouterr().err.split()).startswith(expected)
    assert not (tmp_path / "out").exists()


def test_an_out_that_is_a_file_cannot_be_written(score_files, tmp_path, capsys):
    (tmp_path / "out").write_text("mine")
    assert score_files({"a.txt": TALKS}) == 1
    assert "expected a folder that can be written, found: File exists" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "say where the results go"),
        (["a.txt"], "say where the results go"),
        (["--out", "o"], "give article files or folders, or --pairs FILE.jsonl, not both"),
        (
            ["a.txt", "--pairs", "p.jsonl", "--out", "o"],
            "give article files or folders, or --pairs FILE.jsonl, not both",
        ),
        (["a.txt", "--out", "o", "--threshold", "1.5"], "Invalid value for '--threshold'"),
        (["a.txt", "--out", "o", "--format", "xml"], "'xml' is not one of 'jsonl', 'csv', 'parquet'"),
        (["a.txt", "--out", "o", "--nonsense"], "No such option: --nonsense"),
    ],
)
def test_wrong_usage_has_status_2(arguments, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert message in " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_has_status_130_and_leaves_no_half_file(score_files, tmp_path, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("models.engine.LocalEngine.run", interrupted)
    assert score_files({"a.txt": TALKS}) == 130
    assert not (tmp_path / "out" / "stances.jsonl").exists()


def test_a_gpu_is_used_by_one_process_whatever_is_asked_for(score_files, monkeypatch):
    started = []

    def engine(source, scorer, options, processes):
        started.append(processes)
        raise KeyboardInterrupt

    monkeypatch.setattr("models.runs.LocalEngine", engine)
    for device in ("cpu", "cuda"):
        monkeypatch.setattr("models.precision.Runner.device", torch.device(device))
        assert score_files({"a.txt": TALKS}, "--workers", "4") == 130
    assert started == [4, 1]


def test_brackets_in_an_input_do_not_stop_a_run(score_files):
    assert score_files({"a.csv": "[/b]\nx\n", "b.txt": TALKS}) == 3


def test_the_summary_names_the_files_even_in_a_folder_with_brackets(tmp_path, tiny_model, capsys):
    (tmp_path / "a.txt").write_text(TALKS)
    out = tmp_path / "may [final]"
    assert main([str(tmp_path / "a.txt"), "--out", str(out), "--model", str(tiny_model)]) == 0
    assert str(out / "dyads.csv") in capsys.readouterr().out


def test_a_model_name_that_no_hub_takes_cannot_run(score_files, capsys):
    assert score_files({"a.txt": TALKS}, "--model", "my models/best one") == 1
    assert "my models/best one" in capsys.readouterr().err
