"""Trains a classifier with the Hugging Face Trainer and picks its best epoch on the dev split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from transformers import (
    ProgressCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from data.schema import Example
from models.classifier import Classifier, ClassifierConfig, has_fast_bfloat16
from models.network import NetworkConfig
from train.calibration import calibrate
from train.config import TrainConfig
from train.dataset import WindowDataset
from train.metrics import measure

SELECTION_METRIC = "stance_macro_f1"


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was measured at the end of an epoch."""

    number: int
    step: int
    metrics: Mapping[str, float]


class _Schedule(Dataset):
    """All batches of a training in order: a killed run goes on where it stood."""

    def __init__(self, windows: WindowDataset, epochs: int) -> None:
        per_epoch = [windows.epoch(number) for number in range(epochs)]
        self.batches = [batch for batches in per_epoch for batch in batches]
        self.epoch_ends = [sum(map(len, per_epoch[: n + 1])) for n in range(epochs)]

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        return self.batches[index]


class _StanceTrainer(Trainer):
    """The Trainer over a fixed schedule of batches; measures stances on the dev split at epoch ends."""

    def __init__(
        self,
        classifier: Classifier,
        schedule: _Schedule,
        dev: Sequence[Example],
        on_epoch: Callable[[Epoch], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(model=classifier.network, train_dataset=schedule, eval_dataset=list(dev), **kwargs)
        self.classifier, self.schedule, self.dev, self.on_epoch = classifier, schedule, dev, on_epoch

    def _get_train_sampler(self, *args: Any, **kwargs: Any) -> Any:
        return torch.utils.data.SequentialSampler(self.schedule)

    def evaluate(self, *args: Any, metric_key_prefix: str = "eval", **kwargs: Any) -> dict[str, float]:
        predictions = self.classifier.predict([example.pair for example in self.dev])
        metrics = measure(self.dev, predictions)
        losses = [entry["loss"] for entry in self.state.log_history if "loss" in entry]
        number = self.schedule.epoch_ends.index(self.state.global_step) + 1
        self.on_epoch(Epoch(number, self.state.global_step, metrics | ({"train_loss": losses[-1]} if losses else {})))
        prefixed = {f"{metric_key_prefix}_{name}": value for name, value in metrics.items()}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, prefixed)
        return prefixed


def train(
    config: TrainConfig,
    examples: Sequence[Example],
    dev: Sequence[Example],
    folder: Path,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    resume: bool = False,
) -> Classifier:
    """Trains a classifier and returns it with the weights of its best epoch, calibrated on dev.

    The best epoch is the one of the highest macro-F1 over the four stances on the dev split.

    Args:
        config: The settings.
        examples: Labelled pairs to learn from.
        dev: Labelled pairs to choose by, some with a certain stance.
        folder: Where checkpoints are kept.
        on_epoch: Called at the end of each epoch.
        resume: Whether to go on from the last checkpoint in `folder`.
    """
    if not any(example.stance for example in dev):
        raise ValueError("the dev split has no pair with one certain stance: add some, they choose the best epoch")
    set_seed(config.seed)
    if config.threads:
        torch.set_num_threads(config.threads)
    classifier = build(config)
    windows = WindowDataset(examples, classifier.encoder, config.batch_tokens, config.corpus_weights, config.seed)
    schedule = _Schedule(windows, config.epochs)
    trainer = _StanceTrainer(
        classifier,
        schedule,
        dev,
        on_epoch,
        args=_arguments(config, folder, schedule),
        data_collator=lambda items: windows.collate(items[0]),
        optimizers=(_optimizer(classifier, config), None),
        callbacks=[_EpochEnds(schedule.epoch_ends)],
    )
    trainer.remove_callback(ProgressCallback)
    trainer.add_callback(_Bar)
    trainer.train(resume_from_checkpoint=resume)
    classifier.network.eval()
    calibrate(classifier, dev)
    return classifier


def build(config: TrainConfig) -> Classifier:
    """Builds the untrained classifier that a config describes."""
    classifier = Classifier.from_backbone(
        ClassifierConfig(
            backbone=config.backbone,
            max_length=config.max_length,
            network=NetworkConfig(
                reader_layers=config.reader_layers, dropout=config.dropout, sentiment_weight=config.sentiment_weight
            ),
        )
    )
    if config.freeze_embeddings:
        for parameter in classifier.network.encoder.get_input_embeddings().parameters():
            parameter.requires_grad = False
    return classifier


def _optimizer(classifier: Classifier, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW with a rate for the encoder and one for what stands on it; no decay of biases and norms."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in classifier.network.named_parameters():
        if parameter.requires_grad:
            rate = config.learning_rate if name.startswith("encoder.") else config.head_learning_rate
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": p, "lr": rate, "weight_decay": decay} for (rate, decay), p in groups.items()], fused=True
    )


def _arguments(config: TrainConfig, folder: Path, schedule: _Schedule) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=1,
        per_device_train_batch_size=1,
        learning_rate=config.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=round(config.warmup * len(schedule)),
        bf16=has_fast_bfloat16(),
        use_cpu=not torch.cuda.is_available(),
        eval_strategy="steps",
        eval_steps=10**9,
        save_strategy="steps",
        save_steps=10**9,
        save_total_limit=1,
        load_best_model_at_end=True,
        metric_for_best_model=f"eval_{SELECTION_METRIC}",
        greater_is_better=True,
        logging_strategy="steps",
        logging_steps=max(1, schedule.epoch_ends[0] // 4),
        logging_nan_inf_filter=False,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        report_to="none",
        seed=config.seed,
        data_seed=config.seed,
    )


class _Bar(ProgressCallback):
    """The Trainer's progress bar without its log lines; what was measured is said at epoch ends."""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Prints nothing."""


class _EpochEnds(TrainerCallback):
    """Measures and saves at the end of each pass, since the Trainer sees one long schedule."""

    def __init__(self, ends: Sequence[int]) -> None:
        self.ends = set(ends)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        control.should_evaluate = control.should_save = state.global_step in self.ends
        return control
