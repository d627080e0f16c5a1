"""The readers of public corpora, on tiny invented files in their upstream layout, and the build over them."""

import json
from collections import Counter

import pytest

from data.build import build
from data.checks import check_splits
from data.corpora import CORPORA, dse, newsmtsc, wikinews
from data.schema import Sentiment, Stance
from data.splits import SPLITS, split_of
from data.standoff import sentence_hash

MTSC = "NewsSentiment/experiments/default/datasets/newsmtsc-rw-hf"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def dse_rows(folder, *lines, name="train"):
    """Reads lines of `marked sentence, label` in the layout of DSE."""
    content = "".join(f"{marked}\tp\tq\t{label}\n" for marked, label in lines)
    write(folder / "dataset" / f"{name}.txt", content)
    dropped = Counter()
    return list(dse.read(folder, {"valid": "dev"}.get(name, name), dropped)), dropped


def mentions(example):
    return example.pair.side(example.pair.source), example.pair.side(example.pair.target)


def mtsc_row(sentence="Peru thanked Chile warmly.", mention="Peru", start=0, polarity=1, number=3):
    return json.dumps({
        "mention": mention, "polarity": polarity, "from": start, "to": start + len(mention), "sentence": sentence,
        "id": f"allsides_12_{number}_7_{mention}_{start}_{start + len(mention)}",
    })  # fmt: skip


def wikinews_csv(folder, *rows):
    lines = [f'"{url}",2019-01-02,"{title}","{text}"' for url, title, text in rows]
    return write(folder / "data" / "wikinews_2019.csv", "\n".join(["url,date,title,text", *lines]))


@pytest.mark.parametrize("module", [dse, newsmtsc, wikinews])
@pytest.mark.parametrize("split", SPLITS)
def test_a_corpus_that_is_not_there_has_nothing(tmp_path, module, split):
    assert list(module.read(tmp_path, split, Counter())) == []
    assert list(module.sentences(tmp_path, split)) == []


def test_every_corpus_goes_by_the_name_of_its_folder_and_says_its_terms():
    assert {name: corpus.COMMERCIAL for name, corpus in CORPORA.items()}.items() >= {
        "dse": True, "newsmtsc": True, "wikinews": True,
    }.items()  # fmt: skip
    assert all(name == corpus.NAME and corpus.SOURCE and corpus.LICENCE for name, corpus in CORPORA.items())


@pytest.mark.parametrize(
    ("label", "forth", "back"),
    [
        ("0", "neutral", "neutral"), ("1", "positive", "neutral"), ("2", "neutral", "positive"),
        ("3", "negative", "neutral"), ("4", "neutral", "negative"),
    ],
)  # fmt: skip
def test_dse_gives_both_directions_of_a_row(tmp_path, label, forth, back):
    (one, other), _ = dse_rows(tmp_path, ("[Peru] met [Chile].", label))
    assert [mentions(one), mentions(other)] == [("Peru", "Chile"), ("Chile", "Peru")]
    assert (one.sentiment, other.sentiment) == (forth, back)
    assert one.pair.text == "Peru met Chile."


def test_a_label_of_dse_leaves_a_set_of_stances_possible(tmp_path):
    rows, _ = dse_rows(tmp_path, ("[Peru] met [Chile].", "1"), ("[Oslo] met [Lima].", "3"))
    positive, neutral, negative, _ = (set(row.stances) for row in rows)
    assert positive == {Stance.SUPPORT, Stance.NEUTRAL}
    assert neutral == {Stance.DENY, Stance.NEUTRAL}
    assert negative == {Stance.CONDEMN, Stance.DENY, Stance.NEUTRAL}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("[Peru’]s fleet left [Chile].", ("Peru", "Chile")),
        ("[Peru's] fleet left [the Chilean Congre]ss.", ("Peru", "Chilean Congress")),
        ("P[eru] and [the United State]s, again.", ("Peru", "United States")),
        ("[The Kremlin] heard [Mr. Ruiz ,] who left.", ("Kremlin", "Mr. Ruiz")),
        ("  [Peru] left [Chile].  ", ("Peru", "Chile")),
        ("[U. S.] envoys met [Łódź].", ("U. S.", "Łódź")),
    ],
)
def test_cut_mentions_of_dse_are_widened_and_trimmed_to_the_name(tmp_path, marked, expected):
    (one, _), dropped = dse_rows(tmp_path, (marked, "0"))
    assert mentions(one) == expected
    assert one.pair.text == marked.replace("[", "").replace("]", "").strip()
    assert dropped == {}


def test_junk_of_dse_is_dropped_and_counted_by_reason(tmp_path):
    rows, dropped = dse_rows(
        tmp_path,
        ("[Peru] met [a man].", "0"),
        ("[Peru] met Chile.", "0"),
        ("[Per][u] met Chile.", "0"),
        ("[] met [Chile].", "0"),
        ("[Peru] met [Chile].", "0"),
    )
    assert len(rows) == 2
    assert dropped == {"junk mention without a capital": 1, "mentions are not two separate spans": 3}


def test_rows_of_one_dse_sentence_are_one_group(tmp_path):
    rows, _ = dse_rows(tmp_path, ("[Peru] met [Chile] and Togo.", "0"), ("[Peru] met Chile and [Togo].", "0"))
    assert len({row.group for row in rows}) == 1
    assert rows[0].group == f"dse-{sentence_hash('Peru met Chile and Togo.')[:12]}"
    assert len({row.pair.id for row in rows}) == 4


