"""Inputs and models that are made to break, exhaust or take over a scorer: each is refused, and the rest is scored."""

import csv
import gzip
import json
import pickle
from pathlib import Path

import pytest

from data.articles import ArticleFile, ReadOptions, read_file
from data.schema import Article
from data.sentences import split_sentences
from models.classifier import Classifier, ModelError
from models.score import main

GOOD = "Kenya and Uganda accused Tanzania of closing the lake to them."
SPANISH = "El presidente de México dijo que no aceptará la propuesta de Estados Unidos y pidió respeto para todos."
LINE = b"Kenya accused Chad of theft while the talks on fish went on and the crews waited for news of boats and then "
MANY = "; ".join(f"the president of {state}" for state in ["Kenya", "Uganda", "Chad", "Niger"] * 500)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, tiny_model):
    """Scores a folder of hostile files among good ones, once; gives its exit status and its files."""
    root = tmp_path_factory.mktemp("hostile")
    folder, out = root / "in", root / "out"
    (folder / "sub").mkdir(parents=True)
    files = {
        "a-empty.txt": b"",
        "b-binary.txt": bytes(range(1, 32)) * 40,
        "c-nul.md": b"Ken\x00ya",
        "d-broken.txt": b"\xc3\x28 Kenya \xa0\xa1",
        "e-bomb.txt.gz": gzip.compress(b" " * 150_000_000, 1),
        "f-bomb.jsonl.gz": gzip.compress(b'{"text": "' + b" " * 150_000_000, 1),
        "g-cut.txt.gz": gzip.compress(GOOD.encode())[:-9],
        "h-nested.html": b"<div>" * 20_000,
        "i-wide.html": b"<p>" * 200_001,
        "j-no-article.html": b"<html><body><script>x</script></body></html>",
        "k-broken.parquet": b"PAR1" + b"\xff" * 200,
        "l-spanish.txt": SPANISH.encode(),
        "m-deep.json": b"[" * 100_000,
        "n-long.txt": b"Kenya accused Chad. " * 60_000,
        "o-huge.txt": b"Kenya accused Chad. " * 4_000_000,
        "p-line.txt": LINE * 900,
        "q-many.txt": f"{MANY} accused Togo.".encode(),
        "r-same.jsonl": b'{"id": "one", "text": "Togo thanked Mali."}\n' * 2,
        "s-\n-name.txt": GOOD.encode(),
        "t-=cmd.csv": b'id,title,text\n=1+1,@SUM(A1),"Kenya accused Chad."\n../../etc/passwd,,Togo thanked Mali.\n',
        "u-markup.txt": b"<script>alert(1)</script>\n\nKenya accused Chad. [bold]Togo[/bold] thanked Mali.",
        "v-header.csv": "título,cuerpo\nA,Kenya accused Chad.\n".encode("latin-1"),
        "sub/good.txt": GOOD.encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "sub" / "self.txt").symlink_to(folder / "sub" / "self.txt")
    status = main([str(folder), "--out", str(out), "--model", str(tiny_model), "--all-pairs", "--workers", "1"])
    return status, out


def test_each_is_refused_with_file_reason_and_remedy(hostile, lines):
    status, out = hostile
    assert status == 3
    errors = {row["file"]: row for row in reversed(lines(out / "errors.jsonl"))}
    reasons = {
        "a-empty.txt": "the file is empty",
        "b-binary.txt": "not text: the file is full of control characters",
        "c-nul.md": "not text: the file holds NUL bytes",
        "d-broken.txt": "not UTF-8 text: byte 0 cannot be decoded",
        "e-bomb.txt.gz": "the file holds more than 64 MB",
        "f-bomb.jsonl.gz": "the file unpacks to more than 100 times its size",
        "g-cut.txt.gz": "broken gzip: Compressed file ended before the end-of-stream marker was reached",
        "h-nested.html": "the page nests 20000 elements of 20000: expected at most 500 of 100000",
        "i-wide.html": "the page nests 0 elements of 200001",
        "j-no-article.html": "no article was found in the page",
        "k-broken.parquet": "broken Parquet: ",
        "l-spanish.txt": "the language is es (",
        "m-deep.json": "broken JSON: ",
        "n-long.txt": "1200000 characters, and the limit is 1000000",
        "o-huge.txt": "the file holds more than 64 MB",
        "q-many.txt": "article q-many.txt: sentence 0 names ",
        "r-same.jsonl": "article 2 of the file: the id one was given before, in r-same.jsonl",
        "v-header.csv": "expected a column named text, found t\\udced",
        "sub/self.txt": "cannot be opened: Too many levels of symbolic links",
    }
    assert {name: row["reason"][: len(reasons[name])] for name, row in errors.items() if name in reasons} == reasons
    assert set(errors) == set(reasons)
    assert all(row["remedy"] for row in errors.values())


def test_the_rest_is_scored(hostile, lines):
    _, out = hostile
    scored = {record["article_id"] for record in lines(out / "stances.jsonl")}
    assert scored >= {"sub/good.txt", "p-line.txt", "q-many.txt", "one", "s-\n-name.txt", "=1+1", "u-markup.txt"}
    assert "../../etc/passwd" in scored
    assert not [path for path in out.rglob("*") if "passwd" in path.name]


def test_a_long_line_is_read_to_its_end(hostile, lines):
    _, out = hostile
    ends = [r["sentence_end"] for r in lines(out / "stances.jsonl") if r["article_id"] == "p-line.txt"]
    assert max(ends) > 0.95 * len(LINE) * 900


