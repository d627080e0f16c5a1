import csv
import json

import pyarrow.parquet as pq
import pytest

from data.pairs import ArticlePair
from data.schema import (
    SENTIMENTS,
    STANCES,
    Actor,
    ActorKind,
    Article,
    Mention,
    Pair,
    PairSpan,
    Prediction,
    Quotation,
    Sentence,
)
from models.records import DYAD_FIELDS, author_record, dyads, flatten, keep_best, make_record
from models.writers import flat_columns, open_writer

FIELDS = (
    "article_id title published url sentence_index sentence sentence_start sentence_end source target stance "
    "confidence probabilities sentiment sentiment_probabilities quoted speaker story_cluster model"
).split()
SIDE_FIELDS = "text start end name kind country sector linked on_behalf_of".split()
TEXT = "Row at sea\n\nForeign Minister Kari Solheim said Iceland “stole two boats”."
TOGO = Actor("Togo", ActorKind.STATE, "TGO")
NORWAY = Actor("Norway", ActorKind.STATE, "NOR")
ICELAND = Actor("Iceland", ActorKind.STATE, "ISL")
SOLHEIM = Actor("Kari Solheim", ActorKind.PERSON, "NOR", "GOV", on_behalf_of=NORWAY)
ARTICLE = Article("a.txt", TEXT, "Row at sea", "2024-05-06", "https://news.example/a")
SENTENCE = Sentence(1, 12, len(TEXT), TEXT[12:])


def mention(words, actor):
    start = TEXT.index(words)
    return Mention(start, start + len(words), words, 1, actor)


def predicted(stance="condemn", confidence=0.7, sentiment="negative"):
    return Prediction(
        {s: confidence if s == stance else (1 - confidence) / 3 for s in STANCES},
        {s: 0.8 if s == sentiment else 0.1 for s in SENTIMENTS},
    )


def found(quotation=None, source=SOLHEIM):
    one, other = mention("Foreign Minister Kari Solheim", source), mention("Iceland", ICELAND)
    pair = Pair("p", SENTENCE.text, PairSpan(0, 5), PairSpan(35, 42))
    return ArticlePair(pair, SENTENCE, one, other, quotation)


def record(index=1, source=SOLHEIM, target=ICELAND, stance="condemn", confidence=0.7):
    made = make_record(ARTICLE, found(source=source), predicted(stance, confidence), "m")
    other = make_record(ARTICLE, found(source=target), predicted(), "m")["source"]
    return made | {"sentence_index": index, "sentence_start": index * 100, "target": other}


def test_a_record_has_the_fields_of_the_contract_in_their_order():
    made = make_record(ARTICLE, found(), predicted(), "models/default")
    assert list(made) == FIELDS
    assert list(made["source"]) == list(made["target"]) == SIDE_FIELDS
    assert list(made["source"]["on_behalf_of"]) == "name kind country sector linked".split()
    assert made["target"]["on_behalf_of"] is None


def test_a_record_says_who_and_what_in_plain_json_values():
    made = make_record(ARTICLE, found(), predicted(), "models/default")
    assert json.loads(json.dumps(made)) == made
    assert made["source"] == {
        "text": "Foreign Minister Kari Solheim", "start": 12, "end": 41, "name": "Kari Solheim", "kind": "person",
        "country": "NOR", "sector": "GOV", "linked": True,
        "on_behalf_of": {"name": "Norway", "kind": "state", "country": "NOR", "sector": None, "linked": True},
    }  # fmt: skip
    assert made["probabilities"] == {"condemn": 0.7, "support": 0.1, "deny": 0.1, "neutral": 0.1}
    assert (made["stance"], made["confidence"], made["sentiment"]) == ("condemn", 0.7, "negative")
    assert made["sentiment_probabilities"] == {"negative": 0.8, "neutral": 0.1, "positive": 0.1}
    assert (made["quoted"], made["speaker"], made["story_cluster"], made["model"]) == (
        False,
        None,
        None,
        "models/default",
    )


def test_offsets_of_a_record_quote_the_article():
    made = make_record(ARTICLE, found(), predicted(), "m")
    assert TEXT[made["sentence_start"] : made["sentence_end"]] == made["sentence"]
    for side in (made["source"], made["target"]):
        assert TEXT[side["start"] : side["end"]] == side["text"]


