"""Pairs to Label Studio and back: tasks, its real export (version 1.23), and what people do in between.

`fixtures/label_studio_export.json` was exported by a Label Studio server from tasks that
`models/candidates.py` made of a text written for this test, and that were annotated there: a region
deleted in the browser, regions added, a skipped annotation, two annotators who disagree.
"""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.label import main as label
from data.labelstudio import INTERFACE, LABELS, Suggestion, make_task, read_export
from data.schema import SENTIMENTS, STANCES, Example, Pair, PairSpan, Prediction, Rejection, stance_weights
from data.store import read_examples

EXPORT = Path(__file__).parent / "fixtures" / "label_studio_export.json"
TITLE = "Norway 🙂 scolds Iceland over the “Þór” affair"
LEDE = "Oslo 🙂 accused Iceland of chasing its trawlers off the Łódź bank."
LAST = "Reykjavik rejected the charge, while Denmark and Sweden backed Norway."


def predicted(stance, sentiment):
    return Prediction(
        {s: 0.7 if s == stance else 0.1 for s in STANCES}, {s: 0.8 if s == sentiment else 0.1 for s in SENTIMENTS}
    )


def suggestions(text, context, *pairs):
    return [
        Suggestion(Pair(f"p{n}", text, source, target, context), predicted(stance, sentiment))
        for n, (source, target, stance, sentiment) in enumerate(pairs)
    ]


def export(path, task, annotations=None):
    """Writes a task as Label Studio exports it, its prediction accepted unless annotations are given."""
    accepted = [{"id": 1, "completed_by": 1, "result": task["predictions"][0]["result"], "was_cancelled": False}]
    path.write_text(
        json.dumps([{"id": 9, "data": task["data"], "annotations": accepted if annotations is None else annotations}])
    )
    return path


def read(path):
    found = list(read_export(path))
    return [f for f in found if isinstance(f, Example)], [f.reason for f in found if isinstance(f, Rejection)]


def mentions(example):
    return example.pair.side(example.pair.source), example.pair.side(example.pair.target)


def test_the_real_export_comes_back_whole():
    examples, reasons = read(EXPORT)
    assert [(*mentions(e), str(e.stance), e.sentiment and str(e.sentiment)) for e in examples] == [
        ("Sweden", "Reykjavik", "neutral", "neutral"),
        ("Reykjavik", "Sweden", "neutral", "neutral"),
        ("Sweden", "Norway", "support", "positive"),
        ("Reykjavik", "Oslo", "deny", None),
        ("Norway", "Iceland", "condemn", "negative"),
        ("Iceland", "Oslo", "neutral", "neutral"),
    ]
    assert {e.pair.text for e in examples} == {TITLE, LEDE, LAST}
    assert {e.pair.context for e in examples} == {"", TITLE, f"{TITLE}\n\n{LEDE}"}
    assert examples[0].pair.id == "article.txt:163-169:114-123"
    assert examples[3].pair.target == PairSpan(47, 51, in_context=True)
    assert {(e.group, e.corpus) for e in examples} == {("article.txt", "own")}
    assert len({e.pair.id for e in examples}) == 6
    assert sorted(reason.partition(": ")[2] for reason in reasons) == [
        "annotators disagree on article.txt:47-51:62-69: condemn (negative sentiment) or deny (negative sentiment)",
        "relation deny: it leads from or to a region that was deleted",
    ]


def test_the_command_imports_an_export_and_says_what_it_could_not_take(tmp_path, capsys):
    out = tmp_path / "own.jsonl"
    assert label(["--import", str(EXPORT), "--out", str(out)]) == 3
    printed = capsys.readouterr()
    assert "6 labelled pairs, 2 rejected" in printed.out
    assert "rejected label_studio_export.json: task 24: annotators disagree on" in printed.err
    assert "mend it in Label Studio and export again" in printed.err
    assert list(read_examples(out)) == read(EXPORT)[0]


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
WORDS = st.text(st.sampled_from("aŁ😀é"), max_size=4).map("Ö".__add__)


