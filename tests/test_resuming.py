"""A scoring run that is cut off, repeated or changed: no record is lost, none doubled, none scored twice."""

import hashlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from data.actors.gazetteer import TABLES
from data.readers.source import ArticleFile
from models.classifier import Classifier
from models.score import main

FILES = ("stances.jsonl", "stances.csv", "stances.parquet", "dyads.csv", "author.jsonl", "errors.jsonl")
NAMES = ("Kenya", "Uganda", "Chad", "Niger", "Togo", "Ghana", "Peru", "Chile", "Norway", "Iceland", "Malta", "Cuba")
VERBS = ("condemned", "thanked", "rejected the charge of", "met", "accused", "praised")


class Content(bytes):
    """What a file holds; short where a failing comparison shows it, since it may be long."""

    def __repr__(self):
        return f"<{len(self.splitlines())} lines, sha256 {hashlib.sha256(self).hexdigest()[:12]}>"


def text_of(number):
    one, other, third = random.Random(number).sample(NAMES, 3)
    verb = VERBS[number % len(VERBS)]
    return (
        f"{one} {verb} {other} on day {number}.\n\n{other} said that {third} had paid {one} for the {number} ships.\n"
    )


@pytest.fixture
def folder(tmp_path):
    """A folder of articles in files and rows, one of which is broken."""
    articles = tmp_path / "in"
    articles.mkdir()
    for number in range(40):
        (articles / f"{number:02}.txt").write_text(text_of(number))
    rows = [json.dumps({"text": text_of(number)}) for number in range(100, 190)]
    (articles / "rows.jsonl").write_text("\n".join([*rows[:50], "{broken", *rows[50:]]) + "\n")
    return articles


@pytest.fixture
def score_into(folder, tmp_path, tiny_model):
    """Returns a function that scores the folder into another and gives the status, the files and the manifest."""

    def run(name, *options):
        out = tmp_path / name
        arguments = [str(folder), "--out", str(out), "--model", str(tiny_model), "--all-pairs", "--author", *options]
        status = main(arguments)
        files = {file: Content((out / file).read_bytes()) for file in FILES if (out / file).exists()}
        manifest = json.loads((out / "manifest.json").read_text()) if (out / "manifest.json").exists() else {}
        return status, files, manifest

    return run


def interrupted(*_):
    raise KeyboardInterrupt


