import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from data.built import GOLD, read_built, read_gold
from data.schema import Example, Pair, PairSpan, Stance
from data.splits import SPLITS
from data.store import read_examples, rows_digest, write_examples
from train.run import main
from train.source import DataError, choose, split_groups

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
