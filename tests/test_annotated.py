"""What rows of annotated articles and of marked texts say, and that the shipped ones are sound."""

import hashlib
import json
from collections import Counter
from functools import cache

import pytest

from data import annotated, marked
from data.annotated import read_annotated, text_hash
from data.marked import read_marked
from data.schema import Actor, ActorKind, Article, Span, Stance
from data.sentences import split_sentences

TEXT = (
    "Ferries for Lomé\n\n"
    "Norway and Peru thanked Togo on Monday. “Both countries owe us nothing,” envoy Ama Kofi said. No, they did not."
)
ACTORS = {
    "e1": {"name": "Norway", "kind": "state", "country": "NOR"},
    "e2": {"name": "Peru", "kind": "state", "country": "PER"},
    "e3": {"name": "Togo", "kind": "state", "country": "TGO"},
    "e4": {"name": "Ama Kofi", "kind": "person", "country": "TGO", "sector": "GOV", "for": "e3"},
}
TITLE, BODY = "Lima answers", "Peru rebuked Chile over two trawlers. It left."


def place(words, text=TEXT):
    start = text.index(words)
    return [start, start + len(words)]


ROW = {
    "document": "ferries",
    "split": "dev",
    "text": TEXT,
    "actors": ACTORS,
    "mentions": [[*place("Norway"), "e1"], [*place("Both countries"), "e1+e2"], [*place("envoy Ama Kofi"), "e4"]],
    "speech": [[*place("“Both countries owe us nothing,”"), "e4"], [*place("they did not"), ""]],
    "stances": [["e1", "support", "e3"], ["e4", "deny", "e1"]],
}
STANDOFF = {
    "document": "https://w.invalid/lima", "sha256": text_hash(f"{TITLE}\n\n{BODY}"), "split": "test",
    "actors": {"a": ACTORS["e2"]}, "mentions": [[14, 18, "a"]], "speech": [], "stances": [],
}  # fmt: skip
MARKED = {
    "document": "ferries",
    "text": TEXT,
    "mentions": [[*place("Norway"), "state"], [*place("Ama Kofi"), "person"]],
}


def write(folder, rows, name="passages"):
    folder.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def articles(folder, *rows, name="passages"):
    write(folder / "gold", rows, name)
    return list(read_annotated(folder / "raw", folder / "gold"))


def texts(folder, *rows, name="passages"):
    write(folder / "gold", rows, name)
    return list(read_marked(folder / "raw", folder / "gold"))


def wikinews(folder):
    path = folder / "raw" / "wikinews" / "data" / "wikinews_2019.csv"
    path.parent.mkdir(parents=True)
    path.write_text(f'url,date,title,text\n"https://w.invalid/lima",2019-01-02,"{TITLE}","{BODY}"\n', encoding="utf-8")


@cache
def shipped():
    """Every shipped row with the name of its folder, its file and the hash of its text."""
    return [
        (folder.name, path.stem, row.get("sha256") or text_hash(row["text"]), row)
        for folder in (annotated.FOLDER, marked.FOLDER)
        for path in sorted(folder.glob("*.jsonl"))
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]


def test_a_text_is_named_by_the_sha256_of_its_utf_8():
    assert text_hash("Łódź") == hashlib.sha256(b"\xc5\x81\xc3\xb3d\xc5\xba").hexdigest()


def test_a_passage_brings_its_own_text(tmp_path):
    (found,) = articles(tmp_path, ROW)
    assert (found.corpus, found.split, found.article) == ("passages", "dev", Article("ferries", TEXT))
    assert [(m.span.of(TEXT), m.actors) for m in found.mentions] == [
        ("Norway", ("e1",)), ("Both countries", ("e1", "e2")), ("envoy Ama Kofi", ("e4",)),
    ]  # fmt: skip
    assert found.stances == (("e1", Stance.SUPPORT, "e3"), ("e4", Stance.DENY, "e1"))


def test_speech_has_a_speaker_or_nobody(tmp_path):
    (found,) = articles(tmp_path, ROW)
    spoken = [(speech.span.of(TEXT), speech.speaker) for speech in found.speech]
    assert spoken == [("“Both countries owe us nothing,”", ("e4",)), ("they did not", ())]


def test_an_actor_speaks_for_another_of_its_article(tmp_path):
    (found,) = articles(tmp_path, ROW)
    togo = Actor("Togo", ActorKind.STATE, "TGO")
    assert found.actors["e4"] == Actor("Ama Kofi", ActorKind.PERSON, "TGO", "GOV", True, togo)
    assert set(found.actors) == set(ACTORS)