def in_child(function, *arguments):
    """Starts a function in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=function, args=arguments)
    process.start()
    return process


def test_a_second_run_scores_nothing_and_writes_the_same(score_into):
    status, files, manifest = score_into("out")
    assert (status, manifest["scored"], manifest["counts"]["rejected"]) == (3, 130, 1)
    again = score_into("out")
    assert again[:2] == (status, files)
    assert (again[2]["scored"], again[2]["counts"]) == (0, manifest["counts"])


def test_what_is_new_or_changed_is_scored_and_what_is_gone_is_gone(score_into, folder):
    score_into("out")
    (folder / "03.txt").write_text("Peru praised Malta.")
    (folder / "20b.txt").write_text("Cuba denied that it had threatened Ghana.")
    (folder / "05.txt").unlink()
    with (folder / "rows.jsonl").open("a") as file:
        file.write(json.dumps({"text": "Togo condemned Chad."}) + "\n")
    os.utime(folder / "07.txt")  # touched, but the same
    _, files, manifest = score_into("out")
    assert manifest["scored"] == 3
    assert manifest["counts"]["articles"] == 131
    assert files == score_into("fresh")[1]


def test_processes_give_what_one_process_gives(score_into):
    _, files, _ = score_into("one", "--workers", "1")
    assert score_into("two", "--workers", "2")[1] == files


def test_other_options_need_rescore_or_another_folder(score_into, capsys):
    _, files, _ = score_into("out")
    for options, said in (
        (["--threshold", "0.5"], "threshold was None, is 0.5"),
        (["--any-language"], "any_language was False, is True"),
    ):
        status, after, _ = score_into("out", *options)
        assert (status, after) == (1, files)
        assert f"was scored otherwise: {said}; --rescore scores everything anew" in capsys.readouterr().err
    status, after, manifest = score_into("out", "--threshold", "0.9", "--rescore")
    assert (status, manifest["scored"]) == (3, 130)
    assert len(after["stances.jsonl"]) < len(files["stances.jsonl"])


@pytest.mark.parametrize("options", [("--format", "csv"), ("--columns", "polecat"), ("--format", "parquet")])
def test_another_format_is_written_without_scoring_anew(score_into, options):
    score_into("out")
    status, files, manifest = score_into("out", *options)
    assert (status, manifest["scored"]) == (3, 0)
    assert files == score_into("fresh", *options)[1]


def test_the_files_of_a_run_are_no_articles_and_those_of_other_options_go(folder, tiny_model, lines):
    arguments = [str(folder), "--out", str(folder), "--model", str(tiny_model)]
    assert main([*arguments, "--author"]) == 3
    articles = json.loads((folder / "manifest.json").read_text())["counts"]["articles"]
    assert main([*arguments, "--format", "csv", "--rescore"]) == 3
    assert json.loads((folder / "manifest.json").read_text())["counts"]["articles"] == articles == 130
    assert (folder / "stances.csv").exists()
    assert not (folder / "stances.jsonl").exists()
    assert not (folder / "author.jsonl").exists()


def test_another_model_needs_rescore(score_into, tmp_path, capsys, tiny_model):
    score_into("out")
    other = Classifier.load(tiny_model)
    other.network.stance.bias.data.add_(0.25)
    other.save(tmp_path / "other")
    assert score_into("out", "--model", str(tmp_path / "other"))[0] == 1
    assert f"model was '{tiny_model}', is '{tmp_path / 'other'}', weights of the model was" in capsys.readouterr().err


def test_another_version_and_edited_actor_tables_need_rescore(score_into, monkeypatch, tmp_path, capsys):
    tables = shutil.copytree(TABLES, tmp_path / "tables")
    monkeypatch.setattr("models.settings.TABLES", tables)
    _, files, _ = score_into("out")
    with (tables / "groups.csv").open("a") as file:
        file.write("harbour pilots,\n")
    assert score_into("out")[:2] == (1, files)
    assert "was scored otherwise: actor tables was" in capsys.readouterr().err
    assert score_into("out", "--rescore")[2]["scored"] == 130
    monkeypatch.setattr("models.settings.version", lambda name: "99")
    assert score_into("out")[0] == 1
    assert ", is '99'; --rescore scores everything anew" in capsys.readouterr().err


def test_a_rescore_after_an_interrupted_plain_run_scores_everything_anew(score_into, monkeypatch):
    assert score_into("out")[2]["scored"] == 130
    assert score_into("out", "--rescore")[2]["scored"] == 130
    with monkeypatch.context() as patch:
        patch.setattr("models.runs.publish", interrupted)
        assert score_into("out")[0] == 130
    assert score_into("out", "--rescore")[2]["scored"] == 130


def test_an_interrupted_rescore_goes_on(score_into, monkeypatch):
    score_into("out")
    with monkeypatch.context() as patch:
        patch.setattr("models.runs.publish", interrupted)
        assert score_into("out", "--rescore")[0] == 130
    assert score_into("out", "--rescore")[2]["scored"] == 0


def test_two_runs_into_one_folder_do_not_meet(score_into, tmp_path, capsys):
    from models.state import RunState

    state = RunState(tmp_path / "out")
    state.set(held=True)
    assert score_into("out")[0] == 1
    assert "wait for the other run, or give another --out" in capsys.readouterr().err
    state.close()


def test_ids_go_by_the_path_that_is_asked_for_whatever_was_asked_before(tmp_path, tiny_model, lines):
    (tmp_path / "c" / "sub").mkdir(parents=True)
    (tmp_path / "c" / "sub" / "a.txt").write_text(text_of(1))
    options = ["--out", str(tmp_path / "out"), "--model", str(tiny_model), "--all-pairs"]
    for path, name in (("c", "sub/a.txt"), ("c/sub", "a.txt"), ("c", "sub/a.txt")):
        assert main([str(tmp_path / path), *options]) == 0
        assert {record["article_id"] for record in lines(tmp_path / "out" / "stances.jsonl")} == {name}


def test_a_state_of_another_format_says_what_to_do(score_into, tmp_path, capsys):
    _, files, _ = score_into("out")
    with closing(sqlite3.connect(tmp_path / "out" / ".visavis" / "state.sqlite")) as data:
        data.execute("PRAGMA user_version = 0")
    assert score_into("out")[:2] == (1, files)
    said = capsys.readouterr().err
    assert "state.sqlite: expected format 1, found 0, of another version of visavis" in said
    assert f"remove {tmp_path / 'out' / '.visavis'}, or give another --out; everything is scored anew then" in said


def test_a_state_that_cannot_be_opened_says_what_to_do(score_into, tmp_path, capsys):
    (tmp_path / "out" / ".visavis" / "state.sqlite").mkdir(parents=True)
    assert score_into("out")[0] == 1
    assert "unable to open database file: see that the folder can be written" in capsys.readouterr().err


def test_a_full_disk_stops_the_numbering_of_files_and_what_is_set(tmp_path):
    from models.state import RunState, StateError

    files = [ArticleFile(tmp_path / f"{number}.txt", f"{number}.txt") for number in range(2000)]

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        failed = []
        for change in (lambda state: state.number_files(files), lambda state: state.set(long="x" * 100_000)):
            state = RunState(tmp_path)
            try:
                change(state)
            except StateError as error:
                failed.append("free the disk; the same command goes on" in str(error))
            state.close()
        os._exit(failed == [True, True])

    process = in_child(limited)
    process.join()
    assert process.exitcode == 1
    state = RunState(tmp_path)
    assert (state.settings, state.number_files(files[5:7])) == ({}, [1, 2])  # all or nothing
    assert state.number_files(files[:10]) == [3, 4, 5, 6, 7, 1, 2, 8, 9, 10]
    state.close()


def test_a_full_disk_stops_the_run_and_the_same_command_goes_on(score_into, tmp_path, folder, tiny_model):
    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
        os._exit(score_into("out")[0])

    process = in_child(limited)
    process.join()
    assert process.exitcode == 1
    assert not (tmp_path / "out" / "stances.jsonl").exists()
    status, files, _ = score_into("out")
    assert (status, files) == score_into("fresh")[:2]


@pytest.mark.slow
def test_a_run_killed_at_twenty_moments_ends_with_the_records_of_one_that_was_not(score_into, tmp_path):
    started = time.monotonic()
    undisturbed = score_into("fresh", "--workers", "2")[:2]
    seconds = time.monotonic() - started
    moments = random.Random(6)
    killed = 0
    while killed < 20:
        process = in_child(lambda: os._exit(score_into("out", "--workers", "2")[0]))
        process.join(moments.uniform(0, seconds))
        if process.exitcode is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        else:  # it was done before: the next runs score everything anew, which may be cut off as well
            (tmp_path / "out" / ".visavis" / "state.sqlite").unlink()
        process.join()
    assert score_into("out", "--workers", "2")[:2] == undisturbed


@pytest.mark.parametrize("rescored", [False, True])
def test_an_interrupted_run_goes_on_and_scores_only_the_rest(score_into, monkeypatch, rescored):
    from models.state import RunState

    again = ["--rescore"] * rescored
    if rescored:
        score_into("out")

    add, calls = RunState.add, []

    def stop(self, batch, signatures):
        add(self, batch, signatures)
        calls.append(batch)
        if sum(len(b.results) for b in calls) >= 64:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RunState, "add", stop)
        assert score_into("out", *again)[0] == 130
    status, files, manifest = score_into("out", *again)
    assert manifest["scored"] == 130 - 64
    assert (status, files) == score_into("fresh")[:2]