def test_an_unknown_label_of_dse_names_file_and_line(tmp_path):
    with pytest.raises(ValueError, match=r"valid\.txt:2: unknown label '9', expected one of 0, 1, 2, 3, 4"):
        dse_rows(tmp_path, ("[Peru] met [Chile].", "0"), ("[Oslo] met [Lima].", "9"), name="valid")


def test_a_line_of_dse_without_its_columns_names_file_and_line(tmp_path):
    write(tmp_path / "dataset" / "train.txt", "[Peru] met [Chile].\n")
    with pytest.raises(ValueError, match=r"train\.txt:1: "):
        list(dse.read(tmp_path, "train", Counter()))


def test_newsmtsc_gives_the_sentiment_of_the_author(tmp_path):
    rows = [mtsc_row(), mtsc_row(mention="Chile", start=13, polarity=-1, number=4), "", mtsc_row(polarity=0)]
    write(tmp_path / MTSC / "train.jsonl", "\n".join(rows))
    examples = list(newsmtsc.read(tmp_path, "train", Counter()))
    assert [mentions(example) for example in examples] == [(None, "Peru"), (None, "Chile"), (None, "Peru")]
    assert [example.sentiment for example in examples] == [Sentiment.POSITIVE, Sentiment.NEGATIVE, Sentiment.NEUTRAL]
    assert {example.stances for example in examples} == {None}
    assert [example.group for example in examples] == [f"newsmtsc-allsides_12_{n}" for n in (3, 4, 3)]


def test_a_newsmtsc_mention_that_is_not_at_its_offsets_is_dropped_and_counted(tmp_path):
    write(tmp_path / MTSC / "dev.jsonl", mtsc_row(start=2) + "\n" + mtsc_row())
    dropped = Counter()
    assert len(list(newsmtsc.read(tmp_path, "dev", dropped))) == 1
    assert dropped == {"mention does not stand at its offsets": 1}


def test_an_unknown_polarity_of_newsmtsc_names_file_and_line(tmp_path):
    write(tmp_path / MTSC / "test.jsonl", mtsc_row() + "\n" + mtsc_row(polarity=2))
    with pytest.raises(ValueError, match=r"test\.jsonl:2: unknown polarity 2, expected -1, 0 or 1"):
        list(newsmtsc.read(tmp_path, "test", Counter()))


def test_sentences_of_wikinews_come_with_their_context_by_the_split_of_their_document(tmp_path):
    urls = [f"https://w.invalid/{number}" for number in range(12)]
    wikinews_csv(tmp_path, *((url, f"Ship {n}", f"Peru sent ship {n}. Chile left.") for n, url in enumerate(urls)))
    found = {split: list(wikinews.sentences(tmp_path, split)) for split in SPLITS}
    assert {s.document for s in found["train"]} == {url for url in urls if split_of(url) == "train"}
    assert {s.document for s in found["dev"]} == {url for url in urls if split_of(url) != "train"} != set()
    assert found["test"] == []
    assert len(found["train"] + found["dev"]) == 36
    first = next(s for s in found["train"] + found["dev"] if s.text == "Peru sent ship 0.")
    assert (first.document, first.context, first.commercial) == (urls[0], "Ship 0", True)


def raw_folder(folder):
    """A raw folder whose DSE has a sentence in train, dev and test, and one label to read."""
    same = "[Peru] rebuked [Chile] over port {}."
    for name, numbers in (("train", (1, 2, 3)), ("valid", (2, 4)), ("test", (3, 5))):
        write(folder / f"raw/dse/dataset/{name}.txt", "".join(f"{same.format(n)}\tp\tq\t3\n" for n in numbers))
    write(folder / "raw" / "newsmtsc" / MTSC / "train.jsonl", mtsc_row())
    label = {
        "corpus": "dse", "document": "d", "sentence_sha256": sentence_hash("Peru rebuked Chile over port 1."),
        "source": {"start": 0, "end": 4}, "target": {"start": 13, "end": 18}, "stance": "condemn",
        "sentiment": "negative", "annotator": "ann", "note": "",
    }  # fmt: skip
    write(folder / "gold" / "standoff" / "dse.jsonl", json.dumps(label))
    gold = {"id": "g-1-1", "text": "Oslo thanked Lima.", "source": {"start": 0, "end": 4}, "group": "g-1"}
    write(folder / "gold" / "g.jsonl", json.dumps(gold | {"target": {"start": 13, "end": 17}, "stance": "support"}))
    return folder


def test_the_build_joins_gold_and_corpora_without_a_leak(tmp_path):
    raw_folder(tmp_path)
    built = build(tmp_path / "raw", gold=tmp_path / "gold")
    check_splits(built.splits)
    assert Counter(e.corpus for split in SPLITS for e in built.splits[split]) == {"dse": 10, "newsmtsc": 1, "gold": 1}
    assert (built.read_labels, built.purged, set(built.dropped)) == (1, 4, {"dse", "newsmtsc"})
    assert {e.pair.text[-2] for e in built.splits["dev"] if e.corpus == "dse"} == {"2", "4"}


def test_a_commercial_build_leaves_out_what_its_terms_keep_from_it(tmp_path, monkeypatch):
    monkeypatch.setattr(dse, "COMMERCIAL", False)
    built = build(raw_folder(tmp_path) / "raw", commercial=True, gold=tmp_path / "gold")
    assert {e.corpus for split in SPLITS for e in built.splits[split]} == {"newsmtsc", "gold"}


def test_the_build_keeps_sentences_of_a_corpus_test_out_of_train(tmp_path):
    built = build(raw_folder(tmp_path) / "raw", gold=tmp_path / "gold")
    assert {e.pair.text[-2] for e in built.splits["train"] if e.corpus == "dse"} == {"1"}