@settings(max_examples=60)
@given(TEXTS, TEXTS, st.lists(WORDS, min_size=3, max_size=3), st.data())
def test_several_relations_of_a_text_survive_the_round_trip(tmp_path_factory, before, filler, words, data):
    context = f"{before} {words[0]}".strip()
    text = f"{words[1]} {filler} {words[2]}"
    spans = [
        PairSpan(len(context) - len(words[0]), len(context), in_context=True),
        PairSpan(0, len(words[1])),
        PairSpan(len(text) - len(words[2]), len(text)),
    ]
    ways = [(spans[a], spans[b]) for a, b in ((0, 1), (1, 0), (1, 2), (2, 1), (2, 0))]
    drawn = [
        (*way, data.draw(st.sampled_from(STANCES)), data.draw(st.sampled_from(SENTIMENTS)))
        for way in data.draw(st.lists(st.sampled_from(ways), min_size=1, unique=True))
    ]
    given_ = suggestions(text, context, *drawn)
    path = tmp_path_factory.mktemp("trip") / "export.json"
    examples, reasons = read(export(path, make_task(given_, "doc", "model", 0.5)))
    assert reasons == []
    assert examples == [
        Example(s.pair, stance_weights(s.prediction.stance), s.prediction.sentiment, "doc", "own") for s in given_
    ]


SOURCE, TARGET = PairSpan(0, 4), PairSpan(13, 18)
TASK = make_task(
    suggestions("Peru thanked Chile. 😀 Togo!", "", (SOURCE, TARGET, "support", "positive")), "doc", "m", 0.5
)
REGIONS = [item for item in TASK["predictions"][0]["result"] if item["type"] == "labels"]


def region(name, start, end, text):
    value = {"start": start, "end": end, "text": text, "labels": ["actor"]}
    return {"id": name, "from_name": "actor", "to_name": "text", "type": "labels", "value": value}


def relation(*labels, source="a1", target="a2", direction="right"):
    return {"type": "relation", "from_id": source, "to_id": target, "direction": direction, "labels": list(labels)}


def annotated(*items, **more):
    return {"id": 1, "result": [*REGIONS, *items], "was_cancelled": False, **more}


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("right", [("Peru", "Chile")]),
        (None, [("Peru", "Chile")]),
        ("left", [("Chile", "Peru")]),
        ("bi", [("Peru", "Chile"), ("Chile", "Peru")]),
    ],
)
def test_the_arrow_of_a_relation_is_its_direction(tmp_path, direction, expected):
    examples, _ = read(export(tmp_path / "e.json", TASK, [annotated(relation("deny", direction=direction))]))
    assert [mentions(example) for example in examples] == expected


def test_regions_without_a_relation_are_unlabelled_and_not_neutral(tmp_path):
    assert read(export(tmp_path / "e.json", TASK, [annotated()])) == ([], [])


def test_a_skipped_task_holds_no_label(tmp_path):
    skipped = annotated(relation("deny"), was_cancelled=True)
    assert read(export(tmp_path / "e.json", TASK, [skipped])) == ([], [])
    assert read(export(tmp_path / "e.json", TASK, [])) == ([], [])


def test_the_ground_truth_settles_what_annotators_see_differently(tmp_path):
    first, second = annotated(relation("deny")), annotated(relation("condemn"), ground_truth=True)
    examples, reasons = read(export(tmp_path / "e.json", TASK, [first, second]))
    assert ([str(e.stance) for e in examples], reasons) == (["condemn"], [])


def test_annotators_who_agree_give_one_label(tmp_path):
    examples, reasons = read(
        export(tmp_path / "e.json", TASK, [annotated(relation("deny")), annotated(relation("deny"))])
    )
    assert (len(examples), reasons) == (1, [])


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([relation()], "relation without label: expected one stance of condemn, support, deny, neutral and at most"),
        ([relation("deny", "condemn")], "relation deny, condemn: expected one stance"),
        ([relation("sentiment negative")], "relation sentiment negative: expected one stance"),
        ([relation("deny", "sentiment negative", "sentiment positive")], "at most one sentiment"),
        ([relation("hates")], "relation hates: unknown label 'hates', expected some of condemn"),
        ([relation("deny", target="zz")], "relation deny: it leads from or to a region that was deleted"),
        ([region("b1", 13, 18, "China"), relation("deny", target="b1")],
         "relation deny: the region 'China' does not stand at 13-18 of the text"),
        ([region("b1", 1, 4, "eru"), region("b2", 1, 4, "eru"), relation("deny", source="b1", target="b2")],
         "source and target are one span"),
    ],
)  # fmt: skip
def test_a_relation_that_is_no_label_is_rejected_with_the_reason(tmp_path, items, reason):
    examples, (found,) = read(export(tmp_path / "e.json", TASK, [annotated(*items)]))
    assert examples == []
    assert reason in found


