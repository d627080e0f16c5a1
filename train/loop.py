"""Trains a classifier with the Hugging Face Trainer and picks its best epoch on the dev split."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    ProgressCallback,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from data.schema import Example
from models.backbone import cannot_load
from models.classifier import Classifier, ClassifierConfig
from models.network import NetworkConfig
from models.precision import has_fast_bfloat16
from models.registry import load_classifier
from train.calibration import calibrate
from train.config import TrainConfig
from train.dataset import WindowDataset
from train.metrics import SELECTION_METRIC, measure
from train.schedule import EpochEnds, Schedule, ScheduledTrainer, optimizer_of, processes
from train.teaching import Lessons

_SAVE_EVERY = 250


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was measured at the end of an epoch."""

    number: int
    step: int
    metrics: Mapping[str, float]


def train(
    config: TrainConfig,
    examples: Sequence[Example],
    dev: Sequence[Example],
    folder: Path,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    lessons: Lessons | None = None,
) -> Classifier:
    """Trains a classifier and returns it with the weights of its best epoch, calibrated on dev.

    The best epoch is the one of the highest `train.metrics.SELECTION_METRIC` on the dev split. Where
    `folder` holds a checkpoint, the training goes on from there, to the result that it would have had.

    Args:
        config: The settings.
        examples: Labelled pairs to learn from, and unlabelled ones if there are lessons.
        dev: Labelled pairs to choose by, some with a certain stance.
        folder: Where checkpoints are kept.
        on_epoch: Called at the end of each epoch.
        lessons: What a teacher says of the examples, in their order.
    """
    if not any(example.stance for example in dev):
        raise ValueError("the dev split has no pair with one certain stance: add some, they choose the best epoch")
    set_seed(config.seed)
    if config.threads:
        torch.set_num_threads(config.threads)
    classifier = build(config)
    free = all(example.commercial for example in examples) and (lessons is None or lessons.commercial)
    classifier.config = replace(classifier.config, commercial=classifier.config.commercial and free)
    windows = WindowDataset(
        examples,
        classifier.encoder,
        config.batch_tokens,
        config.corpus_weights,
        config.seed,
        config.named,
        lessons,
        config.renamed,
        config.epoch_windows,
    )
    schedule = Schedule(
        [windows.epoch(number) for number in range(config.epochs)], config.gradient_accumulation * processes()
    )
    optimizer = optimizer_of(classifier.network, config.learning_rate, config.head_learning_rate, config.weight_decay)
    trainer = _StanceTrainer(
        classifier,
        schedule,
        dev,
        on_epoch,
        args=_arguments(config, folder, schedule),
        data_collator=lambda items: windows.collate(items[0]),
        optimizers=(optimizer, None),
        callbacks=[EpochEnds(schedule.epoch_ends, _SAVE_EVERY)],
    )
    if config.patience:
        trainer.add_callback(_Patience(config.patience))
    trainer.remove_callback(ProgressCallback)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_Bar if sys.stderr.isatty() else _Lines)
    trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    classifier.network.eval()
    if config.start_share:
        _average_with_start(classifier, config)
    calibrate(classifier, dev)
    return classifier


def build(config: TrainConfig) -> Classifier:
    """Builds the classifier that a config describes: a trained one to begin with, or an untrained one.

    Raises:
        BackboneError, ModelError, ModelNotFound: If what it is built of is not there or cannot be loaded.
    """
    classifier = _started(config) if config.start else _untrained(config)
    if config.freeze_embeddings:
        for parameter in classifier.network.encoder.get_input_embeddings().parameters():
            parameter.requires_grad = False
    return classifier


def like_start(config: TrainConfig) -> TrainConfig:
    """Returns a config with the backbone and the sizes of the model that it begins with, which none of its own change.

    Raises:
        BackboneError, ModelError, ModelNotFound: If that model is not there or cannot be loaded.
    """
    if not config.start:
        return config
    begun = load_classifier(config.start).config
    return replace(
        config,
        backbone=begun.backbone,
        max_length=begun.max_length,
        marked=begun.marked,
        dropout=begun.network.dropout,
        reader_layers=begun.network.reader_layers,
        reader_size=begun.network.reader_size,
        adapter_rank=begun.network.adapter_rank,
    )


