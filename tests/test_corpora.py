"""The readers of public corpora, on tiny invented files in their upstream layout, and the build over them."""

import json
from collections import Counter

import pytest

from data.assembly import assemble
from data.checks import Leak, check_splits, check_withheld
from data.corpora import CORPORA, conflibert, dse, newsmtsc, origin, plv, seesaw, wikinews
from data.schema import Sentiment, Stance, Tier
from data.splits import SPLITS, split_of
from data.standoff import sentence_hash

MTSC = "NewsSentiment/experiments/default/datasets/newsmtsc-{}-hf"


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


def wikinews_csv(folder, *rows, year=2019):
    lines = [f'"{url}",2019-01-02,"{title}","{text}"' for url, title, text in rows]
    return write(folder / "data" / f"wikinews_{year}.csv", "\n".join(["url,date,title,text", *lines]))


@pytest.mark.parametrize("module", CORPORA.values(), ids=CORPORA)
@pytest.mark.parametrize("split", SPLITS)
def test_a_corpus_that_is_not_there_has_nothing(tmp_path, module, split):
    assert list(module.read(tmp_path, split, Counter())) == []
    assert list(module.sentences(tmp_path, split)) == []


def test_every_corpus_goes_by_the_name_of_its_folder_and_says_its_terms():
    assert {name: corpus.COMMERCIAL for name, corpus in CORPORA.items()} == {
        "dse": True, "newsmtsc": True, "wikinews": True, "seesaw": False, "plv": False, "conflibert_cameo": False,
    }  # fmt: skip
    for name, corpus in CORPORA.items():
        assert name == corpus.NAME
        assert corpus.LICENCE
        assert corpus.PATHS
        assert f"github.com/{corpus.REPOSITORY} @ {corpus.COMMIT}" in origin(corpus)
        assert len(corpus.COMMIT) == 40


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
        ("[Peru] hit Chile[ ]", "0"),
        ("[Peru] met [Chile].", "0"),
    )
    assert len(rows) == 2
    assert dropped == {"junk mention without a capital": 1, "mentions are not two separate spans": 4}


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
    last = mtsc_row("Peru rested.", polarity=0)
    rows = [mtsc_row(), mtsc_row(mention="Chile", start=13, polarity=-1, number=4), "", last]
    write(tmp_path / MTSC.format("rw") / "train.jsonl", "\n".join(rows))
    examples = list(newsmtsc.read(tmp_path, "train", Counter()))
    assert [mentions(example) for example in examples] == [(None, "Peru"), (None, "Chile"), (None, "Peru")]
    assert [example.sentiment for example in examples] == [Sentiment.POSITIVE, Sentiment.NEGATIVE, Sentiment.NEUTRAL]
    assert {example.stances for example in examples} == {None}
    assert [example.group for example in examples] == [f"newsmtsc-allsides_12_{n}" for n in (3, 4, 3)]


def test_a_newsmtsc_mention_that_is_not_at_its_offsets_is_dropped_and_counted(tmp_path):
    write(tmp_path / MTSC.format("rw") / "dev.jsonl", mtsc_row(start=2) + "\n" + mtsc_row())
    dropped = Counter()
    assert len(list(newsmtsc.read(tmp_path, "dev", dropped))) == 1
    assert dropped == {"mention does not stand at its offsets": 1}


def test_newsmtsc_joins_its_two_sets_and_takes_a_mention_once(tmp_path):
    both = mtsc_row("Togo rested.", "Togo", polarity=0)
    write(tmp_path / MTSC.format("rw") / "test.jsonl", mtsc_row() + "\n" + both)
    write(tmp_path / MTSC.format("mt") / "test.jsonl", both + "\n" + mtsc_row("Mali rested.", "Mali", polarity=-1))
    dropped = Counter()
    examples = list(newsmtsc.read(tmp_path, "test", dropped))
    assert [e.pair.id for e in examples] == ["newsmtsc-rw-test-1", "newsmtsc-rw-test-2", "newsmtsc-mt-test-2"]
    assert dropped == {"mention stands in the split twice": 1}
    assert len(list(newsmtsc.read_set(tmp_path, "mt", "test", Counter()))) == 2


