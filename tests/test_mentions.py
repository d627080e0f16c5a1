"""What the shipped mention finder finds in invented articles, and how a tagger is trained, saved and loaded."""

import json
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from data.actors.gazetteer import Form, default_gazetteer
from data.actors.spans import phrase_of
from data.marked import read_marked
from data.pairs import generate_pairs
from data.schema import ActorKind, Article, Span
from data.sentences import split_sentences
from data.standoff import CorpusSentence
from models import tagger as tagger_module
from models.classifier import ModelError
from models.mentions import LearnedFinder, whole_names
from models.tagger import MentionTagger, teaching_loss
from models.tagging import KINDS, TaggedSpan
from train.tagging import Settings, train_tagger

STORY = (
    "Norwegian Foreign Minister Kari Moen accused Peru on Monday of seizing two trawlers. "
    "The two countries have traded complaints for a year. “We want our boats back,” Moen told reporters in Oslo. "
    "She said the Harbour Guard Union had warned her. It declined to comment."
)


@pytest.fixture(scope="module")
def finder():
    return LearnedFinder.load()


@pytest.fixture(scope="module")
def found(finder):
    article = Article("a", STORY)
    return [(m.text, m.actor.name) for m in finder.find(article, split_sentences(article))]


def test_a_minister_is_found_with_title_and_linked(found):
    assert found[0] == ("Norwegian Foreign Minister Kari Moen", "Kari Moen")
    assert ("Moen", "Kari Moen") in found
    assert ("She", "Kari Moen") in found


def test_the_two_countries_are_two_mentions_in_one_place(found):
    assert [name for words, name in found if words == "two countries"] == ["Norway", "Peru"]


def test_a_body_that_no_table_has_is_found_by_its_own_name(found):
    assert ("Harbour Guard Union", "Harbour Guard Union") in found


def test_a_place_is_no_mention(found):
    assert "Oslo" not in [words for words, _ in found]


@pytest.mark.parametrize(
    ("published", "name"), [("2019-05-01", "Angela Merkel"), ("2023-05-01", "Olaf Scholz"), (None, "German chancellor")]
)
def test_an_office_is_whoever_held_it_on_the_articles_day_and_nobody_without_one(finder, published, name):
    article = Article("a", "The German chancellor thanked Norway on Friday.", published=published)
    mentions = finder.find(article, split_sentences(article))
    assert [m.actor.name for m in mentions if "chancellor" in m.text] == [name]


WORDS = [
    "Norway",
    "the Kremlin",
    "Kari Moen",
    "Mr. Ruiz",
    "İzmir",
    "NATO",
    "they",
    "a spokesman",
    "said",
    "“we",
    "”",
    ", ",
]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30))
def test_every_mention_quotes_the_text_inside_one_sentence(finder, words):
    text = " ".join(words) + "."
    article = Article("a", text)
    sentences = split_sentences(article)
    position = (0, 0)
    for mention in finder.find(article, sentences):
        sentence = sentences[mention.sentence]
        assert text[mention.start : mention.end] == mention.text != ""
        assert sentence.start <= mention.start < mention.end <= sentence.end
        assert (mention.start, mention.end) == position or mention.start >= position[1]
        position = (mention.start, mention.end)


@pytest.mark.parametrize("shift", range(0, 15, 2))
def test_a_name_across_the_cut_of_a_long_list_stays_inside_its_sentences(finder, shift):
    names = ["the United Kingdom", "the United States", "South Korea", "Saudi Arabia", "the United Arab Emirates"]
    article = Article("a", f"{'x' * shift} The ministers of {', '.join(20 * names)} condemned Israel.")
    sentences = split_sentences(article)
    assert len(sentences) == 2
    mentions = finder.find(article, sentences)
    assert mentions
    assert all(sentences[m.sentence].start <= m.start < m.end <= sentences[m.sentence].end for m in mentions)
    pairs = list(generate_pairs(article, sentences, mentions, []))
    assert all(found.pair.side(found.pair.target) for found in pairs)


def test_a_name_that_a_line_end_cuts_is_the_actor_and_quotes_the_text(finder):
    body = (
        "The government of Norway condemned the closing of the ports by Saudi\n"
        "Arabia on Monday, and on the evening of the same day it thanked United\n"
        "Nations officials for their patience. It will say more about that soon."
    )
    article = Article("a", body)
    assert len(split_sentences(article)) == 2
    found = {m.actor.name: (m.text, m.actor.linked) for m in finder.find(article, split_sentences(article))}
    assert found["Saudi Arabia"] == ("Saudi\nArabia", True)
    assert any(name.startswith("United Nations") and linked for name, (_, linked) in found.items())


