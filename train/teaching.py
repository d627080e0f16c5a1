"""What a teacher says of pairs: the logits that a smaller model learns from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from filelock import FileLock
from safetensors.torch import load_file, save_file
from torch import Tensor

from data.schema import Example
from data.store import pair_fields
from models.classifier import Classifier
from models.encoding import as_read
from models.progress import counting_bar


@dataclass(frozen=True, slots=True)
class Lessons:
    """The logits of a teacher on pairs, in their order.

    Attributes:
        stances: [pairs, stances], calibrated: their softmax are the teacher's probabilities.
        sentiments: [pairs, sentiments].
        commercial: Whether a model that learns from them may be used commercially, as far as the teacher goes.
    """

    stances: Tensor
    sentiments: Tensor
    commercial: bool = True


def lessons_of(teacher: Classifier, examples: Sequence[Example], folder: Path) -> Lessons:
    """Asks a teacher about examples, or returns what it said of the same ones before.

    Args:
        teacher: The teacher.
        examples: The pairs to judge.
        folder: Where its answers are kept; a name of theirs says what weights judged which pairs.
    """
    kept = folder / f"{_digest(teacher, examples)}.safetensors"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(kept.with_suffix(".lock")):  # of several processes (`torchrun`) one asks, the others wait
        if not kept.exists():
            _ask(teacher, examples, kept)
    answers = load_file(kept)
    return Lessons(answers["stances"], answers["sentiments"], teacher.config.commercial)


def _ask(teacher: Classifier, examples: Sequence[Example], kept: Path) -> None:
    """Writes a teacher's answers to a file that appears when it is whole."""
    with counting_bar() as bar:
        task = bar.add_task("asking the teacher", total=len(examples))
        stances, sentiments = teacher.logits([e.pair for e in examples], lambda count: bar.advance(task, count))
    part = kept.with_suffix(".part")
    save_file({"stances": stances / teacher.config.temperature, "sentiments": sentiments}, part)
    part.rename(kept)


def _digest(teacher: Classifier, examples: Sequence[Example]) -> str:
    digest = hashlib.sha256(f"{teacher.config!r} {teacher.runner.precision}".encode())
    for name, parameter in teacher.network.named_parameters():
        if parameter.requires_grad:
            digest.update(name.encode() + parameter.detach().to(torch.float32).cpu().numpy().tobytes())
    for example in examples:
        digest.update(repr(pair_fields(as_read(example.pair))).encode())
    return digest.hexdigest()[:16]