def test_an_unknown_polarity_of_newsmtsc_names_file_and_line(tmp_path):
    write(tmp_path / MTSC.format("mt") / "test.jsonl", mtsc_row() + "\n" + mtsc_row(polarity=2))
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


def test_articles_of_wikinews_that_cannot_be_read_are_counted(tmp_path):
    wikinews_csv(
        tmp_path, ("https://w.invalid/a", "Ship sails", ""), ("https://w.invalid/b", "Ship sails", "Peru won.")
    )
    dropped = Counter()
    assert [list(wikinews.read(tmp_path, split, dropped)) for split in SPLITS] == [[], [], []]
    assert dropped == {"no text": 1}


def test_the_wikinews_of_2020_is_for_the_test(tmp_path):
    wikinews_csv(tmp_path, ("https://w.invalid/a", "Ship sails", "Peru sent a ship."), year=2020)
    assert [s.text for s in wikinews.sentences(tmp_path, "test")] == ["Ship sails", "Peru sent a ship."]
    assert list(wikinews.sentences(tmp_path, "train")) == []


DOUBLES = {
    1: "[Peru] rebuked [Chile] over a port.", 2: "[Oslo] wants [Riga] to free its crew now.",
    3: "[Ghana] has cut off the water of [Togo].", 4: "[Mali] fined [Niger] twice.", 5: "[Cuba] mocked [Haiti].",
}  # fmt: skip


def raw_folder(folder):
    """A raw folder whose DSE has a sentence in train, dev and test, and one label to read."""
    for name, numbers in (("train", (1, 2, 3)), ("valid", (2, 4)), ("test", (3, 5))):
        write(folder / f"raw/dse/dataset/{name}.txt", "".join(f"{DOUBLES[n]}\tp\tq\t3\n" for n in numbers))
    write(folder / "raw" / "newsmtsc" / MTSC.format("rw") / "train.jsonl", mtsc_row())
    name = sentence_hash("Peru rebuked Chile over a port.")
    label = {
        "corpus": "dse", "document": f"dse-{name[:12]}", "sentence_sha256": name,
        "source": {"start": 0, "end": 4}, "target": {"start": 13, "end": 18}, "stance": "condemn",
        "sentiment": "negative", "annotator": "ann", "note": "",
    }  # fmt: skip
    write(folder / "gold" / "standoff" / "dse.jsonl", json.dumps(label))
    gold = {"id": "g-1-1", "text": "Oslo thanked Lima.", "source": {"start": 0, "end": 4}, "group": "g-1"}
    write(folder / "gold" / "g.jsonl", json.dumps(gold | {"target": {"start": 13, "end": 17}, "stance": "support"}))
    return folder


def sentences_of(splits, split, corpus="dse"):
    return sorted({e.pair.text for e in splits[split] if e.corpus == corpus})


def test_the_assembly_joins_gold_and_corpora_without_a_leak(tmp_path):
    raw_folder(tmp_path)
    assembly = assemble(tmp_path / "raw", gold=tmp_path / "gold")
    check_splits(assembly.splits, assembly.reserved)
    counts = Counter(e.corpus for split in SPLITS for e in assembly.splits[split])
    assert counts == {"dse": 10, "newsmtsc": 1, "gold": 1}
    assert assembly.purged.taken == {("train", "dse", "same sentence"): 4}
    assert assembly.doubles == {("dse", "dev"): (1, 2), ("dse", "test"): (1, 2)}
    assert set(assembly.dropped) == {"dse", "newsmtsc"}
    plain = {n: marked.replace("[", "").replace("]", "") for n, marked in DOUBLES.items()}
    assert sentences_of(assembly.splits, "train") == [plain[1]]
    assert sentences_of(assembly.splits, "dev") == sorted([plain[2], plain[4]])
    (read,) = [e for e in assembly.splits["train"] if e.tier is Tier.READ]
    assert (read.stance, read.licence, read.commercial) == (Stance.CONDEMN, dse.LICENCE, True)


