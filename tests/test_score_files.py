import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from data.schema import STANCES
from models.precision import fastest_precision
from models.records import DYAD_FIELDS, flatten
from models.score import main
from models.writers import flat_columns


def test_a_threshold_of_one_leaves_whole_but_empty_files(score):
    out = score("--threshold", "1.0")
    assert (out / "stances.jsonl").read_text() == (out / "errors.jsonl").read_text() == ""
    assert (out / "dyads.csv").read_text() == ",".join(DYAD_FIELDS) + "\n"


def test_parquet_and_csv_hold_what_jsonl_holds(score, records):
    flat = [flatten(record) for record in records]
    table = pq.read_table(score("--all-pairs", "--format", "parquet") / "stances.parquet")
    assert table.column_names == list(flat_columns())
    assert table.to_pylist() == [{name: row[name] for name in flat_columns()} for row in flat]
    with (score("--all-pairs", "--format", "csv") / "stances.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{name: "" if row[name] is None else str(row[name]) for name in flat_columns()} for row in flat]


def test_columns_bear_the_names_of_polecat_in_every_format(score):
    wanted = {
        "Actor Name", "Actor Name Raw", "Actor Country", "Primary Actor Sector", "Recipient Name", "Recipient Name Raw",
        "Recipient Country", "Primary Recipient Sector", "Publication Date",
    }  # fmt: skip
    as_csv, as_parquet, as_jsonl = (
        score("--all-pairs", "--columns", "polecat", "--format", form) for form in ("csv", "parquet", "jsonl")
    )
    assert wanted <= set((as_csv / "stances.csv").read_text(encoding="utf-8").splitlines()[0].split(","))
    assert wanted <= set(pq.read_schema(as_parquet / "stances.parquet").names)
    assert wanted <= set(json.loads((as_jsonl / "stances.jsonl").read_text(encoding="utf-8").splitlines()[0]))
    header = (as_csv / "dyads.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert {"Actor Name", "Recipient Name", "Actor Country", "Recipient Country", "Publication Date"} <= set(header)


def test_articles_come_on_standard_input_too(tmp_path, tiny_model, monkeypatch, lines):
    rows = [{"id": "a", "text": "Norway condemned Iceland."}, {"id": "b", "text": "Ghana thanked Togo."}]
    raw = "".join(json.dumps(row) + "\n" for row in rows).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert main(["-", "--out", str(tmp_path / "out"), "--model", str(tiny_model), "--all-pairs"]) == 0
    assert {record["article_id"] for record in lines(tmp_path / "out" / "stances.jsonl")} == {"a", "b"}


def test_a_field_may_stand_in_a_column_of_another_name(tmp_path, tiny_model, lines):
    (tmp_path / "a.csv").write_text("key,body\n7,Norway condemned Iceland.\n")
    arguments = [str(tmp_path / "a.csv"), "--out", str(tmp_path / "out"), "--model", str(tiny_model), "--all-pairs"]
    assert main([*arguments, "--column", "text=body", "--column", "id=key"]) == 0
    assert {record["article_id"] for record in lines(tmp_path / "out" / "stances.jsonl")} == {"7"}
    assert main([*arguments, "--column", "foo=body"]) == 2


def test_dyads_count_the_records_of_bodies(scored, records):
    with (scored / "dyads.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(DYAD_FIELDS)

    def sentences(row):
        return {
            r["sentence_index"]
            for r in records
            if (r["article_id"], r["stance"]) == (row["article_id"], row["stance"])
            and (r["source"]["on_behalf_of"] or r["source"])["name"] == row["source_name"]
            and (r["target"]["on_behalf_of"] or r["target"])["name"] == row["target_name"]
        }

    assert [int(row["count"]) for row in rows] == [len(sentences(row)) for row in rows]
    assert all(0.25 <= float(row["mean_confidence"]) <= 1 and row["stance"] != "neutral" for row in rows)
    assert {row["source_name"] for row in rows} >= {"Norway", "Chad"}
    assert "Kari Solheim" not in {row["source_name"] for row in rows}


def test_the_manifest_tells_model_options_counts_and_time(scored, records, tiny_model):
    manifest = json.loads((scored / "manifest.json").read_text())
    assert manifest["model"] == str(tiny_model)
    assert manifest["options"] == {
        "format": "jsonl",
        "threshold": 0.3,
        "all_pairs": True,
        "author": True,
        "actors": None,
        "columns": None,
        "column": {},
        "engine": "local",
        "any_language": False,
        "max_megabytes": 64,
        "max_characters": 1_000_000,
        "precision": str(fastest_precision()),
    }
    counts = {stance: sum(r["stance"] == stance for r in records) for stance in STANCES}
    stances = len(records) - counts["neutral"]
    assert manifest["counts"] == {
        "articles": 5, "stories": 4, "pairs": 51, "truncated": 0, "stances": stances, **counts, "rejected": 0,
    }  # fmt: skip
    assert (manifest["files"], manifest["scored"]) == (4, 5)
    assert set(manifest["versions"]) >= {"visavis", "torch", "transformers"}
    assert manifest["time"]["seconds"] >= 0


def test_the_author_file_has_a_row_for_each_actor_of_an_article(scored, lines):
    rows = lines(scored / "author.jsonl")
    rows_of_wire = [row for row in rows if row["article_id"] == "w-1"]
    assert {row["target"]["name"]: row["mentions"] for row in rows_of_wire} == {"Ghana": 2, "Togo": 3, "Benin": 1}
    for row in rows:
        assert sum(row["sentiment_probabilities"].values()) == pytest.approx(1, abs=1e-3)
        assert row["sentiment"] == max(row["sentiment_probabilities"], key=row["sentiment_probabilities"].get)


def test_the_same_input_gives_the_same_bytes(score, scored):
    again = score("--all-pairs", "--author")
    for name in ("stances.jsonl", "dyads.csv", "author.jsonl", "errors.jsonl"):
        assert (again / name).read_bytes() == (scored / name).read_bytes()
