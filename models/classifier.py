"""Loads, saves and runs the stance classifier: pairs in, predictions out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from pydantic import TypeAdapter
from safetensors import SafetensorError
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from data.pairs import CONTEXT_SENTENCES
from data.schema import SENTIMENTS, STANCES, Pair, Prediction
from models.backbone import SMALL
from models.encoding import PairEncoder, Window
from models.network import NetworkConfig, StanceNetwork
from models.precision import Runner
from models.weights import load_encoder, read_trained, write_trained

FORMAT = 2
_PAIRS_PER_BATCH = 2048
_PAIRS_PER_WINDOW = 128
_LEAST_PAIRS = 16  # matrix products of fewer rows round otherwise


class ModelError(RuntimeError):
    """A model folder cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ClassifierConfig:
    """Everything that travels with the weights.

    Attributes:
        backbone: Name, folder or hub id of the pretrained encoder under the trained weights.
        max_length: Longest window in tokens, special tokens included.
        context_sentences: Sentences before the judged one in which a side may stand; they are read only then.
        marked: Whether each pair is encoded on its own, with marks around its mentions.
        threshold: Least confidence of a stance that is reported by default.
        temperature: Divides the stance logits, fitted on the dev split.
        network: Sizes of what stands on the encoder.
        stances: Labels of the stance head, in order.
        sentiments: Labels of the sentiment head, in order.
        commercial: Whether the terms of all that it learnt from let it be used commercially.
    """

    backbone: str = SMALL
    max_length: int = 256
    context_sentences: int = CONTEXT_SENTENCES
    marked: bool = False
    threshold: float = 0.5
    temperature: float = 1.0
    network: NetworkConfig = field(default_factory=NetworkConfig)
    stances: tuple[str, ...] = tuple(STANCES)
    sentiments: tuple[str, ...] = tuple(SENTIMENTS)
    commercial: bool = True


class Classifier:
    """Scores ordered pairs; every sentence is encoded once, whatever the number of its pairs."""

    def __init__(self, network: StanceNetwork, tokenizer: PreTrainedTokenizerBase, config: ClassifierConfig) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.config = config
        self.encoder = PairEncoder(tokenizer, config.max_length, config.marked)
        self.runner = Runner(network)

    @classmethod
    def from_backbone(cls, config: ClassifierConfig) -> Classifier:
        """Builds an untrained classifier on a pretrained encoder.

        Raises:
            ModelError: If the encoder cannot read windows of `max_length`.
        """
        encoder, tokenizer = load_encoder(config.backbone)
        longest = getattr(encoder.config, "max_position_embeddings", config.max_length)
        if config.max_length > longest:
            raise ModelError(f"max_length {config.max_length} is more than {config.backbone} reads, which is {longest}")
        return cls(StanceNetwork(encoder, config.network), tokenizer, config)

    @classmethod
    def load(cls, folder: str | Path) -> Classifier:
        """Loads a saved classifier: its backbone, then the trained weights over it.

        Raises:
            ModelError: If the folder is no model of this project, or its weights do not fit.
        """
        folder = Path(folder)
        config = _read_config(folder / "config.json")
        try:
            classifier = cls.from_backbone(config)
        except (OSError, ValueError) as error:
            raise ModelError(f"the backbone {config.backbone} of {folder} cannot be loaded: {error}") from None
        try:
            held = read_trained(folder / "model.safetensors", classifier.network)
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{folder / 'model.safetensors'} cannot be read ({error}): copy the model again") from None
        except RuntimeError as error:
            raise ModelError(f"the weights in {folder} do not fit its config: {error}; save the model again") from None
        if missing := {name for name, _ in classifier.network.named_parameters()} - held - classifier.frozen():
            raise ModelError(
                f"the weights in {folder} do not fit its config: missing {sorted(missing)[:3]}; save the model again"
            )
        if config.network.adapter_rank:
            classifier.network.encoder.merge_adapter()
        classifier.network.eval()
        return classifier

    def save(self, folder: str | Path, dtype: torch.dtype = torch.float16) -> None:
        """Writes the config and the weights that were trained; frozen ones stay with the backbone."""
        config = {"format": FORMAT, **asdict(self.config)}
        write_trained(Path(folder), self.network, config, self.config.backbone, dtype)

    def frozen(self) -> set[str]:
        """Names of the weights that a saved model may leave to its backbone."""
        embeddings = set(self.network.encoder.get_input_embeddings().parameters())
        return {name for name, p in self.network.named_parameters() if not p.requires_grad or p in embeddings}

    def predict(self, pairs: Sequence[Pair], progress: Callable[[int], None] | None = None) -> list[Prediction]:
        """Predicts stance and sentiment of each pair, in order.

        Args:
            pairs: Pairs; those of which the same text is read are scored in one encoding.
            progress: Called with the number of pairs just done.
        """
        stance_logits, sentiment_logits, truncated = self._outputs(pairs, progress)
        stances = torch.softmax(stance_logits.double() / self.config.temperature, dim=-1).tolist()
        sentiments = torch.softmax(sentiment_logits.double(), dim=-1).tolist()
        return [
            Prediction(dict(zip(STANCES, stance, strict=True)), dict(zip(SENTIMENTS, sentiment, strict=True)), cut)
            for stance, sentiment, cut in zip(stances, sentiments, truncated, strict=True)
        ]

    def logits(self, pairs: Sequence[Pair], progress: Callable[[int], None] | None = None) -> tuple[Tensor, Tensor]:
        """Returns stance [pairs, stances] and sentiment [pairs, sentiments] logits, before calibration."""
        stance, sentiment, _ = self._outputs(pairs, progress)
        return stance, sentiment

    def _outputs(
        self, pairs: Sequence[Pair], progress: Callable[[int], None] | None = None
    ) -> tuple[Tensor, Tensor, list[bool]]:
        """Returns stance and sentiment logits, and whether each pair's sentence was cut, in the order of the pairs."""
        stance = torch.zeros(len(pairs), len(STANCES))
        sentiment = torch.zeros(len(pairs), len(SENTIMENTS))
        truncated = [False] * len(pairs)
        self.network.eval()
        for windows in self._batches(self.encoder.windows(pairs)):
            indices = [index for window in windows for index in window.pairs]
            output = self.runner(self.encoder.batch(_filled(windows, len(indices))))
            stance[indices] = output["stance_logits"][: len(indices)]
            sentiment[indices] = output["sentiment_logits"][: len(indices)]
            for window in windows:
                for index in window.pairs:
                    truncated[index] = window.truncated
            if progress:
                progress(len(indices))
        return stance, sentiment, truncated

    def _batches(self, windows: Sequence[Window]) -> Iterator[list[Window]]:
        """Yields windows of one length, filled up to a number of tokens and of pairs, the longest first.

        All windows of a batch are padded to the number of pairs of its largest.
        """
        batch: list[Window] = []
        most, tokens_at_once = 0, self.runner.tokens_at_once
        for window in sorted((part for w in windows for part in w.parts(_PAIRS_PER_WINDOW)), key=_size, reverse=True):
            most = max(most, len(window.pairs))
            size = len(batch) + 1
            full = window.length * size > tokens_at_once or most * size > _PAIRS_PER_BATCH
            if batch and (full or window.length < batch[0].length):
                yield batch
                batch, most = [], len(window.pairs)
            batch.append(window)
        if batch:
            yield batch