def test_an_annotated_document_is_in_test_with_all_that_was_labelled_in_it(tmp_path):
    raw_folder(tmp_path)
    whole = assemble(tmp_path / "raw", gold=tmp_path / "gold")
    (read,) = [e for e in whole.splits["train"] if e.tier is Tier.READ]
    write(tmp_path / "gold" / "actors" / "dse.jsonl", json.dumps({"document": read.group}))
    assembly = assemble(tmp_path / "raw", gold=tmp_path / "gold")
    check_splits(assembly.splits, assembly.reserved)
    check_withheld(assembly.splits, {read.group})
    held = [e for e in whole.splits["train"] if e.group == read.group]
    assert len(held) == 2
    assert [e for e in assembly.splits["test"] if e.group == read.group] == held
    assert sum(map(len, assembly.splits.values())) == sum(map(len, whole.splits.values()))
    with pytest.raises(Leak, match=f"1 documents whose actors were annotated stand in train, first '{read.group}'"):
        check_withheld(whole.splits, {read.group})


def test_a_pair_that_a_corpus_has_twice_counts_once(tmp_path):
    row = f"{DOUBLES[1]}\tp\tq\t{{}}\n"
    write(tmp_path / "raw/dse/dataset/train.txt", row.format(3) + row.format(3) + row.format(1))
    assembly = assemble(tmp_path / "raw", gold=tmp_path / "gold")
    assert len(assembly.splits["train"]) == 2
    assert assembly.dropped["dse"] == {
        "pair stands in the split twice": 3,
        "pair stands in the split twice, with another label": 1,
    }


def test_a_commercial_assembly_leaves_out_what_its_terms_keep_from_it_and_still_spares_its_dev(tmp_path, monkeypatch):
    raw_folder(tmp_path)
    own = tmp_path / "raw" / "newsmtsc" / MTSC.format("rw") / "train.jsonl"
    write(own, mtsc_row() + "\n" + mtsc_row("Mali fined Niger twice.", "Mali", polarity=0, number=9))
    monkeypatch.setattr(dse, "COMMERCIAL", False)
    assembly = assemble(tmp_path / "raw", commercial=True, gold=tmp_path / "gold")
    assert {e.corpus for split in SPLITS for e in assembly.splits[split]} == {"newsmtsc", "gold"}
    assert sentences_of(assembly.splits, "train", "newsmtsc") == ["Peru thanked Chile warmly."]


def test_stand_off_rows_inherit_the_terms_of_their_corpus(tmp_path, monkeypatch):
    raw_folder(tmp_path)
    monkeypatch.setattr(dse, "COMMERCIAL", False)
    assembly = assemble(tmp_path / "raw", gold=tmp_path / "gold")
    (read,) = [e for e in assembly.splits["train"] if e.tier is Tier.READ]
    assert (read.commercial, read.licence) == (False, dse.LICENCE)


# PLV


def plv_tsv(folder, *rows, name="train"):
    columns = ["", "sentence_id", "sentence", "marked_sentence", "source", "target", "gold_penta", "gold_root"]
    lines = ["\t".join(columns)]
    lines += ["\t".join(["", str(i), text, "<s>wrong</s>", s, t, "3", root]) for i, text, s, t, root in rows]
    write(folder / "datasets" / f"PLV_{name}.tsv", "\n".join(lines) + "\n")
    return folder