def _started(config: TrainConfig) -> Classifier:
    classifier = load_classifier(config.start)
    network = classifier.network
    network.sizes = replace(
        network.sizes, sentiment_weight=config.sentiment_weight, teaching_weight=config.teaching_weight
    )
    classifier.config = replace(classifier.config, network=network.sizes, temperature=1.0)
    if network.sizes.adapter_rank:
        network.encoder.unmerge_adapter()
    return classifier


@torch.no_grad()
def _average_with_start(classifier: Classifier, config: TrainConfig) -> None:
    start = dict(_started(config).network.named_parameters())
    for name, parameter in classifier.network.named_parameters():
        if parameter.requires_grad:
            parameter.lerp_(start[name].to(parameter.device), config.start_share)


def _untrained(config: TrainConfig) -> Classifier:
    sizes = NetworkConfig(
        reader_layers=config.reader_layers,
        dropout=config.dropout,
        sentiment_weight=config.sentiment_weight,
        adapter_rank=config.adapter_rank,
        reader_size=config.reader_size,
        teaching_weight=config.teaching_weight,
    )
    chosen = ClassifierConfig(config.backbone, config.max_length, marked=config.marked, network=sizes)
    try:
        return Classifier.from_backbone(chosen)
    except (OSError, ValueError) as error:
        raise cannot_load(config.backbone, error) from None


def last_checkpoint(folder: Path) -> str | None:
    """Returns the last whole checkpoint of a folder; the state of the Trainer is what is written last."""
    whole = []
    for path in folder.glob("checkpoint-*/trainer_state.json"):
        try:
            whole.append((int(json.loads(path.read_text(encoding="utf-8"))["global_step"]), str(path.parent)))
        except (ValueError, KeyError):
            continue
    return max(whole)[1] if whole else None


class _StanceTrainer(ScheduledTrainer):
    """Measures stances on the dev split at the ends of epochs."""

    def __init__(
        self,
        classifier: Classifier,
        schedule: Schedule,
        dev: Sequence[Example],
        on_epoch: Callable[[Epoch], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(model=classifier.network, train_dataset=schedule, eval_dataset=list(dev), **kwargs)
        self.classifier, self.schedule, self.dev, self.on_epoch = classifier, schedule, dev, on_epoch

    def evaluate(self, *args: Any, metric_key_prefix: str = "eval", **kwargs: Any) -> dict[str, float]:
        predictions = self.classifier.predict([example.pair for example in self.dev])
        metrics = measure(self.dev, predictions)
        losses = [entry["loss"] for entry in self.state.log_history if "loss" in entry]
        number = self.schedule.epoch_ends.index(self.state.global_step) + 1
        self.on_epoch(Epoch(number, self.state.global_step, metrics | ({"train_loss": losses[-1]} if losses else {})))
        prefixed = {f"{metric_key_prefix}_{name}": value for name, value in metrics.items()}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, prefixed)
        return prefixed


def _arguments(config: TrainConfig, folder: Path, schedule: Schedule) -> TrainingArguments:
    on_gpu = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=1,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=config.gradient_accumulation,
        learning_rate=config.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=round(config.warmup * schedule.epoch_ends[-1]),
        bf16=has_fast_bfloat16(),
        use_cpu=not on_gpu,
        ddp_backend="nccl" if on_gpu else "gloo" if processes() > 1 else None,
        ddp_find_unused_parameters=True if processes() > 1 else None,  # a batch may have no author
        eval_strategy="steps",
        eval_steps=10**9,
        save_strategy="steps",
        save_steps=10**9,
        save_total_limit=2,
        load_best_model_at_end=True,
        restore_callback_states_from_checkpoint=config.patience > 0,
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


class _Patience(EarlyStoppingCallback):
    """Stops a training that gets no better, also one that had to stop when it was cut off."""

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Stops at once where the epochs before the cut were enough."""
        control.should_training_stop |= self.early_stopping_patience_counter >= self.early_stopping_patience
        return control


class _Bar(ProgressCallback):
    """The Trainer's progress bar without its log lines; what was measured is said at epoch ends."""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Prints nothing."""


class _Lines(TrainerCallback):
    """A line now and then where the output is no terminal."""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Prints step and loss."""
        if logs and "loss" in logs and state.is_world_process_zero:
            print(f"step {state.global_step}/{state.max_steps}, loss {logs['loss']:.3f}", file=sys.stderr, flush=True)
