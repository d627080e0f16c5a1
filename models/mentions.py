"""The learned actor finder: the tagger finds the spans, the tables and rules of `data/actors` say who they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.actors.gazetteer import Gazetteer, Match, default_gazetteer
from data.actors.linking import Linker
from data.actors.phrases import Phrase
from data.actors.resolution import link_phrases, resolve_pronouns
from data.actors.rules import by_sentence, matches_of
from data.actors.spans import names_actor, phrase_of
from data.schema import Article, Mention, Sentence, Span
from data.sentences import unwrapped
from models.tagger import MentionTagger
from models.tagging import TaggedSpan

SHIPPED = Path(__file__).parent / "finder"


class LearnedFinder:
    """Finds mentions with a trained tagger and links them; meets `data.actors.MentionFinder`."""

    def __init__(self, tagger: MentionTagger, gazetteer: Gazetteer | None = None) -> None:
        self.tagger = tagger
        self.gazetteer = gazetteer or default_gazetteer()

    @classmethod
    def load(cls, folder: Path = SHIPPED, gazetteer: Gazetteer | None = None) -> LearnedFinder:
        """Loads a finder from the folder of its tagger; the shipped one by default.

        Raises:
            ModelError: If the folder holds no tagger.
        """
        return cls(MentionTagger.load(folder), gazetteer)

    def find(self, article: Article, sentences: Sequence[Sentence]) -> list[Mention]:
        """Returns the linked mentions of an article, by start; unresolved pronouns are left out."""
        return self.find_all([(article, sentences)])[0]

    def find_all(self, articles: Sequence[tuple[Article, Sequence[Sentence]]]) -> list[list[Mention]]:
        """Returns the mentions of several articles, as `find` does; their spans are found together."""
        plain = [unwrapped(article, sentences) for article, sentences in articles]
        matched = [(article, sentences, matches_of(article, self.gazetteer)) for article, sentences in plain]
        tagged = self.tagger.tag_all(matched)
        found = [self._linked(*parts, spans) for parts, spans in zip(matched, tagged, strict=True)]
        return [
            [replace(mention, text=article.text[mention.start : mention.end]) for mention in mentions]
            for (article, _), mentions in zip(articles, found, strict=True)
        ]

    def _linked(
        self, article: Article, sentences: Sequence[Sentence], matches: Sequence[Match], spans: Sequence[TaggedSpan]
    ) -> list[Mention]:
        inside = {
            sentence.index: found for sentence, found in zip(sentences, by_sentence(sentences, matches), strict=True)
        }
        phrases: list[tuple[Phrase, int]] = []
        for tagged in whole_names(spans, [match for some in inside.values() for match in some]):
            if not names_actor(article.text, tagged.span):
                continue
            phrase = phrase_of(article.text, tagged.span, tagged.kind, inside[tagged.sentence], self.gazetteer.genders)
            phrases.append((phrase, tagged.sentence))
        linker = Linker(self.gazetteer, article, matches, [phrase for phrase, _ in phrases])
        mentions, pronouns = link_phrases(article, phrases, linker)
        return resolve_pronouns(article, sentences, mentions, pronouns, self.gazetteer)


def whole_names(tagged: Sequence[TaggedSpan], matches: Sequence[Match]) -> list[TaggedSpan]:
    """Widens spans that begin or end inside a name of the tables to that name, and joins those that then overlap.

    Args:
        tagged: The spans, each in one sentence.
        matches: The names, each in one sentence too, so that no span is widened past its own.
    """
    starts = {place: match for match in matches for place in range(match.start, match.end)}
    whole: list[TaggedSpan] = []
    for item in tagged:
        first, last = starts.get(item.span.start), starts.get(item.span.end - 1)
        start = min(item.span.start, first.start if first else item.span.start)
        end = max(item.span.end, last.end if last else item.span.end)
        if whole and start < whole[-1].span.end:
            before = whole.pop()
            item = replace(item, span=Span(before.span.start, max(end, before.span.end)))
        else:
            item = replace(item, span=Span(start, end))
        whole.append(item)
    return whole
