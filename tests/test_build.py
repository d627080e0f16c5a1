"""The built data set on disk, its card, and the proof that it has no leak."""

import csv
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from test_corpora import MTSC, raw_folder

from data.annotated import annotated_documents
from data.assembly import assemble
from data.build import main as build
from data.built import content_digest, gold_digest, read_built, read_gold, write_built
from data.card import data_card
from data.checks import label_counts
from data.checks import main as check
from data.schema import Example, Pair, PairSpan, Sentiment, Stance, Tier, stance_weights
from data.splits import SPLITS

PERU, CHILE = PairSpan(0, 4), PairSpan(13, 18)
PLV = b"sentence_id\tsentence\tsource\ttarget\tgold_root\n1\t"
PAIR = Pair("p", "Peru thanked Chile.", PERU, CHILE)
ROWS = {
    "train": [
        Example(PAIR, stance_weights("support"), Sentiment.POSITIVE, "g1"),
        Example(
            Pair("q", "It left.", PairSpan(0, 4, in_context=True), PairSpan(0, 2), "Łódź 😀."),
            stance_weights({"condemn": 1, "neutral": 2}),
            Sentiment.NEGATIVE,
            "g2", "plv", False, "none stated", Tier.CORPUS, "ACCUSE", 0.45,
        ),
        Example(Pair("r", "Mali won.", None, PairSpan(0, 4)), None, Sentiment.NEUTRAL, "g3", "newsmtsc"),
    ],
    "dev": [Example(Pair("s", "Togo met Mali.", PairSpan(0, 4), PairSpan(9, 13)), stance_weights("deny"), None, "g4")],
    "test": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return raw_folder(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def assembly(folder):
    return assemble(folder / "raw", gold=folder / "gold")


def section(card, title):
    return card.split(f"## {title}\n")[1].split("\n## ")[0]


def rows_of(text):
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[2:]]


def test_a_built_data_set_is_read_as_it_was_written(tmp_path):
    write_built(tmp_path / "out", ROWS, {"commercial": False}, "# Card\n")
    assert read_built(tmp_path / "out") == ROWS
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["counts"] == {"train": 3, "dev": 1, "test": 0}
    assert manifest["digest"] == content_digest(ROWS)


def test_a_built_data_set_replaces_one_that_is_there(tmp_path):
    write_built(tmp_path, ROWS, {}, "# Card\n")
    fewer = {**ROWS, "train": ROWS["train"][:1]}
    write_built(tmp_path, fewer, {}, "# Card\n")
    assert read_built(tmp_path) == fewer


def test_the_datasets_library_reads_the_folder(tmp_path):
    from datasets import load_dataset, load_from_disk

    assembly = replace_splits(tmp_path)
    write_built(tmp_path / "out", ROWS, {}, assembly)
    data = load_from_disk(str(tmp_path / "out"))
    assert {split: len(data[split]) for split in SPLITS} == {"train": 3, "dev": 1, "test": 0}
    row = data["train"][1]
    assert (row["condemn"], row["source_in"], row["stance"], row["tier"]) == (
        pytest.approx(1 / 3),
        "context",
        None,
        "corpus",
    )
    loaded = load_dataset(str(tmp_path / "out"), split="dev", cache_dir=str(tmp_path / "cache"))
    assert loaded[0]["text"] == "Togo met Mali."


def replace_splits(tmp_path):
    """The card of an empty assembly, whose header says where the splits are."""
    (tmp_path / "gold").mkdir()
    return data_card(assemble(tmp_path / "raw", gold=tmp_path / "gold"), "0")


def test_the_same_input_gives_the_same_digest_and_another_label_another(folder, assembly):
    again = assemble(folder / "raw", gold=folder / "gold")
    assert content_digest(again.splits) == content_digest(assembly.splits)
    first = assembly.splits["train"][0]
    for changed in (
        replace(first, stances={Stance.DENY: 1.0}),
        replace(first, confidence=0.5),
        replace(first, group="x"),
    ):
        other = {**assembly.splits, "train": [changed, *assembly.splits["train"][1:]]}
        assert content_digest(other) != content_digest(assembly.splits)


def test_the_counts_of_the_card_add_up(assembly):
    card = data_card(assembly, "d1")
    counts = rows_of(section(card, "Counts").strip().split("\n\n")[0])
    kinds = ("condemn", "support", "deny", "neutral", "partial", "sentiment only")
    for row in counts:
        assert int(row["pairs"]) == sum(int(row[kind]) for kind in kinds)
    for split in SPLITS:
        own = [row for row in counts if row["split"] == split]
        total = [int(row["pairs"]) for row in own if row["corpus"] == "**all**"]
        assert total == ([len(assembly.splits[split])] if assembly.splits[split] else [])
        assert sum(int(row["pairs"]) for row in own if row["corpus"] != "**all**") == len(assembly.splits[split])
    accounts = rows_of(section(card, "How it adds up"))
    assert sum(int(row["left"]) for row in accounts) == sum(map(len, assembly.splits.values()))
    for row in accounts:
        assert int(row["pairs read or labelled"]) - int(row["taken out as leaks"]) == int(row["left"])
    taken = rows_of(section(card, "Taken out").split("Doubles")[0])
    assert sum(int(row["pairs"]) for row in taken) == sum(int(row["taken out as leaks"]) for row in accounts) == 4


def test_the_card_names_terms_doubles_and_annotators(assembly):
    card = data_card(assembly, "d1")
    assert "| dse | dev | 1 | 2 |" in section(card, "Taken out")
    assert "| dse | Park, Pan & Joo, Findings of ACL 2021; github.com/bywords/" in section(card, "Sources")
    assert "large language models" in section(card, "Who annotated, and how far they agree")
    assert "Digest `d1`" in card


def test_the_command_builds_and_the_check_proves_it(folder, tmp_path, capsys):
    out = tmp_path / "out"
    assert build(["--raw", str(folder / "raw"), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    digest = re.search(rf"written to {out}, digest (\w+);", printed).group(1)
    assert content_digest(read_built(out)) == digest
    assert "not under" in printed
    assert check([str(out)]) == 0
    assert "no document, sentence or near-duplicate stands in two splits" in capsys.readouterr().out


def test_the_check_fails_a_data_set_with_a_leak(tmp_path, capsys):
    double = replace(ROWS["train"][0], pair=replace(PAIR, id="z"), group="g9")
    write_built(tmp_path / "out", {**ROWS, "test": [double]}, {}, "# Card\n")
    assert check([str(tmp_path / "out")]) == 1
    assert "not sound: 1 texts of train repeat a sentence of test" in capsys.readouterr().err


def test_the_check_fails_a_data_set_that_learns_from_an_annotated_article(tmp_path, capsys):
    document = min(annotated_documents())
    for split in ("train", "dev"):
        leaking = {**ROWS, split: [*ROWS[split], replace(ROWS["train"][2], group=document)]}
        leaking["train"] = leaking["train"] if split == "train" else ROWS["train"][:2]
        write_built(tmp_path / split, leaking, {}, "# Card\n")
        assert check([str(tmp_path / split)]) == 1
        message = f"not sound: 1 documents whose actors were annotated stand in {split}, first '{document}'"
        assert message in capsys.readouterr().err


def test_a_data_set_is_as_old_as_the_annotated_articles_that_it_withholds(tmp_path):
    (tmp_path / "actors").mkdir()
    before = gold_digest(tmp_path)
    (tmp_path / "actors" / "own.jsonl").write_text('{"document": "d"}\n')
    assert gold_digest(tmp_path) != before


def test_the_check_of_a_folder_without_a_data_set_says_what_to_do(tmp_path, capsys):
    assert check([str(tmp_path)]) == 1
    assert f"{tmp_path}: expected a built data set, found none: run python data/build.py" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["README.md", "train"])
def test_a_folder_with_other_files_is_never_replaced(folder, tmp_path, capsys, name):
    out = tmp_path / "out"
    (out / name).mkdir(parents=True)
    (out / name / "mine.py").write_text("mine")
    assert build(["--raw", str(folder / "raw"), "--out", str(out)]) == 1
    assert f"cannot build: {out}: expected a new or empty folder or a built data set" in capsys.readouterr().err
    assert (out / name / "mine.py").read_text() == "mine"
    assert build(["--raw", str(folder / "raw"), "--out", str(out / name / "mine.py")]) == 1


def test_results_of_another_command_are_never_replaced_though_they_have_a_manifest(folder, tmp_path, capsys):
    (tmp_path / "manifest.json").write_text('{"model": "models/default", "counts": {"articles": 2}}')
    (tmp_path / "stances.jsonl").write_text("mine")
    assert build(["--raw", str(folder / "raw"), "--out", str(tmp_path)]) == 1
    assert f"cannot build: {tmp_path}: expected a new or empty folder or a built data set" in capsys.readouterr().err
    assert (tmp_path / "stances.jsonl").read_text() == "mine"


def test_a_build_that_is_killed_while_it_replaces_another_leaves_a_whole_one(tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_built(out, ROWS, {}, "# Card\n")
    remove = shutil.rmtree

    def die(path, ignore_errors=False):
        if path.exists() and path.name != ".out.part":
            (path / "manifest.json").unlink()
            raise KeyboardInterrupt
        remove(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", die)
    fewer = {**ROWS, "train": ROWS["train"][:1]}
    with pytest.raises(KeyboardInterrupt):
        write_built(out, fewer, {}, "# Card\n")
    assert read_built(out) == fewer
    monkeypatch.undo()
    write_built(out, ROWS, {}, "# Card\n")
    assert read_built(out) == ROWS
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_working_folder_and_a_link_can_be_built_into(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "here")
    write_built(Path(), ROWS, {}, "# Card\n")
    write_built(tmp_path / "link", ROWS, {}, "# Card\n")
    write_built(tmp_path / "link", ROWS, {}, "# Card\n")
    assert read_built(tmp_path / "here") == read_built(tmp_path / "elsewhere") == ROWS
    assert (tmp_path / "link").is_symlink()


def test_a_place_that_cannot_be_written_to_is_said(folder, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert build(["--raw", str(folder / "raw"), "--out", str(tmp_path / "file" / "out")]) == 1
    assert "cannot build: [Errno 20] Not a directory" in capsys.readouterr().err


def test_a_bad_row_of_the_gold_is_not_sound(tmp_path, monkeypatch, capsys):
    (tmp_path / "own.jsonl").write_text("{oops\n")
    monkeypatch.setattr("data.checks.read_gold", lambda _: read_gold(tmp_path))
    assert check([]) == 1
    assert f"not sound: {tmp_path / 'own.jsonl'}, line 1: broken JSON" in capsys.readouterr().err


def test_a_damaged_data_set_is_not_sound(tmp_path, capsys):
    write_built(tmp_path / "out", ROWS, {}, "# Card\n")
    next((tmp_path / "out" / "train").glob("*.arrow")).write_bytes(b"x" * 50)
    assert check([str(tmp_path / "out")]) == 1
    assert "not sound: " in capsys.readouterr().err


def test_a_mistyped_raw_folder_does_not_pass_for_an_empty_one(tmp_path, capsys):
    assert build(["--raw", str(tmp_path / "rwa"), "--out", str(tmp_path / "out")]) == 1
    assert f"--raw {tmp_path / 'rwa'}: expected a folder of corpora, found none" in capsys.readouterr().err


def test_a_commercial_build_holds_only_what_is_cleared(folder, tmp_path):
    assert build(["--raw", str(folder / "raw"), "--out", str(tmp_path / "out"), "--commercial"]) == 0
    splits = read_built(tmp_path / "out")
    assert all(e.commercial for split in SPLITS for e in splits[split])
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["commercial"] is True


def test_a_broken_corpus_stops_the_build_before_anything_is_written(folder, tmp_path, capsys):
    raw = tmp_path / "raw" / "dse" / "dataset"
    raw.mkdir(parents=True)
    (raw / "train.txt").write_text("[Togo] met [Chad].\tTogo\tChad\t9\n")
    assert build(["--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "out")]) == 1
    assert "cannot build: " in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("place", "content", "reason"),
    [
        ("dse/dataset/train.txt", b"[Togo] met [Chad\xe9].\tTogo\tChad\t0\n", "can't decode byte 0xe9"),
        (f"newsmtsc/{MTSC}/train.jsonl".format("rw"), b'{"polarity": 1', "Expect"),
        (f"newsmtsc/{MTSC}/train.jsonl".format("rw"), b"{}", "expected 'polarity'"),
        (f"newsmtsc/{MTSC}/dev.jsonl".format("mt"), b"[1]", "list indices"),
        ("plv/datasets/PLV_train.tsv", PLV + b"x" * 140_000, "field larger than field limit"),
        ("seesaw/SEESAW/meta/a.json", b"{oops", "Expecting property name"),
        ("seesaw/SEESAW/meta/a.json", b"{}", "expected 'Split', found none"),
    ],
)  # fmt: skip
def test_a_corrupt_file_of_a_corpus_is_named_with_what_to_do(tmp_path, capsys, place, content, reason):
    path = tmp_path / "raw" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    name = place.partition("/")[0]
    csv.field_size_limit(1 << 17)  # as in a process of its own; other readers raise it for theirs
    assert build(["--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert f"cannot build: {path}" in said
    assert reason in said
    assert f"python data/fetch.py {name} brings it anew" in said
    assert not (tmp_path / "out").exists()


def test_an_annotation_that_is_missing_is_named(tmp_path, capsys):
    root = tmp_path / "raw" / "seesaw" / "SEESAW"
    for place, content in (
        ("meta/a.json", {"Split": "train", "triplet_id": 1}),
        ("articles/TRIPLET_1_DOCUMENT_2.json", {"text": [{"text": "Peru thanked Chile."}]}),
    ):
        (root / place).parent.mkdir(parents=True)
        (root / place).write_text(json.dumps(content))
    assert build(["--raw", str(tmp_path / "raw"), "--out", str(tmp_path / "out")]) == 1
    assert f"{root / 'annotations' / 'TRIPLET_1_DOCUMENT_2.json'}'; expected seesaw as" in capsys.readouterr().err


def test_a_folder_without_a_sentence_of_its_corpus_does_not_pass_for_the_corpus(folder, tmp_path):
    (tmp_path / "dse").mkdir()
    (tmp_path / "dse" / "train.txt").write_text("[Togo] met [Chad].\tTogo\tChad\t0\n")
    assert assemble(tmp_path, gold=folder / "gold").dropped == {}


def test_the_labels_of_the_repository_are_as_many_as_was_asked():
    lines = label_counts()
    written = re.match(r"written gold: (\d+) pairs in (\d+) passages", lines[0])
    assert int(written.group(1)) >= 1500
    assert int(written.group(2)) >= 600
    total = re.match(
        r"stand-off: (\d+) pairs in \d+ sentences; (\d+) condemn, (\d+) support, (\d+) deny, (\d+)", lines[1]
    )
    pairs, condemn, support, deny, neutral = map(int, total.groups())
    assert pairs == condemn + support + deny + neutral >= 3000
    assert (condemn >= 700, support >= 600, deny >= 500) == (True, True, True)
    assert int(next(line for line in lines if "sentences with a deny" in line).split(": ")[1]) >= 450
    twice = re.match(r"labelled twice: (\d+) stand-off pairs, Cohen's κ (0\.\d+)", lines[-1])
    assert int(twice.group(1)) >= 600
    assert float(twice.group(2)) >= 0.75


def test_the_gold_is_read_by_split():
    gold = read_gold()
    assert all(e.tier is Tier.GOLD and e.corpus == "gold" for split in SPLITS for e in gold[split])
