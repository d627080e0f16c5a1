"""Turns articles into the tagger's input, and its output into spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from data.actors.gazetteer import Form, Match
from data.schema import ActorKind, Sentence, Span
from models.encoding import padded_length

KINDS: tuple[ActorKind, ...] = tuple(ActorKind)
OUTSIDE, BEGIN, INSIDE = range(3)
FORMS: tuple[Form, ...] = tuple(Form)
FORM_FEATURES = 1 + 2 * len(FORMS)  # nothing, else the first or a later word of a form
SHAPES = ("other", "lower", "Title", "UPPER", "mixed", "Title, first word")
_CONTENT = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class TokenWindow:
    """Consecutive sentences of an article that are tagged together.

    Attributes:
        ids: Token ids without special tokens.
        spans: Where each token stands in the article, (start, end).
        forms: Index of each token's form in the tables, 0 for none.
        shapes: Index of each token's shape in SHAPES; that of its whole word.
        words: Number of the word that each token belongs to; words do not cross sentences.
        sentences: Index of each token's sentence.
    """

    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    forms: tuple[int, ...]
    shapes: tuple[int, ...]
    words: tuple[int, ...]
    sentences: tuple[int, ...]

    @property
    def length(self) -> int:
        """Its length in tokens with special tokens and the padding that it has in every batch."""
        return padded_length(len(self.ids) + 2)


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """A mention that the tagger found: where it stands, in which sentence, and what kind of actor it names."""

    span: Span
    sentence: int
    kind: ActorKind


class TagEncoder:
    """Builds the tagger's input."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_length: int) -> None:
        self.tokenizer = tokenizer
        self.max_length = max_length

    def windows(self, sentences: Sequence[Sentence], matches: Sequence[Match]) -> list[TokenWindow]:
        """Packs the sentences of an article into as few windows as hold them; a longer sentence fills several."""
        budget = self.max_length - 2
        parts = [part for tokens in self._tokens(sentences, matches) for part in _pieces(tokens, budget)]
        windows: list[list[tuple]] = []
        for part in parts:
            if windows and len(windows[-1]) + len(part) <= budget:
                windows[-1].extend(part)
            else:
                windows.append(list(part))
        return [TokenWindow(*map(tuple, zip(*rows, strict=True))) for rows in windows if rows]

    def batch(self, windows: Sequence[TokenWindow]) -> dict[str, Tensor]:
        """Pads windows into `input_ids`, `attention_mask`, `forms` and `shapes`, each [windows, tokens].

        A special token stands before and behind each window, so that token i of a window is at i + 1.
        """
        length = max(window.length for window in windows)
        begin, end, pad = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id, self.tokenizer.pad_token_id or 0

        def padded(rows: Iterable[Sequence[int]], fill: int) -> Tensor:
            return torch.tensor([[*row, *[fill] * (length - len(row))] for row in rows])

        return {
            "input_ids": padded(([begin, *w.ids, end] for w in windows), pad),
            "attention_mask": padded(([1] * (len(w.ids) + 2) for w in windows), 0),
            "forms": padded(([0, *w.forms, 0] for w in windows), 0),
            "shapes": padded(([0, *w.shapes, 0] for w in windows), 0),
        }

    def _tokens(self, sentences: Sequence[Sentence], matches: Sequence[Match]) -> Iterator[list[tuple]]:
        """Yields, for each sentence, a row a token in the order of TokenWindow's fields."""
        if not sentences:
            return
        encoded = self.tokenizer(
            [s.text for s in sentences], add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        form_at = {i: match for match in matches for i in range(match.start, match.end)}
        number = 0
        for index, sentence in enumerate(sentences):
            batch = encoded[index]
            rows = []
            last = None
            for token, (start, end), word in zip(batch.ids, batch.offsets, batch.word_ids, strict=True):
                if word != last:
                    number, last = number + 1, word
                rows.append([token, (sentence.start + start, sentence.start + end), 0, 0, number, sentence.index])
            spans = _word_spans(rows)
            for row in rows:
                start, end = spans[row[4]]
                row[2] = _form(form_at.get(row[1][0]), start)
                row[3] = _shape(sentence.text[start - sentence.start : end - sentence.start], start == sentence.start)
            yield [tuple(row) for row in rows]


def labels_of(window: TokenWindow, mentions: Iterable[tuple[Span, ActorKind]]) -> tuple[list[int], list[int]]:
    """Returns what the tagger should say of a window's tokens: OUTSIDE, BEGIN or INSIDE, and the kind, -100 for none.

    A token belongs to the mention that its word overlaps.
    """
    tags, kinds = [OUTSIDE] * len(window.ids), [-100] * len(window.ids)
    for span, kind in mentions:
        hit = [window.words[i] for i, (start, end) in enumerate(window.spans) if start < span.end and span.start < end]
        for i, word in enumerate(window.words):
            if hit and hit[0] <= word <= hit[-1]:
                tags[i] = BEGIN if word == hit[0] else INSIDE
                kinds[i] = KINDS.index(kind)
    return tags, kinds


def spans_of(window: TokenWindow, tags: Tensor, kinds: Tensor, text: str) -> list[TaggedSpan]:
    """Reads mentions off the scores of a window's tokens.

    Args:
        window: The window.
        tags: [tokens, 3] log-probabilities of OUTSIDE, BEGIN and INSIDE.
        kinds: [tokens, kinds] log-probabilities of the kinds.
        text: The article's text.
    """
    decided = tags.argmax(dim=-1).tolist()
    found: list[list[int]] = []
    open_, word = False, None
    for i, tag in enumerate(decided):
        if window.words[i] == word:  # a word has the tag of its first token
            if open_:
                found[-1].append(i)
            continue
        word = window.words[i]
        goes_on = open_ and tag == INSIDE and window.sentences[i] == window.sentences[found[-1][-1]]
        if goes_on:
            found[-1].append(i)
        elif tag != OUTSIDE:
            found.append([i])
        open_ = tag != OUTSIDE
    result = []
    for tokens in found:
        start, end = window.spans[tokens[0]][0], window.spans[tokens[-1]][1]
        if _CONTENT.search(text[start:end]):
            kind = KINDS[int(kinds[tokens].sum(dim=0).argmax())]
            result.append(TaggedSpan(Span(start, end), window.sentences[tokens[0]], kind))
    return result


def _pieces(tokens: Sequence[tuple], budget: int) -> Iterator[Sequence[tuple]]:
    for start in range(0, len(tokens), budget):
        yield tokens[start : start + budget]


def _word_spans(rows: Sequence[Sequence]) -> dict[int, tuple[int, int]]:
    spans: dict[int, tuple[int, int]] = {}
    for row in rows:
        start, end = row[1]
        first, _ = spans.get(row[4], (start, end))
        spans[row[4]] = (first, end)
    return spans


def _form(match: Match | None, start: int) -> int:
    return 1 + 2 * FORMS.index(match.entry.form) + (start > match.start) if match else 0


def _shape(word: str, first: bool) -> int:
    if not word[:1].isalpha():
        return 0
    if word.islower():
        return 1
    if word.isupper() and len(word) > 1:
        return 3
    if word[0].isupper() and word[1:] == word[1:].lower():
        return 5 if first else 2
    return 4
