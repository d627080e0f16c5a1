"""The measures that were published for each corpus: what is asked of a model, and how its answer counts.

Every case of an official split counts, also where the corpus does not say where its actors stand:
then their names are put before the sentence, as context, and stand for their mentions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from data.built import BUILT, is_current, read_built, read_gold
from data.corpora import dse, newsmtsc, plv, seesaw
from data.duplicates import normal_sentence
from data.pairs import named_pair
from data.schema import STANCES, Pair, PairSpan, Prediction, Sentiment, Span
from data.splits import SPLITS

_POSITIVE, _NEGATIVE, _NEUTRAL = Sentiment.POSITIVE, Sentiment.NEGATIVE, Sentiment.NEUTRAL
CONFLICT = frozenset(
    ("REQUEST", "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT")
)


@dataclass(frozen=True, slots=True)
class Case:
    """A row of an official split.

    Attributes:
        label: The label it has.
        pairs: The pairs that a model is asked about.
        sentence: Its sentence; cases of one sentence are drawn together when an interval is estimated.
        clean: Whether the sentence stands in no earlier split of the corpus.
        literal: Whether all its actors stand in the sentence or its context.
    """

    label: str
    pairs: tuple[Pair, ...]
    sentence: str
    clean: bool = True
    literal: bool = True


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A corpus as it is measured.

    Attributes:
        labels: Its labels, over which macro-F1 is the mean.
        cases: Reads the cases of a split from the corpus's folder under `data/raw`.
        decide: The label that the predictions on a case's pairs amount to.
        folder: Name of the corpus's folder.
    """

    labels: tuple[str, ...]
    cases: Callable[[Path, str], list[Case]]
    decide: Callable[[Sequence[Prediction]], str]
    folder: str


def benchmarks() -> dict[str, Benchmark]:
    """Returns the benchmarks by the names of the contract."""
    sentiments = ("negative", "neutral", "positive")
    return {
        "dse": Benchmark(tuple(dse.LABELS), _dse, five_classes, dse.NAME),
        "seesaw": Benchmark(("NEG", "POS"), _seesaw, polarity, seesaw.NAME),
        "newsmtsc-rw": Benchmark(sentiments, _newsmtsc("rw"), _sentiment, newsmtsc.NAME),
        "newsmtsc-mt": Benchmark(sentiments, _newsmtsc("mt"), _sentiment, newsmtsc.NAME),
        "plv": Benchmark(("cooperation", "conflict"), _plv, conflict, plv.NAME),
        "gold": Benchmark(tuple(map(str, STANCES)), _gold, lambda found: str(found[0].stance), ""),
    }


def five_classes(found: Sequence[Prediction]) -> str:
    """Returns the class of DSE: that of the largest product of both directions' sentiment probabilities.

    Args:
        found: The predictions for p towards q and for q towards p.
    """
    there, back = (prediction.sentiment_probabilities for prediction in found)
    chances = {
        "0": there[_NEUTRAL] * back[_NEUTRAL],
        "1": there[_POSITIVE] * back[_NEUTRAL],
        "2": there[_NEUTRAL] * back[_POSITIVE],
        "3": there[_NEGATIVE] * back[_NEUTRAL],
        "4": there[_NEUTRAL] * back[_NEGATIVE],
    }
    return max(chances, key=chances.__getitem__)


def polarity(found: Sequence[Prediction]) -> str:
    """Returns the sign of SEESAW, given that there is one."""
    chances = found[0].sentiment_probabilities
    return "NEG" if chances[_NEGATIVE] >= chances[_POSITIVE] else "POS"


def conflict(found: Sequence[Prediction]) -> str:
    """Returns PLV's binary class: conflict where negative is at least as likely as positive."""
    chances = found[0].sentiment_probabilities
    return "conflict" if chances[_NEGATIVE] >= chances[_POSITIVE] else "cooperation"


def _sentiment(found: Sequence[Prediction]) -> str:
    return str(found[0].sentiment)


def _dse(folder: Path, split: str) -> list[Case]:
    cases = []
    for row in dse.rows(folder, split):
        there = _pair(f"dse-{row.number}", row.sentence, row.spans, row.names)
        assert there.source is not None
        back = replace(there, id=f"{there.id}-back", source=there.target, target=there.source)
        cases.append(Case(row.label, (there, back), row.sentence, literal=row.spans is not None))
    return _marked_clean(cases, dse, folder, split)


def _seesaw(folder: Path, split: str) -> list[Case]:
    cases = []
    for triplet in seesaw.triplets(folder, split):
        nobody = set(triplet.names) & set(seesaw.NOBODY)
        if not triplet.sentence or "Not in the list" in nobody or triplet.names[1] in nobody:
            continue  # nobody is named whom the question could be about
        if triplet.names[0] in nobody:
            pair = _pair(triplet.name, triplet.sentence, None, triplet.names, triplet.context)
            pair = replace(pair, source=None)
        else:
            pair = triplet.pair or _pair(triplet.name, triplet.sentence, None, triplet.names, triplet.context)
        cases.append(Case(triplet.label, (pair,), triplet.sentence, literal=triplet.pair is not None))
    return _marked_clean(cases, seesaw, folder, split)


def _newsmtsc(name: str) -> Callable[[Path, str], list[Case]]:
    def cases(folder: Path, split: str) -> list[Case]:
        found = [
            Case(str(e.sentiment), (e.pair,), e.pair.text) for e in newsmtsc.read_set(folder, name, split, Counter())
        ]
        return _marked_clean(found, newsmtsc, folder, split)

    return cases


def _plv(folder: Path, split: str) -> list[Case]:
    cases = [
        Case(
            "conflict" if row.label in CONFLICT else "cooperation",
            (_pair(f"plv-{row.number}", row.sentence, row.spans, row.names),),
            row.sentence,
            literal=row.spans is not None,
        )
        for row in plv.rows(folder, split)
    ]
    return _marked_clean(cases, plv, folder, split)


def _gold(_: Path, split: str) -> list[Case]:
    """The pairs that were written or read for this project: all of the built data set, else the written ones."""
    examples = (read_built(BUILT) if is_current(BUILT) else read_gold())[split]
    return [Case(str(e.stance), (e.pair,), e.pair.text) for e in examples if e.stance]


def _marked_clean(cases: Sequence[Case], corpus: ModuleType, folder: Path, split: str) -> list[Case]:
    """Returns the cases, each with whether its sentence stands in no earlier split of the corpus."""
    before = SPLITS[: SPLITS.index(split)]
    seen = {normal_sentence(s.text) for earlier in before for s in corpus.sentences(folder, earlier)}
    return [replace(case, clean=normal_sentence(case.sentence) not in seen) for case in cases]


def _pair(
    name: str,
    sentence: str,
    spans: tuple[Span, Span] | None,
    names: tuple[str, str],
    context: str = "",
) -> Pair:
    """Makes a pair of two mentions, or where they are not known of two names put before the sentence."""
    if spans is not None and all(any(map(str.isalnum, span.of(sentence))) for span in spans):
        source, target = (PairSpan(span.start, span.end) for span in spans)
        return Pair(name, sentence, source, target, context)
    first, second = (words.strip() if any(map(str.isalnum, words)) else "somebody" for words in names)
    return named_pair(name, sentence, (first, second), context)
