import pytest

from data.articles import find_files, read_file
from data.schema import SENTIMENTS, STANCES, ActorKind
from models import load


def test_every_article_is_named_by_its_id_or_its_path(records, texts):
    assert {record["article_id"] for record in records} == set(texts)
    about = {r["article_id"]: (r["title"], r["published"], r["url"]) for r in records}
    assert about["w-1"] == ("Ghana thanks Togo", "2024-03-01", "https://n.example")
    assert about["row.txt"] == ("Norway protests to Iceland", None, None)
    assert about["table.csv#1"] == (None, "2024-04-05", None)


def test_offsets_of_every_record_quote_its_article(records, texts):
    for record in records:
        text = texts[record["article_id"]]
        assert text[record["sentence_start"] : record["sentence_end"]] == record["sentence"]
        for side in (record["source"], record["target"]):
            assert text[side["start"] : side["end"]] == side["text"]
            assert side["end"] <= record["sentence_end"]
        assert record["target"]["start"] >= record["sentence_start"]


def test_probabilities_of_every_record_sum_to_one_and_name_the_stance(records, tiny_model):
    for record in records:
        assert list(record["probabilities"]) == list(STANCES)
        assert list(record["sentiment_probabilities"]) == list(SENTIMENTS)
        assert sum(record["probabilities"].values()) == pytest.approx(1, abs=1e-3)
        assert sum(record["sentiment_probabilities"].values()) == pytest.approx(1, abs=1e-3)
        assert (
            record["confidence"] == record["probabilities"][record["stance"]] == max(record["probabilities"].values())
        )
        assert record["model"] == str(tiny_model)
    assert {record["stance"] for record in records} == set(STANCES)


def test_no_record_joins_an_actor_with_itself_or_with_the_body_it_speaks_for(records):
    for record in records:
        source, target = record["source"], record["target"]
        assert {source["kind"], target["kind"]} <= set(ActorKind)
        assert (source["name"], source["kind"]) != (target["name"], target["kind"])
        for one, other in ((source, target), (target, source)):
            assert not one["on_behalf_of"] or one["on_behalf_of"]["name"] != other["name"]
        assert source["end"] <= target["start"] or target["end"] <= source["start"]


def test_one_record_stands_for_a_sentence_source_target_and_stance(records):
    def key(r):
        return r["article_id"], r["sentence_index"], r["source"]["name"], r["target"]["name"], r["stance"]

    assert len({key(record) for record in records}) == len(records)


def test_the_speaker_may_stand_outside_the_quoted_sentence(records):
    outside = [r for r in records if r["source"]["end"] <= r["sentence_start"]]
    assert {(r["source"]["name"], r["target"]["name"]) for r in outside} == {
        ("Kari Solheim", "Denmark"),
        ("Kari Solheim", "European Union"),
    }
    assert {(r["quoted"], r["speaker"]) for r in outside} == {(True, "Kari Solheim")}


def test_an_actor_carries_its_office_and_country(records):
    solheim = next(r["source"] for r in records if r["source"]["name"] == "Kari Solheim")
    assert (solheim["kind"], solheim["country"], solheim["sector"], solheim["linked"]) == ("person", "NOR", "GOV", True)
    assert solheim["on_behalf_of"]["name"] == "Norway"


def test_without_all_pairs_the_neutral_ones_are_left_out(score, records, lines):
    assert lines(score() / "stances.jsonl") == [r for r in records if r["stance"] != "neutral"]


def test_the_threshold_only_filters(score, records, lines, tiny_classifier):
    def kept(least):
        return [r for r in records if r["stance"] != "neutral" and r["confidence"] >= least]

    assert tiny_classifier.config.threshold == 0.3
    assert lines(score() / "stances.jsonl") == kept(0.3)
    assert lines(score("--threshold", "0.6") / "stances.jsonl") == kept(0.6)
    assert 0 < len(kept(0.6)) < len(kept(0.3))


def test_python_yields_the_records_of_the_command(records, articles, tiny_model):
    found = [article for file in find_files([articles]) for article in read_file(file)]
    expected = [r for r in records if r["stance"] != "neutral" and r["confidence"] >= 0.3]
    assert list(load(str(tiny_model)).score(found)) == expected


def test_python_takes_bare_texts_and_mappings(tiny_model, texts):
    found = list(
        load(str(tiny_model)).score(
            [
                texts["w-1"],
                {"id": "x", "title": "Border", "text": texts["table.csv#1"]},
                {"text": texts["sub/talks.md"]},
            ]
        )
    )
    assert {(r["article_id"], r["title"]) for r in found} == {
        ("#1", "Ghana thanks Togo"),
        ("x", "Border"),
        ("#3", None),
    }
