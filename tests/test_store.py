"""How pairs and labelled pairs are read and written."""

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.schema import Example, Pair, PairSpan, Rejection, Sentiment, Stance, stance_weights
from data.store import CSV_COLUMNS, BadRow, example_fields, pair_fields, read_examples, read_pairs, write_examples

REMEDY = 'give each line "id", "text", "source" and "target" with "start" and "end" in code points, end-exclusive'
ROW = {
    "id": "p1", "text": "Peru thanked Chile.", "source": {"start": 0, "end": 4}, "target": {"start": 13, "end": 18},
}  # fmt: skip
PAIR = Pair("p1", "Peru thanked Chile.", PairSpan(0, 4), PairSpan(13, 18))


def jsonl(tmp_path, *rows):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def table(tmp_path, *rows, columns=CSV_COLUMNS):
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def test_a_pair_is_read_and_written_as_the_contract_has_it(tmp_path):
    assert list(read_pairs(jsonl(tmp_path, ROW | {"extra": [1], "context": None}))) == [PAIR]
    assert pair_fields(PAIR) == ROW


def test_a_null_source_is_the_author(tmp_path):
    (pair,) = read_pairs(jsonl(tmp_path, ROW | {"source": None}))
    assert pair.source is None
    assert pair_fields(pair)["source"] is None


def test_a_side_in_the_context_says_so(tmp_path):
    row = ROW | {
        "text": "It thanked Chile.",
        "context": "Peru spoke.",
        "source": {"start": 0, "end": 4, "in": "context"},
    }
    row["target"] = {"start": 11, "end": 16}
    (pair,) = read_pairs(jsonl(tmp_path, row | {"target": {"start": 11, "end": 16, "in": "text"}}))
    assert (pair.source, pair.context) == (PairSpan(0, 4, in_context=True), "Peru spoke.")
    assert pair_fields(pair) == row


