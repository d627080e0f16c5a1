"""Parts of the labelled pairs that are hard or easy in their own way, to be measured apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from data.actors.words import PRONOUNS
from data.schema import Pair, PairSpan

_NEAR, _FAR = 8, 20  # words between the mentions
_QUOTED = re.compile(r"[“\"][^”\"]*[”\"]")


def slices(pairs: Sequence[Pair]) -> Mapping[str, list[int]]:
    """Returns the indices of the pairs in each slice; a pair may be in several.

    - `forward`, `backward`: the source stands before or after the target;
    - `near`, `middling`, `far`, `context`: up to 8, 20 or more words between them, or one in the text before;
    - `two_actors`, `three_actors`, `more_actors`: mentions that the sentence's pairs have;
    - `quotation`: the sentence holds words in quotation marks; `pronoun_source`: the source is a pronoun.
    """
    mentions: dict[tuple[str, str], set[PairSpan]] = defaultdict(set)
    for pair in pairs:
        mentions[pair.context, pair.text] |= {span for span in (pair.source, pair.target) if span}
    found: dict[str, list[int]] = defaultdict(list)
    for index, pair in enumerate(pairs):
        for name in _names(pair, len(mentions[pair.context, pair.text])):
            found[name].append(index)
    return dict(sorted(found.items()))


def _names(pair: Pair, actors: int) -> list[str]:
    names = ["two_actors" if actors <= 2 else "three_actors" if actors == 3 else "more_actors"]
    if _QUOTED.search(pair.text):
        names.append("quotation")
    source, target = pair.source, pair.target
    if source is None:
        return names
    if (pair.side(source) or "").lower() in PRONOUNS:
        names.append("pronoun_source")
    if source.in_context or target.in_context:
        return [*names, "context"]
    names.append("forward" if source.start < target.start else "backward")
    first, second = sorted((source, target), key=lambda span: span.start)
    words = len(pair.text[first.end : second.start].split())
    return [*names, "near" if words <= _NEAR else "middling" if words <= _FAR else "far"]