def test_plv_takes_source_and_target_from_their_columns(tmp_path):
    plv_tsv(
        tmp_path,
        (7, "In Lima, the Peruvian envoy's aide rejected Chile's offer.", "the Peruvian envoy's", "Chile", "REJECT"),
        (8, "Togo sent rice to Mali.", "Togo", "Mali", "AID"),
        (9, "Togo met Mali.", "Togo", "a recipient", "CONSULT"),
        name="test",
    )
    dropped = Counter()
    first, second = plv.read(tmp_path, "test", dropped)
    assert mentions(first) == ("Peruvian envoy", "Chile")
    assert (first.label, first.sentiment, first.group, first.commercial) == (
        "REJECT",
        Sentiment.NEGATIVE,
        "plv-7",
        False,
    )
    assert set(first.stances) == {Stance.DENY, Stance.CONDEMN, Stance.NEUTRAL}
    assert (second.stances, second.stance) == ({Stance.SUPPORT: 1.0}, None)
    assert dropped == {"source or target does not stand in the sentence": 1}
    assert [s.document for s in plv.sentences(tmp_path, "test")] == ["plv-7", "plv-8", "plv-9"]


def test_plv_divides_its_training_file_by_sentence(tmp_path):
    plv_tsv(tmp_path, *((number, f"Togo met Mali, part {number}.", "Togo", "Mali", "CONSULT") for number in range(40)))
    found = {split: {e.group for e in plv.read(tmp_path, split, Counter())} for split in SPLITS}
    assert found["dev"] == {f"plv-{n}" for n in range(40) if split_of(f"plv-{n}") == "dev"} != set()
    assert found["train"] == {f"plv-{n}" for n in range(40)} - found["dev"]
    assert found["test"] == set()


def test_every_event_type_of_plv_is_mapped():
    assert set(plv.LABELS) == {
        "AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID", "YIELD", "REQUEST", "ACCUSE", "REJECT", "THREATEN",
        "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT",
    }  # fmt: skip


def test_an_unknown_event_type_of_plv_names_the_row(tmp_path):
    plv_tsv(tmp_path, (1, "Togo met Mali.", "Togo", "Mali", "HUG"), name="test")
    with pytest.raises(ValueError, match=r"PLV_test\.tsv, row 1: unknown event type 'HUG', expected one of ACCUSE"):
        list(plv.read(tmp_path, "test", Counter()))


def test_a_short_row_of_plv_names_the_row(tmp_path):
    path = plv_tsv(tmp_path, name="test") / "datasets" / "PLV_test.tsv"
    path.write_text(path.read_text() + "\t1\tTogo left.\n")
    with pytest.raises(ValueError, match=r"PLV_test\.tsv, row 1: expected all columns of PLV, found fewer cells"):
        list(plv.read(tmp_path, "test", Counter()))


def test_a_plv_file_without_its_columns_is_refused(tmp_path):
    write(tmp_path / "datasets" / "PLV_test.tsv", "sentence\tsource\nTogo met Mali.\tTogo\n")
    with pytest.raises(ValueError, match="missing gold_root, sentence_id, target"):
        list(plv.read(tmp_path, "test", Counter()))


# ConfliBERT


def test_conflibert_has_sentences_and_no_pairs(tmp_path):
    lines = [f"Togo shelled hill number {number} of Mali.\t4" for number in range(30)]
    write(tmp_path / "data" / "cameo_class" / "train.tsv", "\n".join(lines) + "\n")
    found = {split: [s.text for s in conflibert.sentences(tmp_path, split)] for split in SPLITS}
    assert sorted(found["train"] + found["dev"]) == sorted(line.split("\t")[0] for line in lines)
    assert found["train"] != []
    assert found["dev"] != []
    dropped = Counter()
    assert list(conflibert.read(tmp_path, "train", dropped)) == []
    assert dropped == {"class of a sentence without actors": len(found["train"])}


@pytest.mark.parametrize(
    ("line", "message"),
    [("Togo left.\t7", "unknown class '7'"), ("Togo left.", "unknown class"), (" \t3", "found none")],
)
def test_a_line_of_conflibert_of_another_form_names_file_and_line(tmp_path, line, message):
    write(tmp_path / "data" / "cameo_class" / "test.tsv", f"Togo met Mali.\t1\n{line}\n")
    with pytest.raises(ValueError, match=rf"test\.tsv:2: .*{message}"):
        list(conflibert.sentences(tmp_path, "test"))


# SEESAW