def _size(window: Window) -> tuple[int, int]:
    return window.length, len(window.pairs)


def _filled(windows: Sequence[Window], pairs: int) -> list[Window]:
    """Repeats the last pair of a batch that has too few."""
    return [*windows[:-1], windows[-1].extended(max(0, _LEAST_PAIRS - pairs))]


def _check_sizes(config: ClassifierConfig) -> None:
    """Raises ValueError for sizes that no model has, which would exhaust the memory."""
    ranges = {
        "max_length": (config.max_length, 8, 16_384),
        "context_sentences": (config.context_sentences, 0, 100),
        "threshold": (config.threshold, 0, 1),
        "temperature": (config.temperature, 1e-3, 1e3),
        "reader_layers": (config.network.reader_layers, 0, 48),
        "adapter_rank": (config.network.adapter_rank, 0, 4096),
        "reader_size": (config.network.reader_size, 0, 16_384),
    }
    for name, (value, least, most) in ranges.items():
        if not least <= value <= most:
            raise ValueError(f"expected {name} from {least} to {most}, found {value}")


def _read_config(path: Path) -> ClassifierConfig:
    try:
        raw = dict(json.loads(path.read_text(encoding="utf-8")))
        form = raw.pop("format")
        config = ClassifierConfig(
            **{
                **raw,
                "network": NetworkConfig(**raw["network"]),
                "stances": tuple(raw["stances"]),
                "sentiments": tuple(raw["sentiments"]),
            }
        )
        TypeAdapter(ClassifierConfig).validate_python(asdict(config))
        _check_sizes(config)
    except FileNotFoundError:
        raise ModelError(
            f"{path.parent} is no model folder: expected config.json and model.safetensors there; "
            "give a folder that train/run.py wrote"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}): write the model again with train/run.py") from None
    if form != FORMAT:
        raise ModelError(
            f"{path} has format {form}, this version reads {FORMAT}: retrain, or use the version that wrote it"
        )
    expected = tuple(map(str, STANCES)), tuple(map(str, SENTIMENTS))
    if (config.stances, config.sentiments) != expected:
        raise ModelError(
            f"{path} has labels {config.stances}, {config.sentiments}: expected {expected[0]}, {expected[1]}"
        )
    return config
