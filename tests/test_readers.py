"""How each format is read, and that nothing that a file may hold stops the reading."""

import csv
import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.articles import ArticleFile, ReadOptions, find_files, read_file
from data.readers import SUFFIXES
from data.schema import Article, Rejection

TEXT = "Lima thanked Oslo for the ships.\n\nOslo said that it was glad to help, and that more would come."
PAGE = f"""<html lang="en"><head><title>Lima thanks Oslo</title>
<meta property="article:published_time" content="2024-03-02T10:00:00Z">
<link rel="canonical" href="https://news.example/lima"></head>
<body><nav><a href="/">Home</a> <a href="/world">World</a></nav><article><h1>Lima thanks Oslo</h1>
{"".join(f"<p>{part * 3}</p>" for part in TEXT.split(chr(10)))}</article><footer>All rights</footer></body></html>"""
ANYTHING = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(folder, name, content, **options):
    path = Path(folder) / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_file(ArticleFile(path, name), ReadOptions(**options)))


def parquet(columns):
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def test_a_page_gives_its_article_with_title_date_and_address(tmp_path):
    (article,) = read(tmp_path, "a.html", PAGE)
    assert (article.id, article.title, article.published) == ("a.html", "Lima thanks Oslo", "2024-03-02")
    assert article.url == "https://news.example/lima"
    assert article.text.startswith("Lima thanks Oslo\n\nLima thanked Oslo for the ships.")
    assert "Home" not in article.text
    assert "All rights" not in article.text


def test_json_holds_one_article_or_a_list(tmp_path):
    assert read(tmp_path, "a.json", json.dumps({"text": TEXT})) == [Article("a.json", TEXT)]
    rows = [{"text": "One.", "id": "x"}, {"title": "no text"}, {"text": "Three."}]
    one, broken, three = read(tmp_path, "a.json", json.dumps(rows))
    assert (one.id, three.id) == ("x", "a.json#3")
    assert broken.reason == "no text"
    (rejection,) = read(tmp_path, "a.json", '{"text": ')
    assert rejection.reason.startswith("broken JSON: Expecting value")


def test_parquet_rows_are_articles_with_dates_of_any_kind(tmp_path):
    from datetime import date, datetime

    content = parquet({"text": ["One.", None], "date": [date(2024, 3, 2), date(2024, 3, 3)], "other": [1, 2]})
    article, rejection = read(tmp_path, "a.parquet", content)
    assert article == Article("a.parquet#1", "One.", published="2024-03-02")
    assert (rejection.reason, rejection.line) == ("no text", 2)
    (article,) = read(tmp_path, "b.parquet", parquet({"text": ["One."], "published": [datetime(2024, 3, 2, 5)]}))
    assert article.published == "2024-03-02T05:00:00"


@pytest.mark.parametrize(
    "published",
    [
        pa.array([0, 10**18], pa.timestamp("us")),
        pa.array([0, 10**17], pa.timestamp("ms")),
        pa.array([0, 10**8], pa.date32()),
        pa.array([0, 1], pa.timestamp("us", "Foo/Bar")),
    ],
    ids=["us", "ms", "days", "zone"],
)
def test_a_time_in_parquet_that_is_none_is_a_rejection(tmp_path, published):
    found = read(tmp_path, "a.parquet", parquet({"text": pa.array(["A.", "B."]), "published": published}))
    assert [item.reason[:14] for item in found if isinstance(item, Rejection)] == ["broken Parquet"]


def test_utf_16_that_lacks_a_byte_is_no_text(tmp_path):
    (found,) = read(tmp_path, "a.txt", ("Norway rebuked Peru. " * 9).encode("utf-16")[:-1])
    assert found.reason.startswith("not utf-16 text: byte ")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl"])
def test_columns_may_have_other_names(tmp_path, name):
    row = {"headline": "Lima thanks Oslo", "body": "Safe.", "day": "2024-03-02"}
    content = {
        "a.csv": ",".join(row) + "\n" + ",".join(row.values()) + "\n",
        "a.jsonl": json.dumps(row),
        "a.parquet": parquet({column: [value] for column, value in row.items()}),
    }[name]
    columns = {"text": "body", "title": "headline", "published": "day"}
    (article,) = read(tmp_path, name, content, columns=columns)
    assert (article.title, article.text, article.published) == (
        "Lima thanks Oslo",
        "Lima thanks Oslo\n\nSafe.",
        "2024-03-02",
    )
    (rejection,) = read(tmp_path, name, content)
    assert rejection.reason in ("no text", "expected a column named text, found headline, body, day")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_is_read_packed_too(tmp_path, suffix):
    content = {
        ".html": PAGE.encode(),
        ".json": json.dumps({"text": TEXT}).encode(),
        ".jsonl": json.dumps({"text": TEXT}).encode(),
        ".csv": f'text\n"{TEXT}"\n'.encode(),
        ".parquet": parquet({"text": [TEXT]}),
    }.get(suffix, TEXT.encode())
    (plain,) = read(tmp_path, f"a{suffix}", content)
    (packed,) = read(tmp_path, f"a{suffix}.gz", gzip.compress(content))
    assert isinstance(plain, Article)
    assert (packed.text, packed.title) == (plain.text, plain.title)
    assert packed.id == plain.id.replace(suffix, f"{suffix}.gz")


