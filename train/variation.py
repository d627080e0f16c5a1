"""Labelled sentences told otherwise: other names under the same labels; other words too, for a teacher to judge.

After the data augmentation of Jiao et al. ("TinyBERT: Distilling BERT for Natural Language Understanding", Findings of
EMNLP 2020). Words give way to neighbours in the encoder's own embeddings, which are as often the opposite as a synonym:
what the sentence then says is the teacher's to judge, so that no label is taken over.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from data.actors.words import PRONOUNS
from data.schema import Example, Pair, PairSpan, Tier
from models.encoding import as_read

_NEIGHBOURS = 8
_NEAR = 0.3
_WORDS_CHANGED = 0.2
_NAMES_CHANGED = 0.5
_WORD = re.compile(r"[A-Za-z]{3,}")
_NAME = re.compile(r"[A-Z][\w.-]*(?: [A-Z][\w.-]*)*")

Edits = Sequence[tuple[int, int, str]]


def neighbours(embeddings: Tensor, tokenizer: PreTrainedTokenizerBase) -> dict[str, list[str]]:
    """Returns the words whose embeddings are nearest to each word's, at most eight, none with a cosine below 0.3.

    Args:
        embeddings: [tokens, size], the encoder's.
        tokenizer: Its tokenizer; words that it splits have no neighbours.
    """
    words = {word: index for word, index in tokenizer.get_vocab().items() if _WORD.fullmatch(word)}
    names, rows = list(words), embeddings.detach().float().cpu()[list(words.values())]
    rows = torch.nn.functional.normalize(rows - rows.mean(0), dim=1)
    found: dict[str, list[str]] = {}
    for start in range(0, len(rows), 1024):
        near = rows[start : start + 1024] @ rows.T
        values, indices = near.topk(min(_NEIGHBOURS + 1, len(rows)))
        for offset, (cosines, others) in enumerate(zip(values.tolist(), indices.tolist(), strict=True)):
            word = names[start + offset]
            kept = [names[o] for cosine, o in zip(cosines, others, strict=True) if cosine >= _NEAR and names[o] != word]
            if kept:
                found[word] = kept[:_NEIGHBOURS]
    return found


def varied_examples(
    examples: Sequence[Example], near: Mapping[str, Sequence[str]], copies: int, seed: int
) -> list[Example]:
    """Returns unlabelled copies of the pairs with a certain stance, in which words and names are exchanged.

    The pairs of one sentence stay together in each of its copies.

    Args:
        examples: Labelled pairs.
        near: What may stand for a word, as from `neighbours`.
        copies: Of each sentence.
        seed: Of what is exchanged.
    """
    certain = [replace(example, pair=as_read(example.pair)) for example in examples if example.stance]
    names = proper_names(example.pair for example in certain)
    groups: dict[tuple[str, str], list[Example]] = {}
    for example in certain:
        groups.setdefault((example.pair.context, example.pair.text), []).append(example)
    chance = random.Random(f"{seed}-{Tier.VARIED}")
    return [copy for group in groups.values() for _ in range(copies) for copy in _varied(group, near, names, chance)]


def proper_names(pairs: Iterable[Pair]) -> list[str]:
    """Returns the sides of pairs that are proper names throughout, each once, in order."""
    return sorted({name for pair in pairs for name in _names(pair)})


def renamed(pairs: Sequence[Pair], names: Sequence[str], chance: random.Random) -> list[Pair]:
    """Returns the pairs of one text with other names for all proper names among their sides.

    Args:
        pairs: Pairs over one text and context.
        names: The names to choose from, those of the pairs among them; no two names become one.
        chance: Chooses them.
    """
    own = proper_names(pairs)
    return _retold(pairs, dict(zip(own, chance.sample(names, len(own)), strict=True)), {}, chance)


def _names(pair: Pair) -> Iterator[str]:
    """The sides of a pair that are proper names throughout."""
    for side in (pair.side(pair.source), pair.side(pair.target)):
        if side and side.lower() not in PRONOUNS and _NAME.fullmatch(side):
            yield side


def _varied(
    group: Sequence[Example], near: Mapping[str, Sequence[str]], names: Sequence[str], chance: random.Random
) -> list[Example]:
    """Returns the pairs of one sentence, changed in the same way; none where nothing was."""
    pairs = [example.pair for example in group]
    others = {name: chance.choice(names) for name in proper_names(pairs) if chance.random() < _NAMES_CHANGED}
    retold = _retold(pairs, others, near, chance)
    if retold == pairs:
        return []
    return [
        Example(pair, None, None, e.group, e.corpus, e.commercial, e.licence, Tier.VARIED)
        for e, pair in zip(group, retold, strict=True)
    ]


def _retold(
    pairs: Sequence[Pair], others: Mapping[str, str], near: Mapping[str, Sequence[str]], chance: random.Random
) -> list[Pair]:
    """Returns the pairs of one text with some names and words exchanged, in the same way."""
    sides = [s for pair in pairs for s in (pair.source, pair.target) if s]
    text, context = pairs[0].text, pairs[0].context
    edits = {
        in_context: _edits(told, [s for s in sides if s.in_context is in_context], others, near, chance)
        for in_context, told in ((False, text), (True, context))
    }

    def moved(side: PairSpan) -> PairSpan:
        start, end = (_moved(offset, edits[side.in_context]) for offset in (side.start, side.end))
        return PairSpan(start, end, side.in_context)

    text, context = _edited(text, edits[False]), _edited(context, edits[True])
    return [Pair(p.id, text, p.source and moved(p.source), moved(p.target), context) for p in pairs]


def _edits(
    text: str,
    sides: Sequence[PairSpan],
    others: Mapping[str, str],
    near: Mapping[str, Sequence[str]],
    chance: random.Random,
) -> Edits:
    """Returns what is changed in a text, in order, as (start, end, new): all names, and words outside sides."""
    edits = []
    known = (rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(others, key=len, reverse=True))
    for match in re.finditer("|".join([*known, _WORD.pattern]), text):
        word, (start, end) = match.group(), match.span()
        touched = [side for side in sides if side.start < end and start < side.end]
        if word in others and all(side.start <= start and end <= side.end for side in touched):
            edits.append((start, end, others[word]))
        elif not touched and chance.random() < _WORDS_CHANGED and (choices := near.get(word.lower())):
            new = chance.choice(choices)
            edits.append((start, end, new.capitalize() if word[0].isupper() else new))
    return edits


def _edited(text: str, edits: Edits) -> str:
    parts, end = [], 0
    for start, stop, new in edits:
        parts += [text[end:start], new]
        end = stop
    return "".join([*parts, text[end:]])


def _moved(offset: int, edits: Edits) -> int:
    """Returns where a boundary that no edit crosses stands after them."""
    return offset + sum(len(new) - (stop - start) for start, stop, new in edits if stop <= offset)
