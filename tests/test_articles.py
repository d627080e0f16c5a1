"""How articles are found and read from files."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.articles import ArticleFile, MissingInput, article_from_fields, article_from_text, find_files, read_file
from data.schema import Article, Rejection

FIELDS = "text, and where known title, published (or date), url, id"


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_file(ArticleFile(path, name)))


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.TXT"])
def test_the_first_line_of_a_text_file_is_its_title_and_stays_in_the_text(tmp_path, name):
    text = "\n  Lima thanks Oslo \n\nThe crew is safe.\n"
    assert read(tmp_path, name, text) == [Article(name, text, title="Lima thanks Oslo")]


def test_a_row_has_title_blank_line_and_body_as_text(tmp_path):
    row = {"title": " Lima thanks Oslo ", "text": "Safe.\n", "published": "2026-02-03", "url": "https://x.invalid/1"}
    assert read(tmp_path, "a.jsonl", json.dumps(row)) == [
        Article("a.jsonl#1", "Lima thanks Oslo\n\nSafe.\n", "Lima thanks Oslo", "2026-02-03", "https://x.invalid/1")
    ]


def test_date_is_an_alias_of_published(tmp_path):
    assert read(tmp_path, "a.jsonl", '{"text": "Safe.", "date": "2026-02-03"}')[0].published == "2026-02-03"
    assert read(tmp_path, "a.csv", "text,date\nSafe.,2026-02-03\n")[0].published == "2026-02-03"


def test_published_is_preferred_to_date():
    assert article_from_fields({"text": "x", "published": "2026", "date": "2025"}, "i").published == "2026"


def test_a_given_id_is_kept_and_a_number_becomes_text(tmp_path):
    lines = '{"text": "One.", "id": "lima-1"}\n\n{"text": "Two.", "id": 7}\n{"text": "Three."}\n'
    assert [a.id for a in read(tmp_path, "a.jsonl", lines)] == ["lima-1", "7", "a.jsonl#4"]


def test_csv_rows_are_counted_without_the_header_and_fields_may_hold_line_breaks(tmp_path):
    articles = read(tmp_path, "a.csv", 'id,title,text\r\n,T,"One\r\ntwo, three"\r\n,,Four\r\nx,,Five\r\n')
    assert [(a.id, a.text) for a in articles] == [
        ("a.csv#1", "T\n\nOne\ntwo, three"),
        ("a.csv#2", "Four"),
        ("x", "Five"),
    ]


@pytest.mark.parametrize(
    ("name", "content"), [("a.txt", "Safe.\r\nOslo"), ("a.csv", 'text\r\n"Safe.\r\nOslo"\r\n'), ("a.jsonl", None)]
)
def test_a_byte_order_mark_goes_and_crlf_becomes_lf(tmp_path, name, content):
    content = content or '{"text": "Safe.\\nOslo"}\r\n'
    assert read(tmp_path, name, b"\xef\xbb\xbf" + content.encode())[0].text == "Safe.\nOslo"


def test_crlf_becomes_lf_in_the_strings_of_rows_and_in_texts_given_in_python(tmp_path):
    row = {"title": "Lima\r\nthanks", "text": "Safe.\r\nOslo\r"}
    pq.write_table(pa.table({name: [value] for name, value in row.items()}), tmp_path / "a.parquet")
    found = [*read(tmp_path, "a.jsonl", json.dumps(row)), *read(tmp_path, "a.json", json.dumps(row))]
    found += [*read_file(ArticleFile(tmp_path / "a.parquet", "a.parquet")), article_from_fields(row, "a")]
    assert {(a.title, a.text) for a in found} == {("Lima\nthanks", "Lima\nthanks\n\nSafe.\nOslo\r")}
    assert article_from_text("Lima\r\nSafe.\r\n", "a") == Article("a", "Lima\nSafe.\n", title="Lima")


def test_nothing_else_of_a_text_changes(tmp_path):
    text = "A\rB\u00a0 \u2028\tC\ufeff\x0b\n\n\n"
    assert read(tmp_path, "a.txt", text)[0].text == text


def test_a_broken_line_is_rejected_with_its_number_and_the_rest_still_comes(tmp_path):
    first, broken, last = read(tmp_path, "a.jsonl", '{"text": "One."}\n{"text": \n{"text": "Three."}\n')
    assert broken == Rejection(
        "a.jsonl", "broken JSON: Expecting value: line 1 column 10 (char 9)", "mend or remove the line", 2
    )
    assert (first.text, last.text, last.id) == ("One.", "Three.", "a.jsonl#3")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1]", "expected a JSON object, found list"),
        ('{"title": "T"}', "no text"),
        ('{"text": " \\n"}', "no text"),
        ('{"text": 3}', "expected text to be a string, found int"),
        ('{"text": "x", "title": ["T"]}', "expected title to be a string, found list"),
    ],
)
def test_a_line_that_is_no_article_is_rejected_with_the_reason(tmp_path, line, reason):
    (rejection,) = read(tmp_path, "a.jsonl", line)
    assert (rejection.reason, rejection.line) == (reason, 1)
    assert rejection.remedy.endswith(FIELDS)


@pytest.mark.parametrize("line", ["[" * 100_000, '{"id": ' + "1" * 5000 + ', "text": "x"}'])
def test_a_hostile_line_is_rejected_and_the_rest_still_comes(tmp_path, line):
    rejection, article = read(tmp_path, "a.jsonl", line + '\n{"text": "Two."}\n')
    assert (rejection.line, article.text) == (1, "Two.")


@pytest.mark.parametrize(
    ("escape", "reason"),
    [
        ("\\ud83d", "text holds half a surrogate pair, which is no character"),
        ("\\udce9", "text holds half a surrogate pair, which is no character"),
        ("\\u0000", "text holds a NUL character"),
    ],
)
@pytest.mark.parametrize(("name", "rows"), [("a.jsonl", "{0}\n{1}\n"), ("a.json", "[{0}, {1}]")])
def test_a_row_with_what_is_no_character_is_rejected_in_its_place_and_the_rest_still_comes(
    tmp_path, name, rows, escape, reason
):
    bad, good = f'{{"text": "Peru {escape} thanked Chile."}}', '{"text": "Two."}'
    rejection, article = read(tmp_path, name, rows.format(bad, good))
    assert (rejection.reason, rejection.line, article.text) == (reason, 1, "Two.")


def test_a_parquet_row_with_a_nul_is_rejected_in_its_place_and_the_rest_still_comes(tmp_path):
    pq.write_table(pa.table({"text": ["One.", "Li\0ma", "Three."]}), tmp_path / "a.parquet")
    one, rejection, three = read_file(ArticleFile(tmp_path / "a.parquet", "a.parquet"))
    assert (rejection.reason, rejection.line) == ("text holds a NUL character", 2)
    assert (one.text, three.text) == ("One.", "Three.")


def test_a_broken_byte_in_a_csv_column_that_is_no_field_does_no_harm(tmp_path):
    (article,) = read(tmp_path, "a.csv", b"text,note\nOne.,Caf\xe9\n")
    assert article.text == "One."


def test_a_csv_without_a_text_column_says_which_columns_it_has(tmp_path):
    assert read(tmp_path, "a.csv", "title,body\nT,B\n") == [
        Rejection("a.csv", "expected a column named text, found title, body", f"name the columns {FIELDS}", 1)
    ]


def test_an_empty_csv_row_is_rejected_at_its_line(tmp_path):
    one, rejection = read(tmp_path, "a.csv", 'title,text\nT,"One\ntwo"\nT,\n')
    assert one.text == "T\n\nOne\ntwo"
    assert (rejection.reason, rejection.line) == ("no text", 4)


def test_broken_quoting_ends_a_csv_with_a_rejection(tmp_path):
    one, rejection = read(tmp_path, "a.csv", 'text\nOne\n"two" x\n')
    assert one.text == "One"
    assert rejection.reason == "broken CSV: ',' expected after '\"'"


def test_broken_quoting_is_reported_at_its_line(tmp_path):
    assert read(tmp_path, "a.csv", 'text\nOne\n"two" x\n')[1].line == 3


@pytest.mark.parametrize(
    ("content", "reason", "remedy"),
    [
        (b"Li\x00ma", "not text: the file holds NUL bytes", "save the file as UTF-8 text"),
        (b"text\nCaf\xe9", "not UTF-8 text: byte 8 cannot be decoded", "save the file as UTF-8 text"),
        (b"\x01\x02Lima\x03", "not text: the file is full of control characters", "save the file as UTF-8 text"),
        (b"", "the file is empty", "leave it out or fill it"),
        (b" \n\t\r\n", "the file is empty", "leave it out or fill it"),
    ],
)
def test_a_file_that_is_no_text_is_rejected_whole(tmp_path, content, reason, remedy):
    assert read(tmp_path, "a.txt", content) == [Rejection("a.txt", reason, remedy)]


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        ("a.jsonl", b'{"text": "Li\x00ma"}\n{"text": "Two."}\n', 1, "not text: it holds NUL bytes"),
        ("a.jsonl", b'{"text": "Caf\xe9"}\n{"text": "Two."}\n', 1, "not UTF-8 text: byte 13 cannot be decoded"),
        ("a.csv", b"text\nCaf\xe9\nTwo.\n", 2, "not UTF-8 text: byte 3 cannot be decoded"),
        ("a.csv", b"text\nLi\x00ma\nTwo.\n", 2, "not text: it holds NUL bytes"),
    ],
)
def test_a_row_that_is_no_text_is_rejected_and_the_rest_still_comes(tmp_path, name, content, line, reason):
    rejection, article = read(tmp_path, name, content)
    assert (rejection, article.text) == (Rejection(name, reason, "save the file as UTF-8 text", line), "Two.")


def test_folders_are_searched_in_order_with_relative_names_and_without_hidden_files(tmp_path):
    for name in ("b.txt", "a/z.jsonl", "a/deep/y.CSV", "a.md", ".hidden.txt", ".git/c.txt", "notes.pdf", "c.txt.bak"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    files = find_files([tmp_path])
    assert [f.name for f in files] == ["a/deep/y.CSV", "a/z.jsonl", "a.md", "b.txt"]
    assert [f.path for f in files] == [tmp_path / f.name for f in files]


def test_a_named_file_goes_by_its_own_name_and_paths_keep_their_order(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("sub/b.txt", "a.txt"):
        (tmp_path / name).write_text("x")
    assert [f.name for f in find_files([str(tmp_path / "sub" / "b.txt"), tmp_path / "a.txt"])] == ["b.txt", "a.txt"]


def test_a_file_that_is_named_twice_comes_once_by_its_first_name(tmp_path, monkeypatch):
    (tmp_path / "c" / "sub").mkdir(parents=True)
    for name in ("c/b.txt", "c/sub/a.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "c" / "link.txt").symlink_to(tmp_path / "c" / "b.txt")
    monkeypatch.chdir(tmp_path)
    twice = [tmp_path / "c" / "sub" / "a.txt", "c", "c/sub/../b.txt", tmp_path / "c" / "*.txt", "c/sub"]
    assert [f.name for f in find_files(twice)] == ["a.txt", "b.txt", "link.txt"]


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(MissingInput, match="gone: expected a file or folder of articles, found nothing there"):
        find_files([tmp_path / "gone"])


def test_a_named_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "a.pdf").write_text("x")
    with pytest.raises(
        MissingInput, match=r"a\.pdf: expected a suffix of \.txt, .*, each also with \.gz, found '\.pdf'"
    ):
        find_files([tmp_path / "a.pdf"])


def test_a_folder_without_articles_is_refused(tmp_path):
    with pytest.raises(MissingInput, match=r"no article files in .*: expected \.txt, .*, each also with \.gz; give"):
        find_files([tmp_path])
