"""The mention tagger: the first layers of the backbone and two small heads; load, save, tag."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from data.actors.gazetteer import Match
from data.schema import Article, Sentence
from models.backbone import SMALL
from models.classifier import ModelError
from models.precision import Runner
from models.tagging import FORM_FEATURES, KINDS, OUTSIDE, SHAPES, TagEncoder, TaggedSpan, TokenWindow, spans_of
from models.weights import load_encoder, read_trained, write_trained

FORMAT = 2


@dataclass(frozen=True, slots=True)
class TaggerConfig:
    """Everything that travels with the weights.

    Attributes:
        backbone: Name, folder or hub id of the encoder; its embeddings stay as they are.
        layers: How many of its layers are used, from the first.
        max_length: Longest window in tokens, special tokens included; as long as those of the training, since
            longer ones cost accuracy.
        dropout: Dropout probability, in training.
        form_dropout: Share of the words whose form in the tables is hidden in training, so that names that no
            table has are found too.
        caution: Added to the score of OUTSIDE; chosen on the development articles.
        kinds: Kinds of actors, in the order of the head.
    """

    backbone: str = SMALL
    layers: int = 3
    max_length: int = 80
    dropout: float = 0.1
    form_dropout: float = 0.15
    caution: float = 0.0
    kinds: tuple[str, ...] = tuple(KINDS)


class TaggerNetwork(nn.Module):
    """An encoder that sees, beside each word piece, its form in the tables and the shape of its word."""

    def __init__(self, encoder: PreTrainedModel, config: TaggerConfig) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.encoder: Any = encoder
        encoder.get_input_embeddings().requires_grad_(False)
        self.form = nn.Embedding(FORM_FEATURES, size)
        self.shape = nn.Embedding(len(SHAPES), size)
        for table in (self.form, self.shape):
            nn.init.normal_(table.weight, std=0.02)
        self.form_dropout = config.form_dropout
        self.dropout = nn.Dropout(config.dropout)
        self.tag = nn.Linear(size, 3)
        self.kind = nn.Linear(size, len(KINDS))

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, forms: Tensor, shapes: Tensor,
        tags: Tensor | None = None, kinds: Tensor | None = None,
        taught_tags: Tensor | None = None, taught_kinds: Tensor | None = None,
    ) -> dict[str, Tensor]:  # fmt: skip
        """Scores tokens; shapes as in `TagEncoder.batch`.

        Args:
            tags: [windows, tokens] OUTSIDE, BEGIN or INSIDE; -100 for no label.
            kinds: [windows, tokens] index of the kind; -100 for no label.
            taught_tags, taught_kinds: A teacher's logits, shaped like those returned.

        Returns:
            `tag_logits` [windows, tokens, 3], `kind_logits` [windows, tokens, kinds], and `loss`
            where labels or a teacher's logits are given.
        """
        if self.training:
            forms = forms * (torch.rand(forms.shape, device=forms.device) >= self.form_dropout)
        words = self.encoder.get_input_embeddings()(input_ids)
        states = self.encoder(
            inputs_embeds=words + self.form(forms) + self.shape(shapes), attention_mask=attention_mask
        ).last_hidden_state
        states = self.dropout(states)
        output = {"tag_logits": self.tag(states).float(), "kind_logits": self.kind(states).float()}
        if tags is not None and kinds is not None:
            output["loss"] = nn.functional.cross_entropy(output["tag_logits"].flatten(0, 1), tags.flatten())
            if (kinds >= 0).any():
                output["loss"] = output["loss"] + nn.functional.cross_entropy(
                    output["kind_logits"].flatten(0, 1), kinds.flatten()
                )
        if taught_tags is not None and taught_kinds is not None:
            output["loss"] = teaching_loss(output, attention_mask, taught_tags, taught_kinds)
        return output


def teaching_loss(output: Mapping[str, Tensor], attention_mask: Tensor, tags: Tensor, kinds: Tensor) -> Tensor:
    """Distillation (Hinton, Vinyals & Dean, 2015): divergence from a teacher, as to kinds inside mentions alone.

    Args:
        output: `tag_logits` and `kind_logits` of the student.
        attention_mask: [windows, tokens], 0 at pads.
        tags, kinds: The teacher's logits, shaped alike.
    """
    inside = 1 - torch.softmax(tags, dim=-1)[..., OUTSIDE]
    loss = _divergence(output["tag_logits"], tags) + inside * _divergence(output["kind_logits"], kinds)
    return (loss * attention_mask).sum() / attention_mask.sum()


def _divergence(logits: Tensor, taught: Tensor) -> Tensor:
    """Returns how far each token's distribution is from the teacher's, [windows, tokens]."""
    student, teacher = torch.log_softmax(logits, dim=-1), torch.log_softmax(taught, dim=-1)
    return nn.functional.kl_div(student, teacher, log_target=True, reduction="none").sum(dim=-1)


class MentionTagger:
    """Finds the spans of an article that name actors; every token is encoded once."""

    def __init__(self, network: TaggerNetwork, tokenizer: PreTrainedTokenizerBase, config: TaggerConfig) -> None:
        self.network = network
        self.config = config
        self.encoder = TagEncoder(tokenizer, config.max_length)
        self.runner = Runner(network)

    @classmethod
    def from_backbone(cls, config: TaggerConfig) -> MentionTagger:
        """Builds an untrained tagger on a pretrained encoder."""
        encoder, tokenizer = load_encoder(config.backbone, config.layers)
        return cls(TaggerNetwork(encoder, config), tokenizer, config)

    @classmethod
    def load(cls, folder: str | Path) -> MentionTagger:
        """Loads a saved tagger.

        Raises:
            ModelError: If the folder holds no tagger of this format, or its weights do not fit.
        """
        folder = Path(folder)
        tagger = cls.from_backbone(_read_config(folder / "config.json"))
        try:
            held = read_trained(folder / "model.safetensors", tagger.network)
        except (OSError, SafetensorError) as error:
            raise ModelError(
                f"{folder / 'model.safetensors'} cannot be read ({error}): copy the tagger again"
            ) from None
        except RuntimeError as error:
            raise ModelError(f"the weights in {folder} do not fit its config: {error}") from None
        if {name for name, parameter in tagger.network.named_parameters() if parameter.requires_grad} - held:
            raise ModelError(f"the weights in {folder} do not fit its config: train the tagger again")
        tagger.network.eval()
        return tagger

    def save(self, folder: str | Path) -> None:
        """Writes the config and the weights that were trained."""
        write_trained(Path(folder), self.network, {"format": FORMAT, **asdict(self.config)}, self.config.backbone)

    def tag(self, article: Article, sentences: Sequence[Sentence], matches: Sequence[Match]) -> list[TaggedSpan]:
        """Returns the mentions of an article, by start, none overlapping.

        Args:
            article: The article.
            sentences: Its sentences.
            matches: What the gazetteer found in its text.
        """
        return self.tag_all([(article, sentences, matches)])[0]

    def tag_all(
        self, articles: Sequence[tuple[Article, Sequence[Sentence], Sequence[Match]]]
    ) -> list[list[TaggedSpan]]:
        """Returns the mentions of several articles, as `tag` does, encoded together."""
        windows = [
            (number, window)
            for number, (_, sentences, matches) in enumerate(articles)
            for window in self.encoder.windows(sentences, matches)
        ]
        found: list[list[TaggedSpan]] = [[] for _ in windows]
        by_length: dict[int, list[int]] = {}
        for i, (_, window) in enumerate(windows):
            by_length.setdefault(window.length, []).append(i)
        for length, alike in by_length.items():
            per_batch = max(1, self.runner.tokens_at_once // length)
            for batch in (alike[start : start + per_batch] for start in range(0, len(alike), per_batch)):
                spans = self._spans([(articles[windows[i][0]][0].text, windows[i][1]) for i in batch])
                for i, of_window in zip(batch, spans, strict=True):
                    found[i] = of_window
        result: list[list[TaggedSpan]] = [[] for _ in articles]
        for (number, _), of_window in zip(windows, found, strict=True):
            result[number] += of_window
        return result

    def _spans(self, windows: Sequence[tuple[str, TokenWindow]]) -> Iterator[list[TaggedSpan]]:
        """Yields the mentions of windows, each given with the text of its article."""
        output = self.runner(self.encoder.batch([window for _, window in windows]))
        caution = torch.tensor([self.config.caution, 0.0, 0.0])
        tags = torch.log_softmax(output["tag_logits"] + caution, dim=-1)
        kinds = torch.log_softmax(output["kind_logits"], dim=-1)
        for row, (text, window) in enumerate(windows):
            tokens = slice(1, 1 + len(window.ids))
            yield spans_of(window, tags[row, tokens], kinds[row, tokens], text)


def _read_config(path: Path) -> TaggerConfig:
    try:
        raw = dict(json.loads(path.read_text(encoding="utf-8")))
        form = raw.pop("format")
        config = TaggerConfig(**{**raw, "kinds": tuple(raw["kinds"])})
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as the config of a mention tagger ({error})") from None
    if form != FORMAT or config.kinds != tuple(map(str, KINDS)):
        raise ModelError(
            f"{path} has format {form} and kinds {config.kinds}: expected {FORMAT}, {tuple(map(str, KINDS))}"
        )
    return config
