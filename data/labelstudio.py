"""Label Studio: pairs as annotation tasks, and its JSON export as labelled pairs.

A task shows the context and the sentence; actors are regions, a stance and a sentiment are the
labels of a relation from source to target. A pair without a relation is unlabelled, never neutral.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from data.articles import is_unicode
from data.schema import SENTIMENTS, STANCES, Example, Pair, PairSpan, Prediction, Rejection, Sentiment, stance_weights

REGION, TEXT, ACTOR = "actor", "text", "actor"
SENTIMENT_LABELS = {f"sentiment {sentiment}": sentiment for sentiment in SENTIMENTS}
LABELS = (*map(str, STANCES), *SENTIMENT_LABELS)
_BREAK = "\n\n"  # between context and sentence
INTERFACE = "\n".join(
    [
        "<View>",
        '  <Relations choice="multiple">',
        *(f'    <Relation value="{value}"/>' for value in LABELS),
        "  </Relations>",
        f'  <Labels name="{REGION}" toName="{TEXT}">',
        f'    <Label value="{ACTOR}"/>',
        "  </Labels>",
        f'  <Text name="{TEXT}" value="${TEXT}" granularity="symbol"/>',
        "</View>",
        "",
    ]
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A pair to label, with what a model says of it."""

    pair: Pair
    prediction: Prediction


def make_task(suggestions: Sequence[Suggestion], group: str, model: str, score: float) -> dict[str, Any]:
    """Returns one Label Studio task for pairs that share sentence and context.

    Args:
        suggestions: The pairs, each with both sides in the text.
        group: The document, which comes back as the labelled pairs' group.
        model: Name of the model whose predictions are the pre-annotations.
        score: How useful the task is; Label Studio can order tasks by it.
    """
    first = suggestions[0].pair
    shown = f"{first.context}{_BREAK}{first.text}" if first.context else first.text
    start = len(shown) - len(first.text)
    regions: dict[PairSpan, dict[str, Any]] = {}
    relations, pairs = [], []
    for suggestion in suggestions:
        pair, prediction = suggestion.pair, suggestion.prediction
        if (pair.text, pair.context) != (first.text, first.context):
            raise ValueError(f"pair {pair.id} has another text than {first.id}: one task holds one sentence")
        if pair.source is None:
            raise ValueError(f"pair {pair.id} has the author as its source, whom no region can stand for")
        for span in (pair.source, pair.target):
            regions.setdefault(span, _region(span, shown, start, f"a{len(regions) + 1}"))
        source, target = regions[pair.source]["id"], regions[pair.target]["id"]
        pairs.append({"id": pair.id, "source": source, "target": target})
        labels = [str(prediction.stance), f"sentiment {prediction.sentiment}"]
        relations.append(
            {"type": "relation", "from_id": source, "to_id": target, "direction": "right", "labels": labels}
        )
    return {
        "data": {TEXT: shown, "sentence_start": start, "group": group, "pairs": pairs},
        "predictions": [{"model_version": model, "score": round(score, 4), "result": [*regions.values(), *relations]}],
    }


def read_export(path: Path) -> Iterator[Example | Rejection]:
    """Yields the labelled pairs of a Label Studio export in its format "JSON".

    Skipped annotations and tasks without annotation hold no label and yield nothing. Where several
    people annotated a task, the one marked as ground truth counts; without one, a pair to which
    all who labelled it gave one label comes once, and any other is rejected.

    Raises:
        ValueError: If the file is no such export.
    """
    try:
        tasks = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected Label Studio's export in the format JSON, found no JSON: {error}") from None
    if not isinstance(tasks, list):
        raise ValueError(f"{path}: expected a list of tasks, found {type(tasks).__name__}; export in the format JSON")
    for number, raw in enumerate(tasks, start=1):
        try:
            task = _Task.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            yield Rejection(
                path.name,
                f"task {number}: {where}: {first['msg']}",
                "export tasks that models/candidates.py made, in the format JSON (JSON-MIN lacks the relations)",
            )
            continue
        for found in _examples(task):
            if isinstance(found, str):
                yield Rejection(path.name, f"task {task.id}: {found}", "mend it in Label Studio and export again")
            else:
                yield found


def _written(text: str) -> str:
    if not is_unicode(text):
        raise ValueError("it holds half a surrogate pair, which is no character")
    return text


_Text = Annotated[str, AfterValidator(_written)]


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Value(_Loose):
    start: int
    end: int
    text: str | None = None


class _Item(_Loose):
    type: str
    id: str | None = None
    value: Any = None  # a span in a region, anything else in a choice or a comment that a project adds
    from_id: str | None = None
    to_id: str | None = None
    direction: str | None = None
    labels: list[str] | None = None


class _Annotation(_Loose):
    result: list[_Item]
    was_cancelled: bool | None = None
    ground_truth: bool | None = None


class _KnownPair(_Loose):
    id: str
    source: str
    target: str


class _Data(_Loose):
    text: _Text
    sentence_start: int
    group: _Text
    pairs: list[_KnownPair] = Field(default_factory=list)


class _Task(_Loose):
    id: int | str
    data: _Data
    annotations: list[_Annotation]


@dataclass(frozen=True, slots=True)
class _Label:
    """What one annotator says of a pair."""

    id: str
    stance: str
    sentiment: str | None