def test_a_cell_that_a_spreadsheet_would_run_is_quoted(tmp_path, tiny_model):
    (tmp_path / "a.csv").write_text('id,title,text\n=1+1,@SUM(A1),"Kenya accused Chad."\n')
    out = tmp_path / "out"
    main([str(tmp_path / "a.csv"), "--out", str(out), "--model", str(tiny_model), "--all-pairs", "--format", "csv"])
    with (out / "stances.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["article_id"], row["title"]) for row in rows} == {("'=1+1", "'@SUM(A1)")}


def test_text_without_white_space_is_divided_and_none_of_it_lost():
    article = Article("a", "a" * 9_001 + "! Chad spoke.")
    sentences = split_sentences(article)
    assert max(len(sentence.text) for sentence in sentences) <= 1000
    assert "".join(sentence.text for sentence in sentences).replace(" ", "") == article.text.replace(" ", "")


def test_what_is_refused_for_its_length_or_language_tells_its_line(tmp_path, tiny_model, lines):
    rows = ["", json.dumps({"text": GOOD}), json.dumps({"text": SPANISH}), json.dumps({"text": "Kenya met Chad. " * 9})]
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    (tmp_path / "b.csv").write_text(f'text\n"{GOOD}\nAnd so on."\n"{SPANISH}"\n')
    files = [str(tmp_path / name) for name in ("a.jsonl", "b.csv")]
    options = ["--out", str(tmp_path / "out"), "--model", str(tiny_model), "--max-characters", "140"]
    assert main([*files, *options]) == 3
    errors = [(row["file"], row["line"], row["reason"]) for row in lines(tmp_path / "out" / "errors.jsonl")]
    assert [error[:2] for error in errors] == [("a.jsonl", 3), ("a.jsonl", 4), ("b.csv", 4)]
    assert errors[0][2].startswith("article a.jsonl#3: the language is es")
    assert errors[1][2] == "article a.jsonl#4: 144 characters, and the limit is 140"


def test_an_id_that_was_given_before_names_the_article_and_no_line(tmp_path, tiny_model, lines):
    row = json.dumps({"id": "one", "text": GOOD})
    (tmp_path / "a.jsonl").write_text(f"{row}\n\n{row}\n")
    (tmp_path / "b.json").write_text(row)
    files = [str(tmp_path / name) for name in ("a.jsonl", "b.json")]
    assert main([*files, "--out", str(tmp_path / "out"), "--model", str(tiny_model)]) == 3
    assert [(row["line"], row["reason"]) for row in lines(tmp_path / "out" / "errors.jsonl")] == [
        (None, "article 2 of the file: the id one was given before, in a.jsonl"),
        (None, "the id one was given before, in a.jsonl"),
    ]


def test_the_limits_can_be_set(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"Kenya accused Chad. " * 100_000, 1))
    file = ArticleFile(path, path.name)
    (rejection,) = read_file(file, ReadOptions(megabytes=1))
    assert rejection.reason == "the file holds more than 1 MB"
    (rejection,) = read_file(file, ReadOptions(characters=1_999_999))
    assert rejection.reason == "2000000 characters, and the limit is 1999999"
    (article,) = read_file(file, ReadOptions(characters=2_000_000))
    assert len(article.text) == 2_000_000


def test_another_language_is_scored_where_that_is_asked_for(tmp_path, tiny_model):
    (tmp_path / "a.txt").write_text(SPANISH)
    arguments = [str(tmp_path / "a.txt"), "--model", str(tiny_model), "--out"]
    assert main([*arguments, str(tmp_path / "one")]) == 3
    assert main([*arguments, str(tmp_path / "two"), "--any-language"]) == 0


class Bomb:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_pickled_weights_are_never_run(tmp_path, tiny_model, name):
    config = (tiny_model / "config.json").read_text()
    (tmp_path / "config.json").write_text(config)
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(tmp_path / "trace")))
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read"):
        Classifier.load(tmp_path)
    assert not (tmp_path / "trace").exists()


def test_a_backbone_that_brings_code_is_not_run(tmp_path, tiny_model, tiny_backbone):
    backbone = tmp_path / "backbone"
    backbone.mkdir()
    code = f"import pathlib; pathlib.Path({str(tmp_path / 'trace')!r}).touch()\n"
    (backbone / "modeling.py").write_text(f"{code}class Model: pass\nclass Config: pass\n")
    config = json.loads((Path(tiny_backbone) / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "modeling.Config", "AutoModel": "modeling.Model"}}
    (backbone / "config.json").write_text(json.dumps(config))
    own = json.loads((tiny_model / "config.json").read_text()) | {"backbone": str(backbone)}
    (tmp_path / "config.json").write_text(json.dumps(own))
    (tmp_path / "model.safetensors").write_bytes((tiny_model / "model.safetensors").read_bytes())
    with pytest.raises(ModelError, match="backbone"):
        Classifier.load(tmp_path)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"max_length": 10**12},
        {"max_length": "long"},
        {"context_sentences": -1},
        {"threshold": 7},
        {"temperature": 0},
        {"network": {"reader_layers": 10**9}},
        {"unknown": True},
        {"stances": ["love"]},
        {"format": 99},
    ],
)
def test_a_config_that_no_model_has_is_refused(tmp_path, tiny_model, change):
    config = json.loads((tiny_model / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | change))
    (tmp_path / "model.safetensors").write_bytes((tiny_model / "model.safetensors").read_bytes())
    with pytest.raises(ModelError):
        Classifier.load(tmp_path)
