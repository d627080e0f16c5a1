import json
import re
from html.parser import HTMLParser

import pytest

from data.schema import Article
from models.report import Sample, write_report
from models.report.packing import pack
from models.report.page import ASSETS, embed
from models.score import main

MANIFEST = {
    "model": "models/default",
    "versions": {"visavis": "0.1.0"},
    "options": {"threshold": 0.7, "format": "jsonl"},
    "time": {"finished": "2024-05-01T00:00:00+0000"},
}
OFFSETS = ("sentence_start", "sentence_end", "source_start", "source_end", "target_start", "target_end")


class _Page(HTMLParser):
    """Gathers what a page loads and the JSON that it holds."""

    def __init__(self, path):
        super().__init__(convert_charrefs=False)
        self.tags, self.json, self.script = [], [], None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.script = dict(attributes).get("type") if tag == "script" else None

    def handle_endtag(self, tag):
        self.script = None

    def handle_data(self, text):
        if self.script == "application/json":
            self.json.append(json.loads(text))


def side(text, name, kind="state", country=None, linked=True, body=None, start=0):
    at = text.index(name, start)
    return {
        "text": name, "start": at, "end": at + len(name), "name": name, "kind": kind, "country": country,
        "sector": None, "linked": linked, "on_behalf_of": body,
    }  # fmt: skip


def record(text, source, target, stance="condemn", confidence=0.9, **more):
    return {
        "sentence_start": 0, "sentence_end": len(text), "source": source, "target": target, "stance": stance,
        "confidence": confidence, "quoted": False, "speaker": None, "story_cluster": None, "sentiment": "negative",
        "probabilities": {"condemn": 0.9, "support": 0.05, "deny": 0.03, "neutral": 0.02}, **more,
    }  # fmt: skip


def stance(name="a", words="Chad accused Togo."):
    return Article(name, words), [record(words, side(words, "Chad"), side(words, "Togo"))]


def utf16(text, start, end):
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def test_every_run_writes_a_report_of_its_records(scored, records, texts):
    page = _Page(scored / "report.html")
    data, chunks = page.json[0], page.json[1:]
    shown = [r for r in records if r["stance"] != "neutral"]
    assert len(data["stances"]["stance"]) == len(shown) > 5
    held = dict(zip(data["articles"]["id"], (text for chunk in chunks for text in chunk), strict=True))
    assert held == {name: texts[name] for name in {r["article_id"] for r in shown}}
    for i, r in enumerate(shown):
        text = held[data["articles"]["id"][data["stances"]["article"][i]]]
        places = [data["stances"][name][i] for name in OFFSETS]
        quoted = [utf16(text, *places[at : at + 2]) for at in (0, 2, 4)]
        assert quoted == [r["sentence"], r["source"]["text"], r["target"]["text"]]
        assert data["stances"]["confidence"][i] == round(r["confidence"] * 10_000)
        assert data["actors"]["name"][data["stances"]["source"][i]] == r["source"]["name"]
    assert any(ord(character) > 0xFFFF for text in held.values() for character in text)


def test_the_report_can_be_left_out_and_one_of_an_earlier_run_goes(articles, tiny_model, tmp_path):
    arguments = [str(articles / "wire.jsonl"), "--out", str(tmp_path), "--model", str(tiny_model)]
    assert main(arguments) == 0
    assert (tmp_path / "report.html").exists()
    assert main([*arguments, "--no-report"]) == 0
    assert not (tmp_path / "report.html").exists()
    assert (tmp_path / "stances.jsonl").exists()


def test_explained_words_are_words_of_the_evidence(articles, tiny_model, tmp_path):
    arguments = [str(articles / "wire.jsonl"), "--out", str(tmp_path), "--model", str(tiny_model)]
    assert main([*arguments, "--explain"]) == 0
    data, texts = _Page(tmp_path / "report.html").json[:2]
    assert set(data["words"]) == {str(i) for i in range(len(data["stances"]["stance"]))} != set()
    for i, words in data["words"].items():
        s = {name: column[int(i)] for name, column in data["stances"].items()}
        for start, end, _ in words:
            assert s["sentence_start"] <= start < end <= s["sentence_end"]
            assert re.fullmatch(r"\w+", texts[s["article"]][start:end])


