import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from data.built import GOLD, read_built, read_gold, write_built
from data.schema import Example, Pair, PairSpan, Stance
from data.splits import SPLITS
from data.store import read_examples, rows_digest, write_examples
from train.config import ConfigError
from train.run import main
from train.source import DataError, check_weights, choose, split_groups

ROOT = Path(__file__).resolve().parents[1]


def example(group, stances=(Stance.CONDEMN,), number=0):
    pair = Pair(f"{group}-{number}", f"Togo blames Chad, {group} says.", PairSpan(0, 4), PairSpan(12, 16))
    return Example(pair, dict.fromkeys(stances, 1 / len(stances)), None, group)


def test_groups_are_split_whole_and_always_alike():
    examples = [example(f"g{group}", number=number) for group in range(20) for number in range(2)]
    splits = split_groups(examples)
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 28, "dev": 6, "test": 6}
    groups = [{row.group for row in splits[split]} for split in SPLITS]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 20
    again = split_groups(examples[::-1])
    assert [{row.group for row in again[split]} for split in SPLITS] == groups


def test_pairs_of_ones_own_are_purged_like_a_build(tmp_path):
    same = [replace(example(name, number=n), group=f"{name}{n}") for name in "abcdefgh" for n in range(2)]
    same = [
        replace(e, pair=replace(e.pair, text=f"Togo blames Chad, as {e.group[0] * 5} said in {e.group[0]} once."))
        for e in same
    ]
    write_examples(tmp_path / "own.jsonl", same)
    source = choose(tmp_path / "own.jsonl")
    texts = {split: {e.pair.text for e in source.splits[split]} for split in SPLITS}
    assert not texts["train"] & (texts["dev"] | texts["test"])
    assert "that repeat a sentence of a later split" in source.description


def test_three_groups_are_enough_and_two_are_not():
    splits = split_groups([example("a"), example("b"), example("c")])
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 1, "dev": 1, "test": 1}
    with pytest.raises(DataError, match=r"at least three groups \(documents\) to split, found 2: give pairs a group"):
        split_groups([example("a"), example("b")])


def test_a_dev_split_without_a_certain_stance_is_refused(tmp_path):
    vague = (Stance.CONDEMN, Stance.DENY)
    write_examples(tmp_path / "own.jsonl", [example(name, vague) for name in "abcd"])
    with pytest.raises(DataError, match=r"own.jsonl: the dev split has no pair with one certain stance; add labelled"):
        choose(tmp_path / "own.jsonl")


def test_the_built_data_set_is_trained_on_while_it_is_current(tmp_path):
    out, raw = tmp_path / "built", tmp_path / "raw"
    raw.mkdir()
    command = [sys.executable, str(ROOT / "data" / "build.py"), "--raw", str(raw), "--out", str(out)]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"\nwritten to {out}, digest " in done.stdout
    source = choose(built=out)
    assert (source.name, source.recipe) == ("built", "small")
    gold = read_gold()
    assert {split: len(rows) for split, rows in source.splits.items()} == {s: len(rows) for s, rows in gold.items()}
    assert read_built(out) == gold
    assert source.digest == rows_digest([row for split in SPLITS for row in gold[split]])
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps(manifest | {"gold": "older"}))
    old = choose(built=out)
    assert (old.name, old.recipe) == ("gold", "quick")
    assert f"({out} is older than the gold: run python data/build.py)" in old.description


def test_without_a_built_data_set_the_gold_is_trained_on(tmp_path):
    source = choose(built=tmp_path / "none")
    assert f"the written gold alone ({tmp_path / 'none'} is not there): " in source.description
    assert sum(map(len, source.splits.values())) == sum(len(list(read_examples(p))) for p in GOLD.glob("*.jsonl"))


def test_the_digest_changes_with_text_and_labels():
    row = example("a")
    texts = replace(row, pair=replace(row.pair, text="Togo blames Chad, who says?"))
    labels = replace(row, stances={Stance.DENY: 1.0})
    assert len({rows_digest([r]) for r in (row, texts, labels)}) == 3
    assert rows_digest([row]) == rows_digest([example("a")])