def test_a_number_as_id_becomes_text_and_a_byte_order_mark_goes(tmp_path):
    (pair,) = read_pairs(jsonl(tmp_path, "\ufeff" + json.dumps(ROW | {"id": 7})))
    assert pair.id == "7"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{oops", "broken JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ({"id": "p", "text": "Peru", "target": {"start": 0, "end": 4}}, "source: Field required"),
        (ROW | {"target": {"start": 13, "end": 99}},
         "target ends at 99, but the text has 19 characters: offsets count code points, end-exclusive"),
        (ROW | {"target": {"start": "13", "end": 18}}, "target.start: Input should be a valid integer, found '13'"),
        (ROW | {"target": {"start": 13, "end": 18, "in": "title"}},
         "target.in: String should match pattern '^(text|context)$', found 'title'"),
        (ROW | {"target": {"start": 5, "end": 5}}, "expected 0 <= start < end, found start=5, end=5"),
        (ROW | {"target": ROW["source"]}, "source and target are one span: a pair needs two mentions"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_pair_is_rejected_in_its_place(tmp_path, row, reason):
    first, rejected, last = read_pairs(jsonl(tmp_path, ROW, "", row, ROW))
    assert rejected == Rejection("rows.jsonl", reason, REMEDY, 3)
    assert first == last == PAIR


def test_a_hostile_line_is_rejected_in_its_place(tmp_path):
    rejected, last = read_pairs(jsonl(tmp_path, "[" * 100_000, ROW))
    assert (rejected.line, last) == (1, PAIR)


def test_text_that_cannot_be_written_again_is_rejected(tmp_path):
    (result,) = read_pairs(jsonl(tmp_path, ROW | {"text": "Peru \ud83d Chile hails."}))
    assert isinstance(result, Rejection)


SPANS = st.sampled_from([(0, 4), (5, 9), (10, 14)]).map(lambda span: PairSpan(*span))
LABELS = st.one_of(st.none(), st.dictionaries(st.sampled_from(list(Stance)), st.integers(1, 9), min_size=1))


@settings(max_examples=50)
@given(
    st.text(st.characters(exclude_categories=["Cs"])).map("Peru Oslo Lima ".__add__),
    st.text(st.characters(exclude_categories=["Cs"])),
    SPANS, st.one_of(st.none(), SPANS), LABELS, st.sampled_from([None, *Sentiment]), st.booleans(),
)  # fmt: skip
def test_labelled_pairs_survive_jsonl(tmp_path_factory, text, context, target, source, label, sentiment, commercial):
    if source == target or (label is None and sentiment is None):
        return
    pair = Pair("p", text, source, target, context)
    example = Example(pair, label and stance_weights(label), sentiment, "g 1", "dse", commercial)
    path = tmp_path_factory.mktemp("store") / "rows.jsonl"
    assert write_examples(path, [example, example]) == 2
    one, other = read_examples(path)
    assert one == other
    assert (one.pair, one.sentiment, one.group, one.corpus, one.commercial) == (
        pair,
        sentiment,
        "g 1",
        "dse",
        commercial,
    )
    assert one.stances == pytest.approx(example.stances, abs=1e-3) if label else one.stances is None


@pytest.mark.parametrize(
    ("stance", "expected"),
    [("deny", {"deny": 1}), (["deny", "neutral"], {"deny": 0.5, "neutral": 0.5}), ({"condemn": 1.0}, {"condemn": 1})],
)
def test_a_label_is_one_stance_or_a_list_or_weights(tmp_path, stance, expected):
    (example,) = read_examples(jsonl(tmp_path, ROW | {"stance": stance}))
    assert example.stances == expected
    assert (example.group, example.corpus, example.sentiment) == ("gold-acd2fe033df3", "gold", None)


def test_a_certain_label_is_written_as_its_name_and_others_as_weights():
    assert example_fields(Example(PAIR, stance_weights("deny"), None, "g"))["stance"] == "deny"
    fields = example_fields(Example(PAIR, stance_weights({"deny": 1, "neutral": 2}), Sentiment.NEUTRAL, "g"))
    labels = {"stance": {"deny": 0.3333, "neutral": 0.6667}, "sentiment": "neutral"}
    assert fields == ROW | labels | {"group": "g", "corpus": "gold", "commercial": True}


def test_a_csv_holds_the_same_labelled_pairs(tmp_path):
    path = table(
        tmp_path,
        ["p1", "Peru thanked Chile.", "", 0, 4, 13, 18, "support", "positive", "g1"],
        ["p2", "Peru\nleft, late.", "One, two.", "", "", 0, 4, "", "negative", ""],
    )
    assert list(read_examples(path)) == [
        Example(PAIR, {Stance.SUPPORT: 1.0}, Sentiment.POSITIVE, "g1"),
        Example(
            Pair("p2", "Peru\nleft, late.", None, PairSpan(0, 4), "One, two."),
            None,
            Sentiment.NEGATIVE,
            "gold-0748ae60eee3",
        ),
    ]


LABEL_REMEDY = (
    "give a stance, one of condemn, support, deny, neutral or a list of those possible, or a sentiment, or both"
)
SPAN_REMEDY = (
    "count offsets in Unicode code points, end-exclusive, so that text[start:end] is the actor's words; "
    "leave out the source only where it is the author"
)
LABELLED = ROW | {"stance": "deny"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW | {"stance": "praise"},
         f"unknown stance 'praise': expected one of condemn, support, deny, neutral; {LABEL_REMEDY}"),
        (ROW, f"example p1 has neither a stance nor a sentiment; {LABEL_REMEDY}"),
        (ROW | {"sentiment": "glad"},
         f"unknown sentiment 'glad': expected one of negative, neutral, positive; {LABEL_REMEDY}"),
        (LABELLED | {"target": {"start": 13, "end": 99}},
         "target ends at 99, but the text has 19 characters: offsets count code points, end-exclusive; " + SPAN_REMEDY),
        (LABELLED | {"source": {"start": 4, "end": 5}},
         f"source quotes ' ', which holds no letter or digit; {SPAN_REMEDY}"),
        (LABELLED | {"target": None},
         'target: expected {"start": number, "end": number}, found None; ' + SPAN_REMEDY),
        ("{oops", "broken JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1); "
         "write one JSON object a line, as UTF-8"),
    ],
)  # fmt: skip
def test_a_bad_labelled_line_names_file_line_what_was_expected_and_found_and_the_remedy(tmp_path, row, message):
    path = jsonl(tmp_path, LABELLED, "", row)
    with pytest.raises(BadRow) as error:
        list(read_examples(path))
    assert str(error.value) == f"{path}, line 3: {message}"


