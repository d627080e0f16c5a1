"""The network: one encoding of a window scores all ordered pairs of its mentions, with two heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from data.schema import SENTIMENTS, STANCES
from models.weights import with_adapter

IGNORED = -100
_HEAD_SIZE = 32


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The sizes of what stands on the encoder.

    Attributes:
        reader_layers: Layers in which both sides of a pair read the window by attention; 0 for none.
        reader_size: Size of the vectors in them and of all that follows, a multiple of 32.
        dropout: Dropout probability.
        sentiment_weight: Weight of the sentiment loss beside the stance loss.
        teaching_weight: Weight of what a teacher says beside the labels' loss.
        adapter_rank: Rank of an adapter over the frozen encoder; 0 to train the encoder itself.
    """

    reader_layers: int = 2
    reader_size: int = 384
    dropout: float = 0.1
    sentiment_weight: float = 0.5
    adapter_rank: int = 0
    teaching_weight: float = 0.0


class PairReader(nn.Module):
    """A layer in which source and target of a pair each read their window, then learn what the other read."""

    def __init__(self, size: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(size, heads, dropout)
        self.feed = nn.Sequential(nn.Linear(2 * size, 2 * size), nn.GELU(), nn.Linear(2 * size, 2 * size))
        self.norms = nn.ModuleList([nn.LayerNorm(size), nn.LayerNorm(size)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, sides: Tensor, tokens: Tensor, padding: Tensor, window: Tensor, slot: Tensor) -> Tensor:
        """Lets sides read.

        Args:
            sides: [pairs, 2, size].
            tokens: [tokens, windows, size], contiguous: what a window reads then rounds the same beside any others.
            padding: [windows, tokens], True at pads.
            window: [pairs], the window of each pair.
            slot: [pairs], its number among the pairs of its window.
        """
        slots = (int(slot.max()) // 2 + 1) * 2  # even: AMD's products of two rows round otherwise than those of more
        asked = sides.new_zeros(slots, 2, len(padding), sides.shape[-1])
        asked[slot, :, window] = sides
        read, _ = self.attention(asked.flatten(0, 1), tokens, tokens, key_padding_mask=padding, need_weights=False)
        sides = self.norms[0](sides + self.dropout(read.view_as(asked)[slot, :, window]))
        return self.norms[1](sides + self.dropout(self.feed(sides.flatten(1))).view_as(sides))


class StanceNetwork(nn.Module):
    """A transformer encoder, pooled mentions, a pair reader, and a head each for stance and sentiment.

    Every mention is the mean of its token states. Source and target of a pair each read the window by
    attention, knowing their role, and tell each other what they read, so that the words between and
    around the mentions count for this pair and not only for the mentions.
    """

    def __init__(self, encoder: PreTrainedModel, config: NetworkConfig) -> None:
        super().__init__()
        width, size = encoder.config.hidden_size, config.reader_size
        self.sizes = config
        self.encoder: Any = with_adapter(encoder, config.adapter_rank) if config.adapter_rank else encoder
        self.narrow = nn.Linear(width, size) if width != size else nn.Identity()
        self.author = nn.Parameter(torch.zeros(size))
        self.join = nn.Linear(5 * size, size)
        self.readers = nn.ModuleList(
            PairReader(size, size // _HEAD_SIZE, config.dropout) for _ in range(config.reader_layers)
        )
        self.roles = nn.Parameter(torch.randn(2, size) * 0.02)
        self.dropout = nn.Dropout(config.dropout)
        self.stance = nn.Linear(size, len(STANCES))
        self.sentiment = nn.Linear(size, len(SENTIMENTS))

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_type_ids: Tensor,
        window: Tensor,
        source: Tensor,
        target: Tensor,
        author: Tensor,
        stances: Tensor | None = None,
        sentiment: Tensor | None = None,
        taught_stances: Tensor | None = None,
        taught_sentiments: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Scores pairs; shapes as in `PairEncoder.batch`.

        Args:
            stances: [pairs, stances] weights of the stances possible; a row of zeros has no label.
            sentiment: [pairs] index of the sentiment, IGNORED where unknown.
            taught_stances: [pairs, stances] logits of a teacher.
            taught_sentiments: [pairs, sentiments] logits of a teacher.

        Returns:
            `stance_logits` [pairs, stances], `sentiment_logits` [pairs, sentiments], and `loss`
            where labels are given.
        """
        states = self.narrow(self._encode(input_ids, attention_mask, token_type_ids))
        sources = torch.where(author[:, None], self.author.to(states.dtype), _pool(states, window, source))
        targets = _pool(states, window, target)
        sides = self._read(torch.stack([sources, targets], dim=1) + self.roles, states, attention_mask, window)
        parts = [sides[:, 0], sides[:, 1], sides[:, 0] * sides[:, 1], sources, targets]
        pairs = self.dropout(nn.functional.gelu(self.join(torch.cat(parts, dim=-1))))
        output = {"stance_logits": self.stance(pairs).float(), "sentiment_logits": self.sentiment(pairs).float()}
        if stances is not None and sentiment is not None:
            output["loss"] = stance_loss(output["stance_logits"], stances) + self.sizes.sentiment_weight * (
                sentiment_loss(output["sentiment_logits"], sentiment)
            )
        if taught_stances is not None and taught_sentiments is not None:
            output["loss"] = output.get("loss", 0.0) + self.sizes.teaching_weight * (
                teaching_loss(output["stance_logits"], taught_stances)
                + self.sizes.sentiment_weight * teaching_loss(output["sentiment_logits"], taught_sentiments)
            )
        return output

    def _encode(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        types = {}
        if getattr(self.encoder.config, "type_vocab_size", 0) > 1:
            types = {"token_type_ids": token_type_ids}
        return self.encoder(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state

    def _read(self, sides: Tensor, states: Tensor, attention_mask: Tensor, window: Tensor) -> Tensor:
        """Lets both sides of each pair, [pairs, 2, size], read the window that the pair stands in."""
        counts = torch.bincount(window, minlength=len(states))
        slot = torch.arange(len(window), device=window.device) - (torch.cumsum(counts, 0) - counts)[window]
        tokens, padding = states.transpose(0, 1).contiguous(), attention_mask == 0
        for reader in self.readers:
            sides = reader(sides, tokens, padding, window, slot)
        return sides


def _pool(states: Tensor, window: Tensor, spans: Tensor) -> Tensor:
    """Averages token states over spans: [windows, tokens, size], [pairs], [pairs, 2] -> [pairs, size]."""
    lengths = spans[:, 1] - spans[:, 0]
    pair = torch.repeat_interleave(torch.arange(len(spans), device=spans.device), lengths)
    place = torch.arange(len(pair), device=spans.device) - (lengths.cumsum(0) - lengths)[pair]
    tokens = states[window[pair], spans[pair, 0] + place]
    summed = states.new_zeros(len(spans), states.shape[-1]).index_add(0, pair, tokens)
    return summed / lengths[:, None].to(states.dtype)


def stance_loss(logits: Tensor, weights: Tensor) -> Tensor:
    """Marginal likelihood of partial labels: the mean of -log sum_s w_s p_s over labelled pairs.

    One certain label makes it the cross-entropy. Jin & Ghahramani, "Learning with Multiple Labels"
    (NIPS 2002).

    Args:
        logits: [pairs, stances].
        weights: [pairs, stances], not negative; a row of zeros has no label and is left out.
    """
    labelled = weights.sum(dim=-1) > 0
    if not labelled.any():
        return logits.sum() * 0.0
    log_probabilities = torch.log_softmax(logits[labelled].float(), dim=-1)
    return -torch.logsumexp(log_probabilities + weights[labelled].log(), dim=-1).mean()


def sentiment_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy over the pairs whose sentiment is known; [pairs, sentiments], [pairs]."""
    if not (labels != IGNORED).any():
        return logits.sum() * 0.0
    return nn.functional.cross_entropy(logits.float(), labels, ignore_index=IGNORED)


def teaching_loss(logits: Tensor, taught: Tensor, temperature: float = 2.0) -> Tensor:
    """Distillation (Hinton, Vinyals & Dean, 2015): divergence from the teacher's softened distribution.

    Args:
        logits: [pairs, labels], the student's.
        taught: [pairs, labels], the teacher's.
        temperature: Softens both; the result is scaled by its square.
    """
    student = torch.log_softmax(logits.float() / temperature, dim=-1)
    teacher = torch.log_softmax(taught.float() / temperature, dim=-1)
    return nn.functional.kl_div(student, teacher, log_target=True, reduction="batchmean") * temperature**2
