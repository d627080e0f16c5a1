"""The training of the mention tagger: marked texts in windows, on the Hugging Face Trainer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import TrainingArguments, set_seed

from data.actors.gazetteer import default_gazetteer
from data.corpora import RAW
from data.marked import MarkedText, read_marked
from models.tagger import MentionTagger, TaggerConfig
from models.tagging import TagEncoder, TokenWindow, labels_of
from train.schedule import Schedule, ScheduledTrainer

_BATCH_TOKENS = 1024
_PIECE = 3  # sentences of a training window


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training is asked for; see `train/tagger.py`. `limit` is the most texts that it takes."""

    epochs: int = 14
    rank: int = 32
    learning_rate: float = 1e-3
    dev_share: float = 0.0
    research: bool = False
    seed: int = 13
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Labelled:
    window: TokenWindow
    tags: list[int]
    kinds: list[int]


def train_tagger(settings: Settings, raw: Path | None, out: Path) -> MentionTagger:
    """Trains a tagger, saves it to `out` and returns it as loaded from there.

    Raises:
        LookupError: If no marked text is there.
    """
    texts = [t for t in read_marked(raw or RAW) if t.commercial or settings.research]
    if not texts:
        raise LookupError("no marked text: python data/fetch.py brings the corpora that data/gold/mentions marks")
    set_seed(settings.seed)
    random.Random(settings.seed).shuffle(texts)
    held = round(settings.dev_share * len(texts))
    dev, texts = texts[:held], texts[held:][: settings.limit]
    tagger = MentionTagger.from_backbone(TaggerConfig(rank=settings.rank))
    windows = [labelled for text in texts for labelled in _windows(text, tagger.encoder)]
    print(f"{len(texts)} texts, {sum(len(t.mentions) for t in texts)} mentions, {len(windows)} windows", flush=True)
    chance = random.Random(settings.seed)
    schedule = Schedule([_epoch(windows, chance) for _ in range(settings.epochs)])
    trainer = ScheduledTrainer(
        model=tagger.network,
        train_dataset=schedule,
        data_collator=lambda items: _collate(items[0], tagger.encoder),
        args=_arguments(settings, out, len(schedule)),
    )
    trainer.train()
    tagger.save(out)
    loaded = MentionTagger.load(out)
    if dev:
        print(f"{len(dev)} texts held out: {span_scores(loaded, dev)}", flush=True)
    return loaded


def span_scores(tagger: MentionTagger, texts: Sequence[MarkedText]) -> dict[str, float]:
    """Returns precision, recall and F1 of exact spans, and the share of those found that have the right kind."""
    right = found = gold = kinds = 0
    for text in texts:
        matches = default_gazetteer().search(text.article.text)
        tagged = tagger.tag(text.article, text.sentences, matches)
        wanted = dict(text.mentions)
        hits = [t for t in tagged if t.span in wanted]
        right, found, gold = right + len(hits), found + len(tagged), gold + len(wanted)
        kinds += sum(t.kind is wanted[t.span] for t in hits)
    return {
        "precision": right / max(1, found), "recall": right / max(1, gold),
        "f1": 2 * right / max(1, found + gold), "kind": kinds / max(1, right),
    }  # fmt: skip


def _epoch(windows: Sequence[_Labelled], chance: random.Random) -> list[list[_Labelled]]:
    """Returns batches of windows of like length, up to a number of tokens, in random order."""
    batches: list[list[_Labelled]] = [[]]
    for window in sorted(windows, key=lambda w: (len(w.tags), chance.random())):
        if len(window.tags) * (len(batches[-1]) + 1) > _BATCH_TOKENS and batches[-1]:
            batches.append([])
        batches[-1].append(window)
    chance.shuffle(batches)
    return batches


def _windows(text: MarkedText, encoder: TagEncoder) -> list[_Labelled]:
    matches = default_gazetteer().search(text.article.text)
    result = []
    for start in range(0, len(text.sentences), _PIECE):
        for window in encoder.windows(text.sentences[start : start + _PIECE], matches):
            result.append(_Labelled(window, *labels_of(window, text.mentions)))
    return result


def _collate(items: Sequence[_Labelled], encoder: TagEncoder) -> dict[str, Tensor]:
    batch = encoder.batch([item.window for item in items])
    for name in ("tags", "kinds"):
        labels = torch.full_like(batch["input_ids"], -100)
        for row, item in enumerate(items):
            labels[row, 1 : 1 + len(item.tags)] = torch.tensor(getattr(item, name))
        batch[name] = labels
    return batch


def _arguments(settings: Settings, out: Path, steps: int) -> Any:
    return TrainingArguments(
        output_dir=str(out / "checkpoints"),
        num_train_epochs=1,
        per_device_train_batch_size=1,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=0.06,
        weight_decay=0.01,
        bf16=torch.cuda.is_available(),  # on a processor the adapter's small products gain nothing
        use_cpu=not torch.cuda.is_available(),
        save_strategy="no",
        logging_strategy="steps",
        logging_steps=max(1, steps // settings.epochs // 2),
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        report_to="none",
        disable_tqdm=True,
        seed=settings.seed,
    )