ENTITIES = {
    "Ada Brandt": ["People"], "Carl Okafor": ["People"], "Harbor Commission": ["Organization"], "harbor tax": ["Topic"],
    "Republican Party": ["People"],
}  # fmt: skip


def seesaw_story(folder, sentences, stances, split="train", entities=ENTITIES, name="007"):
    """Writes one story of one article in the layout of SEESAW."""
    root, file = folder / "SEESAW", f"TRIPLET_{name}_DOCUMENT_0.json"
    write(root / "meta" / f"{name}.json", json.dumps({"Split": split, "triplet_id": name}))
    texts = [{"id": number, "text": text} for number, text in enumerate(sentences)]
    write(root / "articles" / file, json.dumps({"title": "A dispute over the harbor", "text": texts}))
    triplets = {}
    for index, subject, sentiment, target in stances:
        row = {"id": 0, "subject": subject, "sentiment": sentiment, "object": target, "annotators": ["A"]}
        triplets.setdefault(str(index), []).append(row)
    annotation = {
        "title": "A dispute over the harbor",
        "entity lists": [[entity, types, ["Main"], ["A"]] for entity, types in entities.items()],
        "sentence-level stances": triplets,
    }
    write(root / "annotations" / file, json.dumps(annotation))
    return folder


def read_seesaw(folder, split="train"):
    dropped = Counter()
    return list(seesaw.read(folder, split, dropped)), dropped


@pytest.mark.parametrize(
    ("sentence", "stance", "expected", "confidence"),
    [
        ("Ada Brandt thanked Carl Okafor.", ("Ada Brandt", "POS", "Carl Okafor"), ("Ada Brandt", "Carl Okafor"), 1.0),
        ("Brandt blamed Carl Okafor.", ("Ada Brandt", "NEG", "Carl Okafor"), ("Brandt", "Carl Okafor"), 0.9),
        ("Brandt blamed Republicans.", ("Ada Brandt", "NEG", "Republican Party"), ("Brandt", "Republicans"), 0.81),
        ("The HC thanked Ada Brandt.", ("Harbor Commission", "POS", "Ada Brandt"), ("HC", "Ada Brandt"), 0.9),
        ("Ada Brandt fought the Harbor Tax.", ("Ada Brandt", "NEG", "harbor tax"), ("Ada Brandt", "Harbor Tax"), 1.0),
    ],
)
def test_seesaw_finds_the_mentions_of_a_triplet(tmp_path, sentence, stance, expected, confidence):
    (example,), dropped = read_seesaw(seesaw_story(tmp_path, [sentence], [(0, *stance)]))
    assert (mentions(example), example.confidence, dropped) == (expected, confidence, {})
    assert (example.label, example.group) == (stance[1], "seesaw-TRIPLET_007_DOCUMENT_0")
    assert (example.commercial, example.licence) == (False, seesaw.LICENCE)


def test_a_sign_of_seesaw_leaves_stances_possible_between_actors_and_none_towards_a_topic(tmp_path):
    text = "Ada Brandt thanked Carl Okafor, who fought the harbor tax."
    stances = [(0, "Ada Brandt", "POS", "Carl Okafor"), (0, "Carl Okafor", "NEG", "harbor tax")]
    (actor, topic), _ = read_seesaw(seesaw_story(tmp_path, [text], stances))
    assert (set(actor.stances), actor.sentiment) == ({Stance.SUPPORT, Stance.NEUTRAL}, Sentiment.POSITIVE)
    assert (topic.stances, topic.sentiment) == (None, Sentiment.NEGATIVE)


def test_seesaw_looks_for_a_name_in_the_three_sentences_before(tmp_path):
    texts = ["Carl Okafor spoke.", "Rain fell.", "Rain fell again.", "Ada Brandt was furious.", "Ada Brandt left."]
    stances = [(3, "Ada Brandt", "NEG", "Carl Okafor"), (4, "Ada Brandt", "NEG", "Carl Okafor")]
    (example,), dropped = read_seesaw(seesaw_story(tmp_path, texts, stances))
    assert mentions(example) == ("Ada Brandt", "Carl Okafor")
    assert (example.pair.target.in_context, example.confidence) == (True, 0.5)
    assert example.pair.context == "Carl Okafor spoke. Rain fell. Rain fell again."
    assert dropped == {"subject or object is not named within three sentences": 1}


