"""The records of the contract: one stance of a source towards a target, with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from data.pairs import ArticlePair
from data.schema import SENTIMENTS, Actor, Article, Mention, Pair, Prediction, Stance

_DIGITS = 4
_ACTOR_FIELDS = ("text", "start", "end", "name", "kind", "country", "sector", "linked")
_BODY_FIELDS = ("name", "kind", "country", "sector", "linked")
DYAD_FIELDS = (
    "article_id", "published", "source_name", "source_country", "target_name", "target_country", "stance", "count",
    "mean_confidence",
)  # fmt: skip

Record = dict[str, Any]


def shown(probability: float) -> float:
    """Returns a probability as records show it."""
    return round(probability, _DIGITS)


def make_record(article: Article, found: ArticlePair, prediction: Prediction, model: str) -> Record:
    """Builds the record of a pair and its prediction; offsets are into the article's text."""
    stance = prediction.stance
    speaker = found.quotation.speaker if found.quotation else None
    return {
        "article_id": article.id,
        "title": article.title,
        "published": article.published,
        "url": article.url,
        "sentence_index": found.sentence.index,
        "sentence": found.sentence.text,
        "sentence_start": found.sentence.start,
        "sentence_end": found.sentence.end,
        "source": _side(found.source),
        "target": _side(found.target),
        "stance": str(stance),
        "confidence": shown(prediction.probabilities[stance]),
        "probabilities": {str(s): shown(p) for s, p in prediction.probabilities.items()},
        "sentiment": str(prediction.sentiment),
        "sentiment_probabilities": {str(s): shown(p) for s, p in prediction.sentiment_probabilities.items()},
        "quoted": found.quotation is not None and found.quotation.direct,
        "speaker": speaker.actor.name if speaker else None,
        "story_cluster": None,
        "model": model,
    }


def pair_record(pair: Pair, prediction: Prediction) -> Record:
    """Builds the record of a given pair: its id, both labels and all probabilities."""
    return {
        "id": pair.id,
        "stance": str(prediction.stance),
        "probabilities": {str(s): round(p, 6) for s, p in prediction.probabilities.items()},
        "sentiment": str(prediction.sentiment),
        "sentiment_probabilities": {str(s): round(p, 6) for s, p in prediction.sentiment_probabilities.items()},
        "truncated": prediction.truncated,
    }


def author_record(article: Article, actor: Actor, predictions: Sequence[Prediction], model: str) -> Record:
    """Builds the record of the author's sentiment towards an actor, the mean over its mentions."""
    mean = {s: sum(p.sentiment_probabilities[s] for p in predictions) / len(predictions) for s in SENTIMENTS}
    return {
        "article_id": article.id,
        "published": article.published,
        "target": _actor(actor),
        "sentiment": str(max(mean, key=mean.__getitem__)),
        "sentiment_probabilities": {str(s): shown(p) for s, p in mean.items()},
        "mentions": len(predictions),
        "model": model,
    }


def keep_best(records: Iterable[Record]) -> list[Record]:
    """Keeps one record per sentence, canonical source, canonical target and stance: the most certain."""
    best: dict[tuple[Any, ...], Record] = {}
    for record in records:
        source, target = record["source"], record["target"]
        key = (
            record["sentence_index"], source["name"], source["kind"], target["name"], target["kind"], record["stance"]
        )  # fmt: skip
        if key not in best or record["confidence"] > best[key]["confidence"]:
            best[key] = record
    return sorted(
        best.values(),
        key=lambda r: (
            r["sentence_start"],
            r["source"]["start"],
            r["target"]["start"],
            r["stance"],
            r["source"]["name"],
            r["target"]["name"],
        ),  # one pronoun may mean two actors
    )


def flatten(record: Mapping[str, Any]) -> Record:
    """Returns a record with one column a value: `source_name`, `source_on_behalf_of_name`, ..."""
    flat: Record = {}
    for name, value in record.items():
        if name in ("source", "target"):
            flat |= {f"{name}_{field}": value[field] for field in _ACTOR_FIELDS}
            body = value["on_behalf_of"] or {}
            flat |= {f"{name}_on_behalf_of_{field}": body.get(field) for field in _BODY_FIELDS}
        elif isinstance(value, Mapping):
            prefix = "probability" if name == "probabilities" else "sentiment_probability"
            flat |= {f"{prefix}_{label}": p for label, p in value.items()}
        else:
            flat[name] = value
    return flat


def dyads(records: Iterable[Mapping[str, Any]]) -> Iterator[Record]:
    """Counts the stances of one article between bodies: the state that a minister speaks for, and so on.

    A body counts once a sentence, by its most certain record.
    """
    certain: dict[tuple[Any, ...], dict[int, float]] = {}
    for record in records:
        if record["stance"] == Stance.NEUTRAL:
            continue
        source = record["source"]["on_behalf_of"] or record["source"]
        target = record["target"]["on_behalf_of"] or record["target"]
        if (source["name"], source["kind"]) == (target["name"], target["kind"]):
            continue
        key = (
            record["article_id"], record["published"], source["name"], source["country"], target["name"],
            target["country"], record["stance"],
        )  # fmt: skip
        sentences = certain.setdefault(key, {})
        index = record["sentence_index"]
        sentences[index] = max(sentences.get(index, 0.0), record["confidence"])
    for key, sentences in certain.items():
        mean = sum(sentences.values()) / len(sentences)
        yield dict(zip(DYAD_FIELDS, (*key, len(sentences), shown(mean)), strict=True))


def _side(mention: Mention) -> Record:
    actor = mention.actor
    body = actor.on_behalf_of
    return {
        "text": mention.text,
        "start": mention.start,
        "end": mention.end,
        **_actor(actor),
        "on_behalf_of": _actor(body) if body else None,
    }


def _actor(actor: Actor) -> Record:
    return {
        "name": actor.name,
        "kind": str(actor.kind),
        "country": actor.country,
        "sector": actor.sector,
        "linked": actor.linked,
    }
