"""Counts how an actor stage agrees with annotated articles; all counts add up over articles.

Coreference is measured by the CoNLL average of MUC, B-cubed and CEAF-e (Pradhan et al., "Scoring
Coreference Partitions of Predicted Mentions", ACL 2014), singletons included.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import numpy as np
from scipy.optimize import linear_sum_assignment

from data.actors.gazetteer import default_gazetteer
from data.actors.words import PRONOUNS
from data.annotated import AnnotatedArticle
from data.schema import Actor, ActorKind, Mention, Quotation, Span, Stance

_BREAK = re.compile(r",(?!\d)| (?:of|for|in|at|from|to|with|against|on|by|who|that)\b(?= )")
_LAST_WORD = re.compile(r"[^\W_][\w’'.&-]*$")
_SPELLINGS = {
    "un": "united nations",
    "us": "united states",
    "uk": "united kingdom",
    "defense": "defence",
    "labor": "labour",
}
_ORGANS = (
    frozenset("army military armed force troop soldier personnel defence".split()),
    frozenset("parliament legislature legislator congress assembly lawmaker national".split()),
    frozenset("police officer law enforcement".split()),
)
_STOP = frozenset("the of and for a an in on to s".split())
Triple = tuple[Actor, Stance, Actor]


def head_of(text: str, span: Span) -> tuple[int, int]:
    """Returns where the head word of a mention stands: its last word before any "of", "for", "in" or comma."""
    words = span.of(text)
    cut = _BREAK.search(words, 1)
    phrase = words[: cut.start()] if cut else words
    word = _LAST_WORD.search(re.sub(r"(?<=\w) \([^)]*\)?$", "", phrase).rstrip("”\"’' .)]"))
    return (span.start + word.start(), span.start + word.end()) if word else (span.start, span.end)


def count_mentions(gold: AnnotatedArticle, found: Sequence[Mention]) -> Counter[str]:
    """Counts mentions found, missed and invented, by head word and by exact span, and who is linked right."""
    text = gold.article.text
    by_head = {head_of(text, m.span): m for m in gold.mentions}
    heads: dict[tuple[int, int], list[Mention]] = defaultdict(list)
    for mention in found:
        heads[head_of(text, Span(mention.start, mention.end))].append(mention)
    spans, gold_spans = {(m.start, m.end) for m in found}, {(m.span.start, m.span.end) for m in gold.mentions}
    counts = Counter(
        mention_right=len(heads.keys() & by_head.keys()), mention_found=len(heads), mention_gold=len(by_head),
        exact_right=len(spans & gold_spans), exact_found=len(spans), exact_gold=len(gold_spans),
    )  # fmt: skip
    seen: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for head, annotated in sorted(by_head.items(), key=lambda item: item[1].span.start):
        words = annotated.span.of(text)
        kind = "pronoun" if words.lower() in PRONOUNS else "short" if is_short(words, seen[annotated.actors]) else ""
        seen[annotated.actors].add(words)
        right = head in heads and same_actors(
            [gold.actors[a] for a in annotated.actors], [m.actor for m in heads[head]]
        )
        if head in heads:
            counts["link_right"] += right
            counts["link_gold"] += 1
        if kind:
            counts[f"{kind}_right"] += right
            counts[f"{kind}_found"] += head in heads
            counts[f"{kind}_gold"] += 1
    return counts


def is_short(words: str, before: Iterable[str]) -> bool:
    """Tells whether a mention is a short form of an earlier one of its actor.

    It is where it has some of the other's words, is an acronym of it, or a common noun ("the
    ministry", "both men") for an actor named before.
    """
    own = _tokens(words)
    for other in before:
        longer = _tokens(other)
        if (len(own) < len(longer) and own <= longer) or (
            len(words) > 1 and _initials(other) == words.replace(".", "")
        ):
            return True
    return bool(words == words.lower() and any(any(map(str.isupper, other)) for other in before))


def count_coreference(gold: AnnotatedArticle, found: Sequence[Mention]) -> Counter[str]:
    """Counts what MUC, B-cubed and CEAF-e are made of; mentions are one where their heads are."""
    text = gold.article.text
    key, response = defaultdict(set), defaultdict(set)
    for annotated in gold.mentions:
        key[tuple(sorted(annotated.actors))].add(head_of(text, annotated.span))
    by_head: dict[tuple[int, int], set[tuple[str, str]]] = defaultdict(set)
    for mention in found:
        by_head[head_of(text, Span(mention.start, mention.end))].add((mention.actor.name, mention.actor.kind))
    for head, actors in by_head.items():
        response[tuple(sorted(actors))].add(head)
    return clusters_counts(list(key.values()), list(response.values()))


def clusters_counts(key: Sequence[set], response: Sequence[set]) -> Counter[str]:
    """Returns numerators and denominators of MUC, B-cubed and CEAF-e of a response against a key."""
    counts: Counter[str] = Counter()
    for name, ours, theirs in (("recall", key, response), ("precision", response, key)):
        home = {mention: index for index, cluster in enumerate(theirs) for mention in cluster}
        for cluster in ours:
            parts = Counter(home[m] for m in cluster if m in home)
            pieces = len(parts) + sum(1 for m in cluster if m not in home)
            counts[f"muc_{name}_right"] += len(cluster) - pieces
            counts[f"muc_{name}_all"] += len(cluster) - 1
            counts[f"b3_{name}_right"] += sum(n * n for n in parts.values()) / len(cluster)  # type: ignore[assignment]
            counts[f"b3_{name}_all"] += len(cluster)
        counts[f"ceafe_{name}_all"] += len(ours)
    if key and response:
        overlap = np.array([[2 * len(k & r) / (len(k) + len(r)) for r in response] for k in key])
        best = overlap[linear_sum_assignment(-overlap)].sum()
        counts["ceafe_recall_right"] = counts["ceafe_precision_right"] = best
    return counts


def count_speakers(gold: AnnotatedArticle, found: Sequence[Quotation]) -> Counter[str]:
    """Counts stretches of speech whose speaker is right, direct and indirect apart.

    A stretch is found where a stretch of the stage covers half of it; speech whose annotation
    names no speaker is left out.
    """
    counts: Counter[str] = Counter()
    text = gold.article.text
    for speech in gold.speech:
        if not speech.speaker:
            continue
        kind = (
            "direct" if re.search(r"[\"“”]", text[max(0, speech.span.start - 1) : speech.span.end + 1]) else "indirect"
        )
        covering = max(found, key=lambda q: _shared(speech.span, q), default=None)
        hit = covering is not None and _shared(speech.span, covering) * 2 >= speech.span.end - speech.span.start
        speaker = covering.speaker if covering and hit else None
        right = speaker is not None and same_actors([gold.actors[a] for a in speech.speaker], [speaker.actor])
        for name in ("speaker", f"{kind}_speaker"):
            counts[f"{name}_right"] += right
            counts[f"{name}_found"] += hit
            counts[f"{name}_gold"] += 1
    return counts


def count_stances(gold: AnnotatedArticle, found: Iterable[Triple]) -> Counter[str]:
    """Counts the stances of a whole article, each (holder's body, stance, target's body) once."""
    wanted = _distinct((gold.actors[s], stance, gold.actors[t]) for s, stance, t in gold.stances)
    given = _distinct(found)
    right, left = 0, list(wanted)
    for triple in given:
        hit = next((w for w in left if w[1] == triple[1] and _same(w[0], triple[0]) and _same(w[2], triple[2])), None)
        if hit:
            left.remove(hit)
            right += 1
    return Counter(stance_right=right, stance_found=len(given), stance_gold=len(wanted))


def same_actors(gold: Sequence[Actor], found: Sequence[Actor]) -> bool:
    """Tells whether the actors found are those annotated, in any order."""
    return len(gold) == len(found) and all(any(_same(g, f) for f in found) for g in gold)


def _same(gold: Actor, found: Actor) -> bool:
    """Tells whether two actors are one: names that agree, and countries that do not differ."""
    if gold.country and found.country and gold.country != found.country:
        return False
    if (gold.kind is ActorKind.PERSON) is not (found.kind is ActorKind.PERSON):
        return False
    one, other = _normal(gold.name), _normal(found.name)
    if one == other or _canonical(gold.name) == _canonical(found.name):
        return True
    if _is_acronym(found.name, gold.name) or _is_acronym(gold.name, found.name):
        return True
    a, b = _tokens(gold.name) - _nations(), _tokens(found.name) - _nations()
    organs = gold.kind is found.kind is ActorKind.STATE and (gold.country, gold.sector) == (found.country, found.sector)
    if organs and any(
        a and b and b <= organ and (a <= organ or (len(a) == 1 and gold.sector == "LEG")) for organ in _ORGANS
    ):
        return True  # one army, one parliament, one police: "Riksdag" and "Swedish parliament"
    if gold.name[:1].islower() or found.name[:1].islower() or gold.kind in (ActorKind.STATE, ActorKind.GROUP):
        return bool(a and b) and (len(a & b) * 2 >= len(a | b) or a <= b or b <= a)
    return min(len(a), len(b)) > 1 and (a <= b or b <= a)


def body_of(actor: Actor, other: Actor) -> Actor:
    """Returns the body that an actor speaks for towards another; itself where both speak for the same one."""
    return actor if actor.body == other.body else actor.body


def _distinct(triples: Iterable[Triple]) -> list[Triple]:
    kept: list[Triple] = []
    for source, stance, target in triples:
        triple = (body_of(source, target), stance, body_of(target, source))
        if not any(triple[1] == k[1] and _same(k[0], triple[0]) and _same(k[2], triple[2]) for k in kept):
            kept.append(triple)
    return kept


def _shared(span: Span, quotation: Quotation) -> int:
    return max(0, min(span.end, quotation.end) - max(span.start, quotation.start))


def _normal(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", re.sub(r"[.’']", "", plain.casefold()))
    words = [part for word in words for part in _SPELLINGS.get(word, word).split()]
    return " ".join(words[1:] if words[:1] == ["the"] else words)


def _tokens(name: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in _normal(name).split()) - _STOP


def _initials(name: str) -> str:
    return "".join(word[0] for word in re.findall(r"[^\W_]+", name) if word[0].isupper())


def _acronyms(name: str) -> set[str]:
    """The acronyms of a name of two words or more, with and without the "United States" or "US" before it."""
    short = re.sub(r"^(?:United States|US|U\.S\.) ", "", name)
    return {letters for letters in (_initials(name), _initials(short)) if len(letters) > 1}


def _canonical(name: str) -> str:
    """Returns the name under which the tables know a person or an organisation, else the name itself."""
    gazetteer = default_gazetteer()
    if persons := gazetteer.persons_named(name):
        return persons[0].actor.name
    listed = gazetteer.actor_named(name)
    return listed.name if listed else name


def _is_acronym(short: str, name: str) -> bool:
    letters = re.sub(r"\W", "", short)
    return letters.isupper() and len(letters) > 1 and any(_abbreviates(letters, full) for full in _acronyms(name))


def _abbreviates(letters: str, full: str) -> bool:
    """Tells whether letters are an acronym, or three of it or more without its first or last word."""
    return letters == full or (len(letters) > 2 and (full.startswith(letters) or full.endswith(letters)))


@cache
def _nations() -> frozenset[str]:
    """The words of the names and adjectives of states, which say whose a body is and not what."""
    gazetteer = default_gazetteer()
    names = [*gazetteer.demonyms.values(), *(actor.name for actor in gazetteer.states.values()), "US", "UK"]
    return frozenset(word for name in names for word in _tokens(name))


def measures(counts: Mapping[str, float]) -> dict[str, float]:
    """Turns counts into per cent: F1 with precision and recall, accuracies, the CoNLL average."""
    result: dict[str, float] = {}
    for name in ("mention", "exact", "stance"):
        precision, recall = _share(counts, name, "found"), _share(counts, name, "gold")
        result |= {f"{name}_precision": precision, f"{name}_recall": recall, f"{name}_f1": _f1(precision, recall)}
    for name in ("link", "pronoun", "short", "speaker", "direct_speaker", "indirect_speaker"):
        result[f"{name}_accuracy"] = _share(counts, name, "gold")
    for name in ("pronoun", "short", "speaker"):
        result[f"{name}_accuracy_of_found"] = _share(counts, name, "found")
    both = Counter({k: counts.get(f"pronoun_{k}", 0) + counts.get(f"short_{k}", 0) for k in ("right", "found", "gold")})
    result["resolution"] = 100 * both["right"] / both["gold"] if both["gold"] else 0.0
    result["resolution_of_found"] = 100 * both["right"] / both["found"] if both["found"] else 0.0
    for name in ("muc", "b3", "ceafe"):
        parts = [
            100 * counts.get(f"{name}_{side}_right", 0) / (counts.get(f"{name}_{side}_all", 0) or 1)
            for side in ("precision", "recall")
        ]
        result[f"{name}_f1"] = _f1(*parts)
    result["conll_f1"] = (result["muc_f1"] + result["b3_f1"] + result["ceafe_f1"]) / 3
    return result


def _share(counts: Mapping[str, float], name: str, of: str) -> float:
    total = counts.get(f"{name}_{of}", 0)
    return 100 * counts.get(f"{name}_right", 0) / total if total else 0.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