def test_the_digest_changes_with_source_target_context_and_group():
    row = example("a")
    turned = replace(row, pair=replace(row.pair, source=row.pair.target, target=row.pair.source))
    context = replace(row, pair=replace(row.pair, context="Talks failed."))
    assert len({rows_digest([r]) for r in (row, turned, context, replace(row, group="b"))}) == 4


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (None, [], "own.jsonl: expected a .jsonl or .csv file of labelled pairs, found none"),
        ('{"id": "1"}\n', [], "own.jsonl, line 1: text: Field required"),
        ('{"id": \n', [], "own.jsonl, line 1: broken JSON: Expecting value"),
        ("abc", ["--set", "epoch=1"], "quick.yaml: unknown setting epoch; known are adapter_rank"),
        ("abc", ["--recipe", "grand"], "no recipe grand: expected a YAML file or one of"),
    ],
)
def test_what_cannot_be_trained_says_why(tmp_path, capsys, content, options, message):
    if content == "abc":
        write_examples(tmp_path / "own.jsonl", [example(name) for name in content])
    elif content:
        (tmp_path / "own.jsonl").write_text(content)
    assert main(["--data", str(tmp_path / "own.jsonl"), *options]) == 1
    found = capsys.readouterr().err
    assert found.startswith("cannot train: ")
    assert message in found


def test_a_bad_row_of_the_gold_is_no_traceback(monkeypatch, tmp_path, capsys):
    (tmp_path / "bad.jsonl").write_text('{"id": "1"}\n')
    monkeypatch.setattr("train.source.read_gold", lambda: read_gold(tmp_path))
    monkeypatch.setattr("train.source.BUILT", tmp_path / "none")
    assert main([]) == 1
    assert f"cannot train: {tmp_path / 'bad.jsonl'}, line 1: text: Field required" in capsys.readouterr().err


def test_a_model_is_not_saved_onto_a_file(tmp_path, capsys):
    (tmp_path / "model").write_text("")
    for place in (tmp_path / "model", tmp_path / "model" / "inside"):
        assert main(["--save", str(place)]) == 2
        assert "Invalid value for --save: expected" in " ".join(capsys.readouterr().err.split())


def test_the_recipe_for_the_gold_takes_the_gold_whatever_was_built(tmp_path, built):
    assert choose(built=built).name == "built"
    source = choose(built=built, recipe="quick")
    assert (source.name, source.splits) == ("gold", read_gold())
    assert "as recipe quick says" in source.description
    write_examples(tmp_path / "own.jsonl", [example(name) for name in "abcdefgh"])
    assert choose(tmp_path / "own.jsonl", built, "quick").name == "own"  # --data overrides it
    (tmp_path / "odd.yaml").write_text("data: silver\n")
    with pytest.raises(ConfigError, match=r"odd.yaml: data: expected gold, or none for all there is, found 'silver'"):
        choose(built=built, recipe=str(tmp_path / "odd.yaml"))


@pytest.fixture
def built(tmp_path):
    rows = [example("a"), replace(example("b"), corpus="dse")]
    write_built(tmp_path / "built", {"train": rows, "dev": [example("c")], "test": []}, {}, "")
    return tmp_path / "built"


def test_a_weight_of_no_corpus_is_refused_and_one_of_an_absent_corpus_is_said(built, tmp_path):
    source = choose(built=built)
    assert check_weights({"gold": 2.0, "dse": 0.5, "plv": 0.0, "unlabelled": 1.0, "articles": 1.0}, source) == ""
    assert "not in the data: plv, seesaw: " in (found := check_weights({"seesaw": 3.0, "plv": 3.0}, source))
    assert found.endswith("python data/build.py bring them")
    assert check_weights({"newsmtsc": 1.0, "read": 1.5}, source).endswith("data/build.py --commercial bring them")
    with pytest.raises(
        ConfigError, match=r"corpus_weights: expected names among articles, conflibert_cameo, dse, .*found sesaw"
    ):
        check_weights({"sesaw": 3.0}, source)
    write_examples(tmp_path / "own.jsonl", [replace(example(name), corpus="mine") for name in "abcdefgh"])
    assert check_weights({"mine": 2.0, "dse": 1.0}, choose(tmp_path / "own.jsonl")) == ""


def test_the_command_says_what_a_recipe_weighs_and_the_data_lacks(built, monkeypatch, capsys):
    monkeypatch.setattr("train.source.BUILT", built)
    monkeypatch.setattr("train.experiment.run_experiment", lambda *_: None)
    assert main(["--recipe", "research"]) == 0
    assert "weighted, but not in the data: plv, seesaw" in capsys.readouterr().err
    assert main(["--set", "corpus_weights.sesaw=3"]) == 1
    assert "cannot train: corpus_weights: expected names among" in capsys.readouterr().err
