"""Bringing corpora to the raw folder: by copying, and by downloading from a server on this machine."""

import csv
import hashlib
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import data.fetch
from data.corpora import CORPORA
from data.fetch import CHECKSUMS, Checksum, NotFetched, fetch_corpus, main, read_checksums

README, TRAIN = b"Any use, with citation.\n", "[Peru] met [Łódź].\tPeru\tŁódź\t0\n".encode()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def source(tmp_path):
    """A folder with DSE in its upstream layout, and a file that is not part of it."""
    folder = tmp_path / "copies" / "dse"
    (folder / "dataset").mkdir(parents=True)
    (folder / "README.md").write_bytes(README)
    (folder / "dataset" / "train.txt").write_bytes(TRAIN)
    (folder / "dataset" / "notes.md").write_text("not a part")
    return folder


@pytest.fixture
def upstream(monkeypatch):
    """A server that gives an archive of DSE as GitHub does, with one folder at its top."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in (
            ("README.md", README),
            ("dataset/train.txt", TRAIN),
            ("dataset/../../outside.txt", b"x"),
            ("code/run.py", b"x"),
        ):
            member = tarfile.TarInfo(f"repository-1234/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if "directed" in self.path else 404)
            self.send_header("Content-Length", str(len(packed.getvalue())))
            self.end_headers()
            self.wfile.write(packed.getvalue())

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(data.fetch, "ARCHIVE", f"http://127.0.0.1:{server.server_port}/{{repository}}/{{commit}}")
    yield asked
    server.shutdown()


def test_a_corpus_is_copied_with_a_record_of_terms_and_hashes(source, tmp_path, capsys):
    out = tmp_path / "raw"
    assert main(["dse", "--from", str(source.parent), "--out", str(out)]) == 0
    assert (out / "dse" / "dataset" / "train.txt").read_bytes() == TRAIN
    assert not (out / "dse" / "dataset" / "notes.md").exists()
    record = json.loads((out / "dse" / "fetched.json").read_text())
    assert record["files"]["dataset/train.txt"] == {"sha256": sha256(TRAIN), "copy": "unknown"}
    corpus = CORPORA["dse"]
    assert (record["commit"], record["licence"], record["commercial"]) == (corpus.COMMIT, corpus.LICENCE, True)
    printed = capsys.readouterr().out
    assert (
        f"warning: dataset/train.txt has a sha256 that is not known ({sha256(TRAIN)[:12]}…): taken as it is" in printed
    )
    assert "warning: 1 known files are not there, first dataset/valid.txt" in printed


@pytest.mark.parametrize(
    ("upstream_hash", "pruned_hash", "copy"),
    [(TRAIN, b"", "upstream"), (b"", TRAIN, "pruned"), (b"a", b"b", "unknown")],
)
def test_each_file_is_known_as_upstream_pruned_or_unknown(source, tmp_path, upstream_hash, pruned_hash, copy):
    known = {"dataset/train.txt": Checksum(sha256(upstream_hash), sha256(pruned_hash))}
    said = fetch_corpus(CORPORA["dse"], source, tmp_path / "out", known)
    record = json.loads((tmp_path / "out" / "fetched.json").read_text())
    assert record["files"]["dataset/train.txt"]["copy"] == copy
    assert ("dataset/train.txt has a sha256 that is not known" in said) is (copy == "unknown")


def test_a_file_without_a_known_hash_is_never_taken_for_known(source, tmp_path):
    assert Checksum("", "").copy(sha256(TRAIN)) == "unknown"
    assert Checksum("", "").copy("") != "upstream"


def test_a_corpus_is_downloaded_from_its_pinned_commit(upstream, tmp_path):
    assert main(["dse", "--out", str(tmp_path / "raw")]) == 0
    assert upstream == [f"/{CORPORA['dse'].REPOSITORY}/{CORPORA['dse'].COMMIT}"]
    files = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert files == ["raw/dse/README.md", "raw/dse/dataset/train.txt", "raw/dse/fetched.json"]
    assert (tmp_path / "raw" / "dse" / "dataset" / "train.txt").read_bytes() == TRAIN


@pytest.mark.parametrize("content", [b"<html>sorry</html>", b""])
def test_a_broken_download_leaves_what_was_there(source, tmp_path, monkeypatch, capsys, content):
    out = tmp_path / "raw"
    assert main(["dse", "--from", str(source.parent), "--out", str(out)]) == 0
    (tmp_path / "archive").write_bytes(content)
    monkeypatch.setattr(data.fetch, "ARCHIVE", (tmp_path / "archive").as_uri() + "?{repository}{commit}")
    assert main(["dse", "--out", str(out)]) == 1
    assert "dse: not fetched: " in capsys.readouterr().err
    assert (out / "dse" / "dataset" / "train.txt").read_bytes() == TRAIN
    assert [path.name for path in out.iterdir()] == ["dse"]


def test_a_link_in_the_place_of_a_corpus_is_replaced_and_what_it_leads_to_kept(source, tmp_path):
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / "mine.txt").write_text("mine")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "dse").symlink_to(clone)
    assert main(["dse", "--from", str(source.parent), "--out", str(tmp_path / "raw")]) == 0
    assert (tmp_path / "raw" / "dse" / "dataset" / "train.txt").read_bytes() == TRAIN
    assert [path.name for path in clone.iterdir()] == ["mine.txt"]


def test_what_cannot_be_fetched_is_said_and_the_rest_fetched(upstream, tmp_path, capsys):
    assert main(["dse", "plv", "--out", str(tmp_path / "raw")]) == 3
    said = capsys.readouterr().err
    assert "plv: not fetched: http://127.0.0.1:" in said
    assert "or clone the repository and copy with --from DIR" in said
    assert (tmp_path / "raw" / "dse" / "fetched.json").exists()
    assert not (tmp_path / "raw" / "plv").exists()


def test_a_folder_without_the_corpus_is_refused(tmp_path, capsys):
    assert main(["plv", "--from", str(tmp_path)]) == 1
    assert f"expected a folder {tmp_path / 'plv'}, found none: put the corpus there" in capsys.readouterr().err
    (tmp_path / "plv").mkdir()
    with pytest.raises(NotFetched, match=r"holds no file like README\.md, datasets/PLV_\*\.tsv"):
        fetch_corpus(CORPORA["plv"], tmp_path / "plv", tmp_path / "out", {})


def test_an_unknown_corpus_is_wrong_usage(capsys):
    assert main(["semeval"]) == 2
    assert "no corpus semeval" in capsys.readouterr().err


def test_the_table_of_hashes_covers_what_the_corpora_name():
    with CHECKSUMS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["corpus"] for row in rows} == set(CORPORA)
    assert all(bool(row["upstream"]) != bool(row["pruned"]) for row in rows)
    assert all(len(row["upstream"] or row["pruned"]) == 64 for row in rows)
    assert {(r["corpus"], r["path"]) for r in rows if r["pruned"]} == {
        ("conflibert_cameo", "data/cameo_class/train.tsv"),
        ("dse", "dataset/train.txt"),
        ("dse", "dataset/valid.txt"),
    }
    assert sum(len(files) for files in read_checksums().values()) == len(rows)