def test_a_quoted_stance_names_its_speaker_where_there_is_one():
    quotation = Quotation(TEXT.index("“"), len(TEXT) - 1, mention("Foreign Minister Kari Solheim", SOLHEIM))
    made = make_record(ARTICLE, found(quotation), predicted(), "m")
    assert (made["quoted"], made["speaker"]) == (True, "Kari Solheim")
    nobody = Quotation(quotation.start, quotation.end, None)
    made = make_record(ARTICLE, found(nobody), predicted(), "m")
    assert (made["quoted"], made["speaker"]) == (True, None)


def test_the_best_of_several_mention_pairs_is_kept():
    weak, strong = record(confidence=0.6), record(confidence=0.8)
    assert keep_best([weak, strong, record(confidence=0.7)]) == [strong]


def test_other_sentences_actors_and_stances_are_kept_apart_in_reading_order():
    records = [
        record(index=2),
        record(stance="support"),
        record(source=TOGO),
        record(target=TOGO),
        record(source=Actor("Togo", ActorKind.COMPANY)),
        record(),
    ]
    kept = keep_best(records)
    assert len(kept) == 6
    assert [r["sentence_index"] for r in kept] == [1, 1, 1, 1, 1, 2]


def test_a_flat_record_has_the_columns_of_the_files():
    flat = flatten(make_record(ARTICLE, found(), predicted(), "m"))
    assert set(flat) == set(flat_columns())
    assert len(flat_columns()) == len(set(flat_columns())) == 48
    assert flat["source_on_behalf_of_name"] == "Norway"
    assert flat["target_on_behalf_of_name"] is None
    assert flat["probability_condemn"] == 0.7
    assert flat["sentiment_probability_negative"] == 0.8


def test_dyads_count_a_body_once_a_sentence_by_its_most_certain_record():
    records = [
        record(index=1, source=NORWAY, confidence=0.9),
        record(index=1, confidence=0.6),
        record(index=4, confidence=0.7),
        record(index=4, stance="deny", confidence=0.5),
    ]
    assert list(dyads(records)) == [
        dict(
            zip(
                DYAD_FIELDS,
                ("a.txt", "2024-05-06", "Norway", "NOR", "Iceland", "ISL", stance, count, mean),
                strict=True,
            )
        )
        for stance, count, mean in (("condemn", 2, 0.8), ("deny", 1, 0.5))
    ]


def test_dyads_leave_out_neutral_pairs_and_bodies_with_themselves():
    assert list(dyads([record(stance="neutral"), record(target=NORWAY)])) == []


def test_the_author_record_is_the_mean_over_the_mentions():
    predictions = [predicted(sentiment="negative"), predicted(sentiment="negative"), predicted(sentiment="positive")]
    made = author_record(ARTICLE, ICELAND, predictions, "m")
    assert made["sentiment_probabilities"] == {"negative": 0.5667, "neutral": 0.1, "positive": 0.3333}
    assert (made["sentiment"], made["mentions"], made["target"]["name"]) == ("negative", 3, "Iceland")
    assert (made["article_id"], made["published"], made["model"]) == ("a.txt", "2024-05-06", "m")


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_file_appears_only_when_it_is_whole(tmp_path, form):
    writer = open_writer(tmp_path, "stances", form)
    writer.write(record())
    assert not (tmp_path / f"stances.{form}").exists()
    writer.close()
    assert [path.name for path in tmp_path.iterdir()] == [f"stances.{form}"]


def test_a_cell_that_a_spreadsheet_would_run_is_quoted(tmp_path):
    writer = open_writer(tmp_path, "stances", "csv")
    writer.write(record() | {"title": "=HYPERLINK(1)", "sentence": "A\nquoted “line”, with comma"})
    writer.close()
    with (tmp_path / "stances.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["title"], row["sentence"]) == ("'=HYPERLINK(1)", "A\nquoted “line”, with comma")


def test_parquet_has_typed_columns_even_without_rows(tmp_path):
    open_writer(tmp_path, "stances", "parquet").close()
    schema = pq.read_schema(tmp_path / "stances.parquet")
    assert schema.names == list(flat_columns())
    kinds = {name: str(schema.field(name).type) for name in ("source_start", "source_linked", "confidence", "title")}
    assert kinds == {"source_start": "int64", "source_linked": "bool", "confidence": "double", "title": "string"}
