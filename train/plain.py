"""The plain way to classify pairs: both mentions marked in the text, one pass a case, one label."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from torch.utils.data import Dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    set_seed,
)

from data.corpora import RAW
from data.duplicates import normal_sentence
from models.backbone import backbone_folder, cannot_load
from models.encoding import marked
from models.precision import has_fast_bfloat16
from models.registry import ROOT
from train.benchmarks import Benchmark, Case, benchmarks
from train.evaluation import scores
from train.loop import last_checkpoint

MAX_LENGTH = 160
_SAVE_EVERY = 200


class CannotTrain(RuntimeError):
    """There is nothing to train on; the message says what to do."""


def run_plain(
    corpus: str, backbone: str, epochs: int, rate: float, seed: int, raw: Path | None, out: Path | None
) -> dict[str, Any]:
    """Trains a plain classifier on a corpus's train split and prints what it reaches on the dev split.

    Raises:
        CannotTrain: If there is no such corpus or it has no train split.
    """
    known, raw, console = benchmarks(), raw or RAW, Console()
    if corpus not in known:
        raise CannotTrain(f"no corpus {corpus}: expected {', '.join(known)}")
    benchmark = known[corpus]
    folder = raw / benchmark.folder
    train, dev = training_cases(benchmark, folder), benchmark.cases(folder, "dev")
    if not train or not dev:
        raise CannotTrain(f"no train or dev split of {corpus} under {raw}: python data/fetch.py brings corpora")
    console.print(f"{backbone} on {corpus}: {len(train)} train, {len(dev)} dev cases, one pass each", soft_wrap=True)
    guesses = _fine_tuned(benchmark.labels, train, dev, backbone, epochs, rate, seed)
    measures, intervals = scores(benchmark.labels, dev, guesses)
    chosen = {"backbone": backbone, "epochs": epochs, "rate": rate, "seed": seed}
    for part in ("clean", "literal"):
        kept = [i for i, case in enumerate(dev) if getattr(case, part)]
        if 0 < len(kept) < len(dev):
            found, spread = scores(benchmark.labels, [dev[i] for i in kept], [guesses[i] for i in kept])
            measures |= {f"{part}_{name}": value for name, value in found.items()}
            intervals |= {f"{part}_{name}": ends for name, ends in spread.items()}
    for name, value in measures.items():
        low, high = intervals[name]
        console.print(f"{name:18} {value:5.1f} [{low:.1f}, {high:.1f}]")
    result = {**chosen, "corpus": corpus, "n": len(dev), "measures": measures, "intervals": intervals}
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return result


def training_cases(benchmark: Benchmark, folder: Path) -> list[Case]:
    """Returns the train cases whose sentence stands in no later split."""
    held = {normal_sentence(case.sentence) for split in ("dev", "test") for case in benchmark.cases(folder, split)}
    return [case for case in benchmark.cases(folder, "train") if normal_sentence(case.sentence) not in held]


class _Cases(Dataset):
    def __init__(self, labels: Sequence[str], cases: Sequence[Case], tokenizer: Any) -> None:
        pairs = [marked(case.pairs[0]) for case in cases]
        self.encoded = tokenizer(
            [p.context for p in pairs], [p.text for p in pairs], truncation=True, max_length=MAX_LENGTH
        )
        self.labels = [labels.index(case.label) for case in cases]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {name: values[index] for name, values in self.encoded.items()} | {"labels": self.labels[index]}


def _fine_tuned(
    labels: Sequence[str],
    train: Sequence[Case],
    dev: Sequence[Case],
    backbone: str,
    epochs: int,
    rate: float,
    seed: int,
) -> list[str]:
    """Trains, and returns the dev labels of the last epoch; what was cut off goes on from its last checkpoint."""
    set_seed(seed)
    pretrained = backbone_folder(backbone)
    try:
        tokenizer = AutoTokenizer.from_pretrained(pretrained, trust_remote_code=False)
        model = AutoModelForSequenceClassification.from_pretrained(
            pretrained,
            num_labels=len(labels),
            attn_implementation="eager",
            use_safetensors=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError) as error:
        raise cannot_load(backbone, error) from None
    for parameter in model.get_input_embeddings().parameters():
        parameter.requires_grad = False
    steps = epochs * (len(train) // 32 + 1)
    settings = f"{labels} {backbone} {epochs} {rate} {seed} {[(case.label, case.pairs[0]) for case in train]}"
    folder = ROOT / "runs" / "plain" / hashlib.sha256(settings.encode()).hexdigest()[:16]
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(folder), num_train_epochs=epochs, per_device_train_batch_size=32,
            per_device_eval_batch_size=64, learning_rate=rate, warmup_steps=steps // 10, weight_decay=0.01,
            train_sampling_strategy="group_by_length", bf16=has_fast_bfloat16(), logging_steps=200,
            save_strategy="steps", save_steps=_SAVE_EVERY, save_total_limit=1,
            report_to="none", disable_tqdm=not sys.stderr.isatty(), seed=seed, use_cpu=not torch.cuda.is_available(),
            dataloader_pin_memory=False,
        ),
        train_dataset=_Cases(labels, train, tokenizer),
        data_collator=DataCollatorWithPadding(tokenizer),
    )  # fmt: skip
    trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    shutil.rmtree(folder, ignore_errors=True)
    trainer.args.train_sampling_strategy = "sequential"  # else the dev cases would be sorted by length too
    logits = trainer.predict(_Cases(labels, dev, tokenizer)).predictions
    return [labels[index] for index in np.argmax(logits, axis=1)]