def test_a_body_that_is_no_actor_of_the_article_is_a_state_by_its_code(tmp_path):
    (found,) = articles(tmp_path, ROW | {"actors": ACTORS | {"e4": ACTORS["e4"] | {"for": "BEN"}}})
    assert found.actors["e4"].body == Actor("Benin", ActorKind.STATE, "BEN")
    assert "BEN" not in found.actors


def test_an_article_of_a_corpus_is_found_by_the_hash_of_its_text(tmp_path):
    wikinews(tmp_path)
    (found,) = articles(tmp_path, STANDOFF, name="wikinews")
    assert (found.corpus, found.split) == ("wikinews", "test")
    assert (found.article.text, found.article.title) == (f"{TITLE}\n\n{BODY}", TITLE)
    assert (found.article.published, found.article.url) == ("2019-01-02", "https://w.invalid/lima")
    assert [mention.span.of(found.article.text) for mention in found.mentions] == ["Peru"]


def test_an_article_that_is_not_there_is_left_out(tmp_path):
    assert articles(tmp_path, STANDOFF, name="wikinews") == []
    wikinews(tmp_path)
    assert len(articles(tmp_path, STANDOFF | {"sha256": text_hash("Peru")}, STANDOFF, name="wikinews")) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": "train"}, "split 'train': expected one of dev, test"),
        ({"mentions": [[0, 4, "e9"]]}, "no actor e9 among e1, e2, e3, e4"),
        ({"mentions": [[0, 4, "e1+e9"]]}, "no actor e9"),
        ({"mentions": [[4, 4, "e1"]]}, "expected 0 <= start < end, found start=4, end=4"),
        ({"mentions": [[0, 999, "e1"]]}, f"ends after the text, which has {len(TEXT)} characters"),
        ({"mentions": [[0, 4]]}, "not enough values"),
        ({"speech": [[0, 999, ""]]}, f"ends after the text, which has {len(TEXT)} characters"),
        ({"speech": [[0, 4, "e9"]]}, "no actor e9"),
        ({"stances": [["e1", "praise", "e3"]]}, "'praise' is not a valid Stance"),
        ({"stances": [["e1", "support", "e9"]]}, "no actor e9"),
        ({"actors": {"e1": {"name": "Norway", "kind": "country"}}}, "'country' is not a valid ActorKind"),
        ({"actors": {"e1": {"kind": "state"}}}, "name"),
        ({"actors": {"e1": {"name": "Ama Kofi", "kind": "person", "for": "ZZZ"}}}, "ZZZ"),
        ({"stances": None}, "TypeError"),
        ({"text": None}, "TypeError"),
    ],
)
def test_an_error_in_a_row_names_file_and_line(tmp_path, changes, message):
    with pytest.raises(ValueError, match=r"passages\.jsonl, line 2: ") as error:
        articles(tmp_path, ROW, ROW | changes)
    assert message in str(error.value)


@pytest.mark.parametrize("row", ["{", "", {k: v for k, v in ROW.items() if k != "document"}])
def test_a_row_that_cannot_be_read_at_all_names_file_and_line_too(tmp_path, row):
    with pytest.raises(ValueError, match=r"passages\.jsonl, line 2: "):
        articles(tmp_path, ROW, row)


def test_two_actors_that_speak_for_each_other_are_an_error(tmp_path):
    both = {"e1": ACTORS["e1"] | {"for": "e2"}, "e2": ACTORS["e2"] | {"for": "e1"}}
    with pytest.raises(ValueError, match=r"passages\.jsonl, line 1: "):
        articles(tmp_path, ROW | {"actors": ACTORS | both})


def test_a_marked_passage_has_mentions_with_kinds_and_its_sentences(tmp_path):
    (found,) = texts(tmp_path, MARKED)
    assert found.article.text == TEXT
    assert [(s.of(TEXT), k) for s, k in found.mentions] == [
        ("Norway", ActorKind.STATE), ("Ama Kofi", ActorKind.PERSON),
    ]  # fmt: skip
    assert found.sentences == tuple(split_sentences(Article("", TEXT)))
    assert (found.corpus, found.commercial) == ("passages", True)


def test_a_marked_article_of_wikinews_is_whole(tmp_path):
    wikinews(tmp_path)
    (found,) = texts(tmp_path, {"sha256": STANDOFF["sha256"], "mentions": [[14, 18, "state"]]}, name="wikinews")
    assert found.article.text == f"{TITLE}\n\n{BODY}"
    assert [sentence.text for sentence in found.sentences][:2] == [TITLE, "Peru rebuked Chile over two trawlers."]
    assert (found.corpus, found.commercial) == ("wikinews", True)