def test_a_lone_pronoun_of_seesaw_stands_for_who_is_named_near(tmp_path):
    texts = ["“We were wrong about Carl Okafor,” the note read.", "It was from Harbor Commission."]
    (example,), _ = read_seesaw(seesaw_story(tmp_path, texts, [(0, "Harbor Commission", "POS", "Carl Okafor")]))
    assert (mentions(example), example.confidence) == (("We", "Carl Okafor"), 0.5)


def test_a_father_is_not_his_son(tmp_path):
    (example,), _ = read_seesaw(
        seesaw_story(
            tmp_path,
            ["Carl Okafor Jr. left; Carl Okafor hugged Ada Brandt."],
            [(0, "Carl Okafor", "POS", "Ada Brandt")],
        )
    )
    assert example.pair.source.start == 22


@pytest.mark.parametrize(
    ("stances", "reason"),
    [
        ([(0, "None", "NEG", "Ada Brandt")], "subject or object is None or not in the list"),
        ([(0, "Ada Brandt", "NEG", "Not in the list")], "subject or object is None or not in the list"),
        ([(0, "harbor tax", "NEG", "Ada Brandt")], "subject is no actor"),
        ([(0, "Ada Brandt", "NEG", "Ada Brandt")], "subject and object are one"),
        ([(5, "Ada Brandt", "NEG", "Carl Okafor")], "the article has no such sentence"),
        ([(0, "Ada Brandt", "NEG", "Bo Lind")], "subject or object is not among the entities"),
        ([(0, "Ada Brandt", "NEG", "Republican Party")], "subject or object is not named within three sentences"),
        ([(0, "Ada Brandt", s, "Carl Okafor") for s in ("NEG", "POS")], "annotators disagree on the sign"),
    ],
)
def test_a_triplet_of_seesaw_that_cannot_be_used_is_counted(tmp_path, stances, reason):
    examples, dropped = read_seesaw(seesaw_story(tmp_path, ["Ada Brandt met Carl Okafor on the harbor tax."], stances))
    assert (examples, dropped) == ([], {reason: 1})


@pytest.mark.parametrize(("upstream", "split"), [("train", "train"), ("valid", "dev"), ("test", "test")])
def test_seesaw_splits_by_story(tmp_path, upstream, split):
    seesaw_story(tmp_path, ["Ada Brandt met Carl Okafor.", "", "Rain fell."], [], upstream)
    assert [s for s in SPLITS if list(seesaw.sentences(tmp_path, s))] == [split]
    found = list(seesaw.sentences(tmp_path, split))
    assert [(s.text, s.context) for s in found] == [
        ("Ada Brandt met Carl Okafor.", ""),
        ("Rain fell.", "Ada Brandt met Carl Okafor."),
    ]


BAD_SEESAW = [
    ({"split": "extra"}, "unknown split 'extra', expected one of train, valid, test"),
    (
        {"stances": [(0, "Ada Brandt", "MIXED", "Carl Okafor")]},
        "sentence 0: unknown sentiment 'MIXED', expected NEG or POS",
    ),
    ({"entities": {**ENTITIES, "Ada Brandt": ["Robot"]}}, r"unknown entity type \{'Robot'\}"),
]


@pytest.mark.parametrize(("changed", "message"), BAD_SEESAW)
def test_an_unknown_split_sign_or_type_of_seesaw_is_an_error(tmp_path, changed, message):
    story = {"sentences": ["Rain."], "stances": [(0, "Ada Brandt", "NEG", "Carl Okafor")], **changed}
    seesaw_story(tmp_path, **story)
    with pytest.raises(ValueError, match=message):
        read_seesaw(tmp_path)
