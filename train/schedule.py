"""A training as one list of batches in a fixed order, so that a killed run goes on where it stood."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, cast

import torch
from torch import nn
from torch.utils.data import Dataset, SequentialSampler
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class Schedule(Dataset):
    """The batches of all epochs in the order of training.

    Attributes:
        batches: The batches.
        epoch_ends: Optimiser steps done at the end of each epoch.
    """

    def __init__(self, epochs: Sequence[Sequence[Any]], per_step: int = 1) -> None:
        """Lays epochs end to end.

        Args:
            epochs: The batches of each epoch.
            per_step: Batches that make an optimiser step, over all processes; what is left over at the
                end of an epoch is left out.
        """
        whole = [list(batches[: len(batches) // per_step * per_step] or batches) for batches in epochs]
        self.batches = [batch for batches in whole for batch in batches]
        self.epoch_ends = list(accumulate(max(1, len(batches) // per_step) for batches in whole))

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        return self.batches[index]


def optimizer_of(network: nn.Module, rate: float, head_rate: float, decay: float) -> torch.optim.Optimizer:
    """Returns AdamW with a rate for the encoder and one for what stands on it; no decay of biases and norms."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            own = rate if name.startswith("encoder.") else head_rate
            groups.setdefault((own, decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "lr": own, "weight_decay": fading} for (own, fading), group in groups.items()], fused=True
    )


class ScheduledTrainer(Trainer):
    """The Trainer over a schedule, in its order, on one device a process."""

    def __init__(self, *, args: TrainingArguments, **kwargs: Any) -> None:
        args._n_gpu = 1  # on several, DataParallel would split a batch by rows, which are pairs here and windows there
        super().__init__(args=args, **kwargs)

    def _get_train_sampler(self, *args: Any, **kwargs: Any) -> SequentialSampler:
        return SequentialSampler(cast(Schedule, self.train_dataset))


class EpochEnds(TrainerCallback):
    """Measures and saves at the end of each epoch, and saves every so many steps between."""

    def __init__(self, ends: Sequence[int], save_every: int) -> None:
        self.ends, self.save_every = set(ends), save_every

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Asks for what is due after a step."""
        control.should_evaluate = state.global_step in self.ends
        control.should_save = control.should_evaluate or state.global_step % self.save_every == 0
        return control


def processes() -> int:
    """Returns how many processes train together, as `torchrun` and `accelerate launch` say it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main_process() -> bool:
    """Tells whether this process is the one that reports, tracks and saves."""
    return int(os.environ.get("RANK", "0")) == 0