def _examples(task: _Task) -> Iterator[Example | str]:
    """Yields the labelled pairs of a task, and a reason for each relation that is none."""
    done = [a for a in task.annotations if not a.was_cancelled]
    counting = [a for a in done if a.ground_truth][:1] or done
    said: dict[tuple[PairSpan, PairSpan], list[_Label]] = defaultdict(list)
    for annotation in counting:
        for found in _relations(task, annotation):
            if isinstance(found, str):
                yield found
            else:
                place, label = found
                said[place].append(label)
    for (source, target), labels in said.items():
        if len({(label.stance, label.sentiment) for label in labels}) > 1:
            words = " or ".join(sorted({f"{x.stance} ({x.sentiment or 'no'} sentiment)" for x in labels}))
            who = "annotators disagree" if len(counting) > 1 else "the annotation has two labels"
            yield f"{who} on {labels[0].id}: {words}"
            continue
        label, text = labels[0], task.data.text[task.data.sentence_start :]
        try:
            pair = Pair(label.id, text, source, target, _context(task))
        except ValueError as error:
            yield str(error)
            continue
        sentiment = Sentiment(label.sentiment) if label.sentiment else None
        yield Example(pair, stance_weights(label.stance), sentiment, task.data.group, "own")


def _relations(task: _Task, annotation: _Annotation) -> Iterator[tuple[tuple[PairSpan, PairSpan], _Label] | str]:
    """Yields place and label of every relation of an annotation, or why it is no label."""
    regions = {item.id: item.value for item in annotation.result if item.type == "labels"}
    known = {(pair.source, pair.target): pair.id for pair in task.data.pairs}
    for item in annotation.result:
        if item.type != "relation":
            continue
        try:
            label = _label(item.labels or [])
            forth = (item.from_id, item.to_id)
            for ends in {"left": [forth[::-1]], "bi": [forth, forth[::-1]]}.get(item.direction or "right", [forth]):
                source, target = (_place(task, regions.get(end)) for end in ends)
                if source.in_context and target.in_context:
                    raise ValueError("both its actors stand before the sentence; one at least has to stand in it")
                name = (
                    known.get((str(ends[0]), str(ends[1])))
                    or f"{task.data.group}:task-{task.id}:{_name(source)}:{_name(target)}"
                )
                yield (source, target), _Label(name, *label)
        except ValueError as error:
            yield f"relation {', '.join(item.labels or []) or 'without label'}: {error}"


def _label(labels: Sequence[str]) -> tuple[str, str | None]:
    """Returns the stance and, if there is one, the sentiment among the labels of a relation."""
    if unknown := sorted(set(labels) - set(LABELS)):
        raise ValueError(f"unknown label {unknown[0]!r}, expected some of {', '.join(LABELS)}")
    stances = sorted({label for label in labels if label in STANCES})
    sentiments = sorted({str(SENTIMENT_LABELS[label]) for label in labels if label in SENTIMENT_LABELS})
    if len(stances) != 1 or len(sentiments) > 1:
        raise ValueError(f"expected one stance of {', '.join(STANCES)} and at most one sentiment")
    return stances[0], sentiments[0] if sentiments else None


def _place(task: _Task, region: object) -> PairSpan:
    """Returns where a region stands: in the sentence, or in the context before it."""
    if region is None:
        raise ValueError("it leads from or to a region that was deleted")
    try:
        value = _Value.model_validate(region)
    except ValidationError:
        raise ValueError(f"expected a region with start and end, found {region!r:.60}") from None
    start, end = _code_points(task.data.text, value)
    shift = task.data.sentence_start
    if start >= shift:
        return PairSpan(start - shift, end - shift)
    if end <= len(_context(task)):
        return PairSpan(start, end, in_context=True)
    raise ValueError(f"the region {task.data.text[start:end]!r} reaches from the context into the sentence")


def _code_points(text: str, value: _Value) -> tuple[int, int]:
    """Returns the offsets of a region in code points.

    Label Studio 1.23 counts code points too (seen in its editor and export); where the words do not
    stand there, the offsets are tried as UTF-16 code units, which is how browsers count.
    """
    if value.text is None or text[value.start : value.end] == value.text:
        return value.start, value.end
    units = text.encode("utf-16-le")
    before, words = units[: 2 * value.start], units[2 * value.start : 2 * value.end]
    if words.decode("utf-16-le", "replace") == value.text:
        start = len(before.decode("utf-16-le"))
        return start, start + len(value.text)
    raise ValueError(f"the region {value.text!r} does not stand at {value.start}-{value.end} of the text")


def _context(task: _Task) -> str:
    return task.data.text[: max(0, task.data.sentence_start - len(_BREAK))]


def _region(span: PairSpan, shown: str, sentence_start: int, name: str) -> dict[str, Any]:
    shift = 0 if span.in_context else sentence_start
    start, end = span.start + shift, span.end + shift
    value = {"start": start, "end": end, "text": shown[start:end], "labels": [ACTOR]}
    return {"id": name, "from_name": REGION, "to_name": TEXT, "type": "labels", "value": value}


def _name(span: PairSpan) -> str:
    return f"{'before-' if span.in_context else ''}{span.start}-{span.end}"
