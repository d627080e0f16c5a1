"""Links the phrases of an article to actors: names first, then pronouns, then whoever speaks in quotations."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from data.actors.gazetteer import Gazetteer
from data.actors.linking import Linker
from data.actors.phrases import Phrase
from data.actors.pronouns import SPEAKERS, learn_genders, resolve_pronoun
from data.actors.quotes import find_quotations, quoted_spans, touching_spans
from data.schema import Actor, ActorKind, Article, Mention, Sentence

_UNRESOLVED = Actor("", ActorKind.PERSON, linked=False)


def link_phrases(
    article: Article, phrases: Sequence[tuple[Phrase, int]], linker: Linker
) -> tuple[list[Mention], list[tuple[Mention, ActorKind | None]]]:
    """Links the phrases that are no pronouns, in reading order.

    Args:
        article: The article.
        phrases: Each phrase with the index of its sentence, by start.
        linker: The linker of the article.

    Returns:
        The mentions, and the pronouns with the kind of actor that the finder says they mean.
    """
    mentions: list[Mention] = []
    pronouns: list[tuple[Mention, ActorKind | None]] = []
    for phrase, sentence in phrases:
        words = article.text[phrase.start : phrase.end]
        if phrase.form is None:
            pronouns.append((Mention(phrase.start, phrase.end, words, sentence, _UNRESOLVED), phrase.kind))
        elif actor := linker.link(phrase, mentions):
            mentions.append(Mention(phrase.start, phrase.end, words, sentence, actor))
    return mentions, pronouns


def resolve_pronouns(
    article: Article,
    sentences: Sequence[Sentence],
    mentions: Sequence[Mention],
    pronouns: Sequence[tuple[Mention, ActorKind | None]],
    gazetteer: Gazetteer,
) -> list[Mention]:
    """Adds the pronouns whose actor is found, in order; one that means two actors gives two mentions."""
    resolved = list(mentions)
    genders = learn_genders(mentions, [pronoun for pronoun, _ in pronouns], gazetteer.genders.get)
    quoted = quoted_spans(article.text)
    inside = [bool(touching_spans(quoted, p.start, p.start + 1)) for p, _ in pronouns]
    for (pronoun, kind), in_quotation in zip(pronouns, inside, strict=True):
        if not in_quotation and pronoun.text.lower() not in SPEAKERS:
            _add(pronoun, resolve_pronoun(pronoun, kind, resolved, genders, text=article.text), resolved)
    direct = [q for q in find_quotations(article, sentences, resolved) if q.direct]
    for (pronoun, kind), in_quotation in zip(pronouns, inside, strict=True):
        if not in_quotation:
            continue
        quotation = next(iter(touching_spans(direct, pronoun.start, pronoun.start + 1)), None)
        _add(pronoun, resolve_pronoun(pronoun, kind, resolved, genders, quotation, article.text), resolved)
    return resolved


def _add(pronoun: Mention, actors: Sequence[Actor], mentions: list[Mention]) -> None:
    for actor in actors:
        mention = Mention(pronoun.start, pronoun.end, pronoun.text, pronoun.sentence, actor)
        insort(mentions, mention, key=lambda mention: mention.start)