def test_an_encoding_is_repaired_only_where_that_is_safe(tmp_path):
    text = f"{TEXT} {TEXT} “Never,” it said – and meant it."
    assert read(tmp_path, "a.txt", text.encode("utf-16"))[0].text == text
    assert read(tmp_path, "a.txt", b"\xff\xfe\x00\x00" + text.encode("utf-32-le"))[0].text == text
    assert read(tmp_path, "a.txt", (text * 3).encode("cp1252"))[0].text == text * 3
    rows = [json.dumps({"text": text * 3}, ensure_ascii=False).encode("cp1252"), json.dumps({"text": text}).encode()]
    assert [a.text for a in read(tmp_path, "a.jsonl", b"\n".join(rows))] == [text * 3, text]
    assert read(tmp_path, "a.csv", f'text\n"{text}"\n'.encode("utf-16"))[0].text == text
    for name, raw in (("a.txt", "Ça déjà été dit"), ("a.csv", "text\nÇa déjà été dit\n")):
        (rejection,) = read(tmp_path, name, raw.encode("cp1252"))
        assert rejection.reason.startswith("not UTF-8 text")


@pytest.mark.parametrize("suffix", [*SUFFIXES, *(f"{suffix}.gz" for suffix in SUFFIXES)])
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@ANYTHING
def test_whatever_a_file_holds_gives_articles_or_rejections(tmp_path, suffix, content):
    content = gzip.compress(content) if suffix.endswith(".gz") and len(content) % 2 else content
    found = read(tmp_path, f"a{suffix}", content)
    assert found
    for item in found:
        if isinstance(item, Rejection):
            assert item.file == f"a{suffix}"
            assert item.reason
            assert item.remedy
        else:
            assert item.text.strip()
            item.text.encode("utf-8")
        json.dumps(str(item)).encode("utf-8")


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"text": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1)},
            optional={"title": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))},
        ),
        min_size=1,
        max_size=5,
    )
)
@ANYTHING
def test_rows_come_back_the_same_from_each_format_of_rows(tmp_path, rows):
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, ["title", "text"])
    writer.writeheader()
    writer.writerows(rows)
    columns = {name: [row.get(name) for row in rows] for name in ("title", "text")}
    files = {
        "a.jsonl": "\n".join(map(json.dumps, rows)),
        "a.json": json.dumps(rows),
        "a.csv": table.getvalue(),
        "a.parquet": parquet({"text": columns["text"], "title": pa.array(columns["title"], pa.string())}),
    }
    found = {name: read(tmp_path, name, content) for name, content in files.items()}
    texts = [[item.text if isinstance(item, Article) else item.reason for item in items] for items in found.values()]
    assert texts[1:] == texts[:1] * 3
    for row, item in zip(rows, found["a.jsonl"], strict=True):
        assert isinstance(item, Rejection) is (not row["text"].strip())


def test_patterns_and_folders_name_the_same_files(tmp_path):
    for name in ("b.txt", "a/z.jsonl.gz", "a/deep/y.csv", "c.pdf", "[d].txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    def names(pattern):
        return [file.name for file in find_files([tmp_path / pattern])]

    everything = ["[d].txt", "a/deep/y.csv", "a/z.jsonl.gz", "b.txt"]
    assert names("**") == names("*") == names(".") == everything
    assert names("**/*.csv") == ["a/deep/y.csv"]
    assert names("a/**/*.csv") == ["deep/y.csv"]
    assert names("?.txt") == ["b.txt"]
    assert names("[d].txt") == ["[d].txt"]  # what is there goes before what a pattern means


def test_links_in_a_circle_end_and_no_folder_is_read_twice(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one.txt").write_text("x")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "self.txt").symlink_to(tmp_path / "a" / "self.txt")
    (tmp_path / "a" / "gone.txt").symlink_to(tmp_path / "nowhere")
    files = {file.name: list(read_file(file)) for file in find_files([tmp_path])}
    assert list(files) == ["a/gone.txt", "a/one.txt", "a/self.txt"]
    assert isinstance(files["a/one.txt"][0], Article)
    assert files["a/gone.txt"][0].reason == "cannot be opened: No such file or directory"
    assert files["a/self.txt"][0].reason == "cannot be opened: Too many levels of symbolic links"


def test_a_device_is_no_article(tmp_path):
    import os

    from data.articles import MissingInput

    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(MissingInput, match="found a device or pipe"):
        find_files([tmp_path / "pipe.txt"])
    (tmp_path / "b.txt").write_text("x")
    assert [file.name for file in find_files([tmp_path])] == ["b.txt"]