def test_other_results_of_a_project_leave_the_labels_alone(tmp_path):
    items = [{"id": "c", "type": "choices", "from_name": "topic", "value": {"choices": ["war"]}, "labels": None}]
    examples, reasons = read(
        export(tmp_path / "e.json", TASK, [annotated(relation("deny"), *items, was_cancelled=None)])
    )
    assert ([str(e.stance) for e in examples], reasons) == (["deny"], [])


def test_one_annotator_with_two_labels_is_no_disagreement_of_two(tmp_path):
    _, (reason,) = read(export(tmp_path / "e.json", TASK, [annotated(relation("deny"), relation("condemn"))]))
    assert "the annotation has two labels on p0: " in reason


def test_offsets_in_utf_16_code_units_are_told_by_the_words_they_quote(tmp_path):
    text = TASK["data"]["text"]
    start = len(text[: text.index("Togo")].encode("utf-16-le")) // 2
    items = [region("b1", start, start + 4, "Togo"), relation("deny", source="b1", target="a2")]
    (example,), _ = read(export(tmp_path / "e.json", TASK, [annotated(*items)]))
    assert mentions(example) == ("Togo", "Chile")


def test_a_region_may_not_reach_from_the_context_into_the_sentence(tmp_path):
    inside = PairSpan(0, 4), PairSpan(13, 18)
    task = make_task(suggestions("Peru thanked Chile.", "Rain.", (*inside, "deny", "neutral")), "doc", "m", 0.5)
    items = [*task["predictions"][0]["result"][:2], region("b1", 0, 11, task["data"]["text"][:11])]
    made = [{"id": 1, "result": [*items, relation("deny", source="b1")]}]
    assert "reaches from the context into the sentence" in read(export(tmp_path / "e.json", task, made))[1][0]


@pytest.mark.parametrize(
    ("content", "message"),
    [("{oops", "found no JSON"), ('{"a": 1}', "expected a list of tasks, found dict")],
)
def test_a_file_that_is_no_export_is_refused(tmp_path, capsys, content, message):
    (tmp_path / "e.json").write_text(content)
    assert label(["--import", str(tmp_path / "e.json"), "--out", str(tmp_path / "o.jsonl")]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "o.jsonl").exists()


def test_a_task_of_another_form_says_what_to_export(tmp_path):
    (tmp_path / "e.json").write_text(json.dumps([{"id": 1, "text": "Peru", "actor": []}]))
    (rejection,) = read_export(tmp_path / "e.json")
    assert rejection.reason == "task 1: data: Field required"
    assert "JSON-MIN lacks the relations" in rejection.remedy


def test_text_that_cannot_be_written_again_is_rejected_and_the_rest_imported(tmp_path, capsys):
    accepted = [{"id": 1, "result": TASK["predictions"][0]["result"]}]
    halved = {"id": 8, "data": TASK["data"] | {"text": TASK["data"]["text"] + "\ud83d"}, "annotations": accepted}
    whole = {"id": 9, "data": TASK["data"], "annotations": accepted}
    (tmp_path / "e.json").write_text(json.dumps([halved, whole]))
    assert label(["--import", str(tmp_path / "e.json"), "--out", str(tmp_path / "o.jsonl")]) == 3
    assert "task 1: data.text: Value error, it holds half a surrogate pair" in capsys.readouterr().err
    assert len(list(read_examples(tmp_path / "o.jsonl"))) == 1


def test_a_place_that_cannot_be_written_to_is_said_before_the_work(tmp_path, capsys):
    assert label(["--import", str(EXPORT), "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"cannot label: --out {tmp_path}: expected a file, found a folder")
    (tmp_path / "file").write_text("mine")
    assert label(["--import", str(EXPORT), "--out", str(tmp_path / "file" / "o.jsonl")]) == 1
    assert "cannot label: " in capsys.readouterr().err


def test_the_labelling_interface_offers_every_label():
    view = ElementTree.fromstring(INTERFACE)
    assert [item.get("value") for item in view.iter("Relation")] == list(LABELS)
    assert set(map(str, STANCES)) < set(LABELS)


def test_pairs_of_two_sentences_or_of_the_author_make_no_task():
    one, other = (
        suggestions("Peru thanked Chile.", "", (SOURCE, TARGET, "deny", "neutral")),
        suggestions("Peru shunned Chile.", "", (SOURCE, TARGET, "deny", "neutral")),
    )
    with pytest.raises(ValueError, match="one task holds one sentence"):
        make_task([*one, *other], "doc", "m", 0.5)
    author = suggestions("Peru thanked Chile.", "", (None, TARGET, "deny", "neutral"))
    with pytest.raises(ValueError, match="the author as its source"):
        make_task(author, "doc", "m", 0.5)