def test_several_bad_rows_are_named_together(tmp_path):
    path = jsonl(tmp_path, *([ROW] * 7), LABELLED)
    with pytest.raises(BadRow) as error:
        list(read_examples(path))
    lines = str(error.value).split("\n")
    assert [line.partition(": ")[0] for line in lines[:5]] == [f"{path}, line {n}" for n in range(1, 6)]
    assert lines[5:] == ["... and 2 rows more"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["x", 4, 13, 18], "source_start and source_end: expected two whole numbers, found x and 4"),
        ([0, "", 13, 18], "source_start and source_end: expected two whole numbers, found 0 and nothing"),
        ([0, 4, "", ""], "target_start and target_end: expected two whole numbers, found nothing and nothing"),
        ([0, 4, -1, 18], "target_start and target_end: expected two whole numbers, found -1 and 18"),
    ],
)
def test_bad_offsets_in_a_csv_name_row_and_remedy(tmp_path, cells, message):
    path = table(tmp_path, ["p", "Peru thanked Chile.", "", *cells, "support", "", "g"])
    with pytest.raises(BadRow) as error:
        list(read_examples(path))
    assert str(error.value) == f"{path}, line 2: {message}; {SPAN_REMEDY}"


def test_pairs_of_one_sentence_without_a_group_are_of_one_group(tmp_path):
    way_back = LABELLED | {"id": "p2", "source": ROW["target"], "target": ROW["source"], "text": ROW["text"].upper()}
    one, other = read_examples(jsonl(tmp_path, LABELLED, way_back))
    assert one.group == other.group


def test_a_csv_in_another_encoding_says_how_to_save_it(tmp_path):
    path = tmp_path / "rows.CSV"
    path.write_bytes((",".join(CSV_COLUMNS) + "\np,Perú left,,,,0,4,deny,,\n").encode("cp1252"))
    with pytest.raises(BadRow, match=r"not UTF-8 text \(.*\); save the file as CSV UTF-8"):
        list(read_examples(path))


def test_a_csv_may_hold_a_long_cell(tmp_path):
    path = table(tmp_path, ["p", "Peru thanked Chile." + " x" * 100_000, "", 0, 4, 13, 18, "support", "", "g"])
    assert len(next(read_examples(path)).pair.text) > 200_000


def test_a_weight_that_rounds_to_nothing_is_left_out():
    weights = {Stance.DENY: 0.99999, Stance.NEUTRAL: 0.00001}
    assert example_fields(Example(PAIR, weights, None, "g"))["stance"] == {"deny": 1.0}


def test_a_csv_without_its_columns_is_refused(tmp_path):
    path = table(tmp_path, ["p", "Peru left."], columns=["id", "text", "source start"])
    with pytest.raises(BadRow) as error:
        list(read_examples(path))
    columns = "id, text, context, source_start, source_end, target_start, target_end, stance, sentiment, group"
    assert str(error.value).startswith(
        f"{path}: expected the columns {columns}; missing source_start, source_end, target_start, target_end; "
        "found id, text, source start; "
    )


def test_a_misspelled_source_column_does_not_make_the_author_the_source(tmp_path):
    columns = [name.replace("source_start", "source_begin") for name in CSV_COLUMNS]
    path = table(tmp_path, ["p", "Peru thanked Chile.", "", 0, 4, 13, 18, "support", "", "g"], columns=columns)
    with pytest.raises(BadRow, match="missing source_start; found id, "):
        list(read_examples(path))


def test_offsets_may_be_as_pandas_writes_them_beside_empty_cells(tmp_path):
    rows = [
        ["p", "Peru thanked Chile.", "", "0.0", "4.0", 13, 18, "support", "", "g"],
        ["q", "Peru thanked Chile.", "", "", "", 13, 18, "", "positive", "g"],
    ]
    first, second = read_examples(table(tmp_path, *rows))
    assert (first.pair.source, second.pair.source) == (PairSpan(0, 4), None)
    with pytest.raises(BadRow, match=r"expected two whole numbers, found 0\.5 and 4"):
        list(read_examples(table(tmp_path, ["p", "Peru thanked Chile.", "", 0.5, 4, 13, 18, "support", "", "g"])))


def test_labelled_pairs_that_are_not_utf_8_name_the_file(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id": "caf\xe9"}')
    with pytest.raises(BadRow, match=r"rows\.jsonl"):
        list(read_examples(path))