@pytest.mark.parametrize(
    ("corpus", "file", "line", "commercial"),
    [
        ("dse", "dataset/train.txt", "[Peru] rebuked [Chile] over a port.\tp\tq\t3\n", True),
        ("conflibert_cameo", "data/cameo_class/train.tsv", "Peru rebuked Chile over a port.\t3\n", False),
    ],
)
def test_a_marked_text_of_another_corpus_is_a_sentence_under_its_terms(tmp_path, corpus, file, line, commercial):
    path = tmp_path / "raw" / corpus / file
    path.parent.mkdir(parents=True)
    path.write_text(line, encoding="utf-8")
    row = {"sha256": text_hash("Peru rebuked Chile over a port."), "mentions": [[0, 4, "state"]]}
    (found,) = texts(tmp_path, {"sha256": text_hash("Peru"), "mentions": []}, row, name=corpus)
    assert (found.article.text, found.corpus) == ("Peru rebuked Chile over a port.", corpus)
    assert found.mentions == ((Span(0, 4), ActorKind.STATE),)
    assert found.commercial is commercial


def test_a_marked_text_that_is_not_there_is_left_out(tmp_path):
    assert texts(tmp_path, {"sha256": STANDOFF["sha256"], "mentions": [[14, 18, "state"]]}, name="wikinews") == []


def test_a_marked_mention_behind_the_text_names_file_and_line(tmp_path):
    with pytest.raises(ValueError, match=rf"passages\.jsonl, line 2: .*after the text of {len(TEXT)} characters"):
        texts(tmp_path, MARKED, MARKED | {"mentions": [[0, 999, "state"]]})


@pytest.mark.parametrize(
    "row",
    [
        MARKED | {"mentions": [[0, 4, "country"]]}, MARKED | {"mentions": [[4, 4, "state"]]},
        MARKED | {"mentions": [[0, 4]]}, MARKED | {"mentions": None}, {"text": TEXT}, {"mentions": []}, "{",
    ],
)  # fmt: skip
def test_every_error_in_a_marked_row_names_file_and_line(tmp_path, row):
    with pytest.raises(ValueError, match=r"passages\.jsonl, line 2: "):
        texts(tmp_path, MARKED, row)


def test_the_shipped_rows_that_carry_their_text_parse(tmp_path):
    carrying = Counter(folder for folder, _, _, row in shipped() if "text" in row)
    found = list(read_annotated(tmp_path))
    assert len(found) == carrying["actors"] >= 60
    assert {article.corpus for article in found} == {"passages"}
    assert {article.split for article in found} == {"dev", "test"}
    assert len(list(read_marked(tmp_path))) == carrying["mentions"] >= 200


def test_the_shipped_mentions_are_whole_words(tmp_path):
    spans = [(a.article.text, m.span) for a in read_annotated(tmp_path) for m in a.mentions]
    spans += [(m.article.text, span) for m in read_marked(tmp_path) for span, _ in m.mentions]
    cut = [
        span.of(text)
        for text, span in spans
        if span.of(text) != span.of(text).strip()
        or text[span.start - 1 : span.start].isalnum()
        or text[span.end : span.end + 1].isalnum()
    ]
    assert cut == []


def test_only_passages_of_the_project_carry_their_text_and_its_name_fits():
    assert {stem for _, stem, _, row in shipped() if "text" in row} == {"passages"}
    assert {stem for _, stem, _, row in shipped() if "text" not in row} == {"dse", "newsmtsc", "seesaw", "wikinews"}
    assert [row["document"] for *_, name, row in shipped() if "text" in row and text_hash(row["text"]) != name] == []


@pytest.mark.parametrize("what", ["text", "document"])
def test_dev_and_test_share_no_text_and_no_document(what):
    names = {"dev": [], "test": []}
    for folder, _, name, row in shipped():
        if folder == "actors":
            names[row["split"]].append(name if what == "text" else row["document"])
    assert min(map(len, names.values())) >= 80
    assert set(names["dev"]) & set(names["test"]) == set()
    assert all(len(set(listed)) == len(listed) for listed in names.values())


def test_no_annotated_text_is_among_those_that_the_tagger_learns_from(tmp_path):
    names = {where: {n for folder, _, n, _ in shipped() if folder == where} for where in ("actors", "mentions")}
    assert names["actors"] & names["mentions"] == set()
    passages = {s.text for a in read_annotated(tmp_path) for s in split_sentences(a.article)}
    assert passages & {s.text for m in read_marked(tmp_path) for s in m.sentences} == set()