def test_the_page_loads_nothing_and_forbids_it(scored):
    page = _Page(scored / "report.html")
    assert not [tag for tag, attributes in page.tags if {"src", "action", "background"} & set(attributes)]
    assert not [tag for tag, attributes in page.tags if tag in ("link", "iframe", "img", "object", "embed", "base")]
    policy = next(a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize("hostile", ["</script><script>alert(1)</script>", "<!--<script>", "a & b < c > d \u2028 '\""])
def test_no_text_ends_the_element_that_holds_it(hostile):
    embedded = str(embed([hostile]))
    assert "<" not in embedded
    assert json.loads(embedded) == [hostile]


def test_an_article_of_a_bounded_sample_stands_there_whole_and_every_run_draws_the_same():
    def drawn(order):
        sample = Sample(stances=7)
        for n in order:
            article, records = stance(f"a{n}")
            sample.add(article, records * 2)
        return sample, {article.id: len(records) for article, records in sample.articles()}

    (sample, kept), (_, again) = drawn(range(40)), drawn(reversed(range(40)))
    assert kept == again
    assert set(kept.values()) == {2}
    assert sample.kept == sum(kept.values()) == 6
    assert sample.counts["condemn"] == 80
    assert sample.counts["articles"] == 40


def test_a_sample_is_bounded_by_its_texts_too_and_keeps_an_article_that_is_larger():
    sample = Sample(characters=10)
    for n in range(5):
        sample.add(*stance(f"a{n}"))
    assert len(list(sample.articles())) == 1


def test_a_report_that_leaves_stances_out_says_how_many_and_where_they_are(tmp_path):
    sample = Sample(stances=10)
    for n in range(1200):
        sample.add(*stance(f"a{n}"))
    write_report(tmp_path / "report.html", sample, MANIFEST)
    notice = re.search(r'<p class="notice".*?</p>', (tmp_path / "report.html").read_text("utf-8"))[0]
    assert "10 of 1,200 stances" in notice
    assert "1,190 are left out" in notice
    assert "--format parquet" in notice
    whole = Sample()
    whole.add(*stance())
    write_report(tmp_path / "whole.html", whole, MANIFEST)
    assert 'class="notice"' not in (tmp_path / "whole.html").read_text("utf-8")


def test_neutral_pairs_are_counted_as_articles_but_not_shown():
    words = "Chad met Togo."
    sample = Sample()
    sample.add(Article("a", words), [record(words, side(words, "Chad"), side(words, "Togo"), "neutral")])
    assert (sample.kept, sample.counts["articles"], sample.counts["with_stances"]) == (0, 1, 0)


@pytest.mark.parametrize(
    ("actor", "state"),
    [
        ({"name": "Kenya", "country": "KEN"}, "Kenya"),
        ({"name": "W. Ruto", "kind": "person", "country": "KEN", "body": ("Kenya", "state")}, "Kenya"),
        ({"name": "Harbour Watch", "kind": "ngo", "country": "KEN"}, "Kenya (non-state)"),
        ({"name": "United Nations", "kind": "igo"}, "United Nations"),
        ({"name": "A. Guterres", "kind": "person", "body": ("United Nations", "igo")}, "United Nations"),
        ({"name": "villagers", "kind": "group", "linked": False}, "other actors"),
    ],
)
def test_states_stand_for_their_governments_and_not_for_everybody_in_them(actor, state):
    text = f"{actor['name']} accused Togo."
    body = actor.pop("body", None)
    source = side(text, actor["name"], **{k: v for k, v in actor.items() if k != "name"})
    source["on_behalf_of"] = body and {"name": body[0], "kind": body[1]}
    packed = pack([(Article("a", text), [record(text, source, side(text, "Togo", country="TGO"))])])
    assert packed["actors"]["state"] == [state, "Togo"]


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [":root", ':root[data-theme="dark"]'])
def test_words_stand_out_from_every_ground_as_wcag_asks(theme):
    style = (ASSETS / "style.css").read_text(encoding="utf-8")
    block = style[style.index(f"\n{theme} {{" if "dark" in theme else f"{theme} {{") :].split("}")[0]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for ground in ("paper", "ground", "raised"):
        for ink in ("ink", "muted", "condemn", "support", "deny"):
            light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)
    for stance in ("condemn", "support", "deny"):
        light, dark = sorted((luminance(colours["ink"]), luminance(colours[f"{stance}-tint"])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 7, stance
