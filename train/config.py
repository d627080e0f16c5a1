"""The settings of a training run: one frozen dataclass, read from a recipe and the command line."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

RECIPES = Path(__file__).parent / "recipes"
SEARCH, DATA, GOLD = "search", "data", "gold"


class ConfigError(ValueError):
    """A setting is unknown or out of range; the message says what is accepted."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Everything that a run can choose.

    Attributes:
        backbone: Pretrained encoder: `all-MiniLM-L6-v2`, `all-mpnet-base-v2`, a folder or a hub id.
        start: Model whose weights the training begins with, a folder or an MLflow URI, instead of the bare
            backbone; its encoder and sizes are kept. Empty for none.
        start_share: Share of the start's weights in the average that is taken of them and of those that the training
            ends with (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
        max_length: Longest window in tokens.
        reader_layers: Layers in which both sides of a pair read their window; 0 for none.
        reader_size: Size of the vectors in them, a multiple of 32.
        dropout: Dropout of the heads and the reader.
        sentiment_weight: Weight of the sentiment loss.
        epochs: Passes over the training windows.
        epoch_windows: Most windows in an epoch, drawn anew for each; 0 for no limit.
        batch_tokens: Tokens in a batch, padding included.
        learning_rate: Peak rate of the encoder.
        head_learning_rate: Peak rate of everything on the encoder.
        weight_decay: AdamW's.
        warmup: Share of the steps in which the rate rises.
        freeze_embeddings: Whether the encoder's embeddings stay as they are, which keeps the saved
            model small.
        corpus_weights: How many times an epoch passes over each corpus; a fraction draws that
            share anew each epoch. Corpora not named count once.
        marked: Whether each pair is encoded on its own, with marks around its mentions: one pass a pair.
        gradient_accumulation: Batches that make an optimiser step.
        patience: Epochs without a better dev score after which the training stops; 0 for never.
        teacher: Model to learn from beside the labels: a folder or an MLflow URI; empty for none.
        teaching_weight: Weight of what the teacher says beside the labels' loss.
        variations: Copies of each labelled sentence, with other words and names, for the teacher to judge; they
            are the corpus `varied`.
        adapter_rank: Rank of an adapter over the frozen encoder; 0 trains the encoder itself.
        named: Share of the windows in which a pair is told by names before the text.
        renamed: Share of the windows whose text is told of other names, so that no name stands for a stance.
        seed: Of everything random.
        threads: Processor threads; 0 for all.
    """

    backbone: str = "all-MiniLM-L6-v2"
    start: str = ""
    start_share: float = 0.0
    max_length: int = 256
    reader_layers: int = 2
    reader_size: int = 384
    dropout: float = 0.1
    sentiment_weight: float = 0.5
    epochs: int = 8
    epoch_windows: int = 0
    batch_tokens: int = 2048
    learning_rate: float = 1e-4
    head_learning_rate: float = 5e-4
    weight_decay: float = 0.01
    warmup: float = 0.1
    freeze_embeddings: bool = True
    corpus_weights: Mapping[str, float] = field(default_factory=dict)
    marked: bool = False
    gradient_accumulation: int = 1
    patience: int = 0
    teacher: str = ""
    teaching_weight: float = 1.0
    variations: int = 0
    adapter_rank: int = 0
    named: float = 0.0
    renamed: float = 0.0
    seed: int = 13
    threads: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("sentiment_weight", 0, 100), ("weight_decay", 0, 1), ("seed", 0, 2**32 - 1), ("threads", 0, 1024),
            ("adapter_rank", 0, 1024), ("gradient_accumulation", 1, 1024), ("patience", 0, 1000), ("dropout", 0, 0.9),
            ("teaching_weight", 0, 100), ("named", 0, 1), ("renamed", 0, 1), ("max_length", 32, 8192),
            ("reader_layers", 0, 6), ("reader_size", 32, 4096), ("variations", 0, 100), ("epochs", 1, 1000),
            ("epoch_windows", 0, 1 << 30), ("batch_tokens", 64, 1 << 20), ("learning_rate", 0, 1),
            ("head_learning_rate", 0, 1), ("warmup", 0, 1), ("start_share", 0, 1),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(f"{name}: expected a number from {low} to {high}, found {value!r}")
        if self.named + self.renamed > 1:
            raise ConfigError(
                f"named, renamed: expected shares that sum to 1 at most, found {self.named + self.renamed}"
            )
        if self.start_share and not self.start:
            raise ConfigError(f"start_share: expected 0 without start, found {self.start_share}: say start=MODEL too")
        if self.variations and not self.teacher:
            raise ConfigError(f"variations: expected 0 without teacher, found {self.variations}: say teacher=MODEL too")
        if self.reader_size % 32:
            raise ConfigError(f"reader_size: expected a multiple of 32, found {self.reader_size}")
        if any(weight < 0 for weight in self.corpus_weights.values()):
            raise ConfigError(f"corpus_weights: expected numbers from 0 up, found {dict(self.corpus_weights)}")

    def chosen(self) -> dict[str, Any]:
        """Returns the settings that differ from the defaults: what is worth comparing between runs."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != _default(f.name)}

    def resolved(self) -> dict[str, Any]:
        """Returns every setting."""
        return asdict(self)


def _default(name: str) -> Any:
    return getattr(TrainConfig(), name)


def read_config(recipe: str | Path, settings: Iterable[str] = ()) -> TrainConfig:
    """Reads a recipe and lays `key=value` settings over it; `corpus_weights.dse=0.5` reaches inside.

    Raises:
        ConfigError: If a key is unknown, a value has another type, or the file is no recipe.
    """
    path, values = _read(recipe)
    for key in (SEARCH, DATA):
        values.pop(key, None)
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set {setting}: expected key=value")
        key, _, inner = key.partition(".")
        parsed = _parsed(value, f"--set {setting}")
        values[key] = {**_mapping(values.get(key)), inner: parsed} if inner else parsed
    return _checked(values, str(path))


def read_search(recipe: str | Path) -> dict[str, Any]:
    """Reads what `train/sweep.py` searches: the key `search` of a recipe, empty where there is none."""
    path, values = _read(recipe)
    search = values.get(SEARCH) or {}
    if not isinstance(search, dict):
        raise ConfigError(f"{path}: expected search to map settings, found {type(search).__name__}")
    return search


def is_whole(setting: str) -> bool:
    """Tells whether a setting takes whole numbers only; a weight inside `corpus_weights` takes any."""
    return any(f.name == setting and f.type == "int" for f in fields(TrainConfig))


def wants_gold(recipe: str | Path) -> bool:
    """Tells whether a recipe is for the written gold alone, which its key `data` says.

    Raises:
        ConfigError: If the key says something else.
    """
    path, values = _read(recipe)
    if values.get(DATA, GOLD) != GOLD:
        raise ConfigError(f"{path}: data: expected {GOLD}, or none for all there is, found {values[DATA]!r}")
    return DATA in values


def settings_over(recipe: str | Path, config: TrainConfig) -> list[str]:
    """Returns the settings in which a config differs from a recipe, as `key=value`."""
    usual, chosen = read_config(recipe).resolved(), config.resolved()
    settings = []
    for name, value in chosen.items():
        if isinstance(value, Mapping) and set(usual[name]) <= set(value):
            changed = {key: inner for key, inner in value.items() if usual[name].get(key) != inner}
            settings += [f"{name}.{key}={json.dumps(inner)}" for key, inner in changed.items()]
        elif usual[name] != value:
            settings.append(f"{name}={json.dumps(value)}")
    return settings


def training_command(recipe: str, data: Path | None, settings: Iterable[str]) -> str:
    """Returns the command that trains by a recipe under settings, `key=value`, as a shell takes it."""
    words = ["python", "train/run.py", "--recipe", recipe, *(["--data", str(data)] if data else [])]
    return shlex.join([*words, *(word for setting in settings for word in ("--set", setting))])


def flattened(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings with what lies inside them by names of their own, such as `corpus_weights.dse`."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= {f"{name}.{key}": v for key, v in value.items()} if isinstance(value, Mapping) else {name: value}
    return flat


def _read(recipe: str | Path) -> tuple[Path, dict[str, Any]]:
    path = Path(recipe)
    if not path.is_file():
        path = RECIPES / f"{recipe}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in RECIPES.glob("*.yaml")))
        raise ConfigError(f"no recipe {recipe}: expected a YAML file or one of {known}")
    values = _parsed(path.read_text(encoding="utf-8"), str(path)) or {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected settings as key: value, found {type(values).__name__}")
    return path, values


def _parsed(text: str, origin: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{origin}: no YAML ({error})") from None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _checked(values: Mapping[str, Any], origin: str) -> TrainConfig:
    known = {f.name for f in fields(TrainConfig)}
    if unknown := sorted(set(values) - known):
        raise ConfigError(f"{origin}: unknown setting {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return TrainConfig(**{name: _typed(name, value, origin) for name, value in values.items()})


def _typed(name: str, value: Any, origin: str) -> Any:
    kind = type(_default(name))
    if kind is float:
        return _number(name, value, origin)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ConfigError(f"{origin}: {name} is of type {kind.__name__}, found {value!r}")
    if kind is dict:
        return {key: _number(f"{name}.{key}", weight, origin) for key, weight in value.items()}
    return value


def _number(name: str, value: Any, origin: str) -> float:
    try:
        if not isinstance(value, bool):
            return float(value)  # YAML 1.1 reads 1e-4 as a string
    except (TypeError, ValueError):
        pass
    raise ConfigError(f"{origin}: {name} is a number, found {value!r}")