def test_an_organisation_that_the_tagger_takes_for_a_person_is_the_organisation():
    article = Article("a", "Renamo accused Frelimo. Ana Haaretz spoke to Haaretz.")
    matches = default_gazetteer().search(article.text)
    for words, kind in (("Renamo", ActorKind.PARTY), ("Frelimo", ActorKind.PARTY)):
        start = article.text.index(words)
        phrase = phrase_of(article.text, Span(start, start + len(words)), ActorKind.PERSON, matches)
        assert (phrase.form, phrase.kind) == (Form.ORGANISATION, kind)
    start = article.text.rindex("Haaretz")
    assert phrase_of(article.text, Span(start, start + 7), ActorKind.PERSON, matches).form is Form.PERSON


def test_an_empty_article_has_no_mentions(finder):
    assert finder.find(Article("a", "x"), []) == []


def test_a_span_that_splits_a_name_of_the_tables_takes_it_whole():
    text = "North Korean troops left."
    matches = default_gazetteer().search(text)
    split = [TaggedSpan(Span(0, 5), 0, ActorKind.STATE), TaggedSpan(Span(6, 19), 0, ActorKind.STATE)]
    assert [item.span for item in whole_names(split, matches)] == [Span(0, 19)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("tagger")
    rows = [t for t in read_marked(folder) if t.corpus == "passages"]
    assert rows, "the written passages carry their text"
    return train_tagger(Settings(epochs=1, layers=2, limit=12), folder, folder / "out"), folder / "out"


def test_a_trained_tagger_loads_as_it_was_saved(trained):
    tagger, folder = trained
    article = Article("a", STORY)
    sentences = split_sentences(article)
    matches = default_gazetteer().search(STORY)
    again = MentionTagger.load(folder)
    assert again.tag(article, sentences, matches) == tagger.tag(article, sentences, matches)
    assert again.config.layers == 2


def test_only_what_was_trained_is_saved(trained):
    _, folder = trained
    names = set(load_file(folder / "model.safetensors"))
    assert {int(name.split(".")[3]) for name in names if name.startswith("encoder.encoder.layer.")} == {0, 1}
    assert not [name for name in names if "word_embeddings" in name]


def test_what_a_teacher_says_of_sentences_without_labels_is_learnt(trained, monkeypatch, capsys):
    _, folder = trained
    sentences = [CorpusSentence("d", f"Kari Moen of Togo praised Peru {n} times.", "", True, "MIT") for n in range(30)]
    corpus = SimpleNamespace(COMMERCIAL=True, sentences=lambda folder, split: sentences * (split == "train"))
    monkeypatch.setattr("train.tagging.CORPORA", {"own": corpus})
    steps = []
    monkeypatch.setattr(tagger_module, "teaching_loss", lambda *given: steps.append(given) or teaching_loss(*given))
    asked = Settings(epochs=2, layers=1, teacher=folder, limit=12)
    taught = train_tagger(asked, folder.parent, folder.parent / "taught")
    assert "12 without labels" in capsys.readouterr().out
    assert len(steps) == 2  # a batch an epoch
    assert all((tags.shape[-1], kinds.shape[-1]) == (3, len(KINDS)) for _, _, tags, kinds in steps)
    assert taught.config.layers == 1


def test_teaching_costs_nothing_where_teacher_and_student_agree_and_kinds_count_inside_mentions_alone():
    torch.manual_seed(1)
    tags, kinds, mask = torch.randn(2, 5, 3), torch.randn(2, 5, len(KINDS)), torch.ones(2, 5)
    mask[1, 3:] = 0
    student = {"tag_logits": tags + 1, "kind_logits": kinds - 2}  # the same distributions
    assert teaching_loss(student, mask, tags, kinds) == pytest.approx(0, abs=1e-6)
    outside = torch.tensor([50.0, 0.0, 0.0]).expand(2, 5, 3)
    other = {"tag_logits": outside, "kind_logits": torch.randn_like(kinds)}
    assert teaching_loss(other, mask, outside, kinds) == pytest.approx(0, abs=1e-6)
    inside = torch.tensor([0.0, 50.0, 0.0]).expand(2, 5, 3)
    assert teaching_loss(other | {"tag_logits": inside}, mask, inside, kinds) > 0.1


@pytest.mark.parametrize(
    "change", [{"format": 9}, {"kinds": ["state"]}, {"layers": 1}, {"layers": 3}, {"colour": "red"}]
)
def test_a_folder_that_does_not_fit_is_refused(trained, tmp_path, change):
    _, folder = trained
    config = json.loads((folder / "config.json").read_text()) | change
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    with pytest.raises(ModelError):
        MentionTagger.load(tmp_path)


def test_a_folder_without_a_tagger_is_refused(tmp_path):
    with pytest.raises(ModelError, match="config"):
        MentionTagger.load(tmp_path)
