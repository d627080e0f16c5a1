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
from data.annotated import annotated_documents
from data.assembly import corpus_sentences
from data.corpora import CORPORA, RAW
from data.marked import MarkedText, read_marked
from data.schema import Article
from data.sentences import split_sentences
from models.tagger import MentionTagger, TaggerConfig
from models.tagging import TagEncoder, TokenWindow, labels_of
from train.schedule import Schedule, ScheduledTrainer, optimizer_of

_BATCH_TOKENS = 1024
_PIECE = 3  # sentences of a training window
_TAUGHT_SHARE = 0.15  # of the windows without labels, drawn anew each epoch
_HEAD_RATE = 1e-3


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training is asked for; see `train/tagger.py`. `limit` is the most texts that it takes."""

    epochs: int = 14
    layers: int = 3
    learning_rate: float = 3e-4
    teacher: Path | None = None
    dev_share: float = 0.0
    research: bool = False
    seed: int = 13
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Example:
    """A window with what the tagger should say of its tokens; without labels a teacher says it."""

    window: TokenWindow
    tags: Sequence[int] = ()
    kinds: Sequence[int] = ()


def train_tagger(settings: Settings, raw: Path | None, out: Path) -> MentionTagger:
    """Trains a tagger, saves it to `out` and returns it as loaded from there.

    Raises:
        LookupError: If no marked text is there.
        ModelError: If the teacher cannot be loaded.
    """
    texts = [t for t in read_marked(raw or RAW) if t.commercial or settings.research]
    if not texts:
        raise LookupError("no marked text: python data/fetch.py brings the corpora that data/gold/mentions marks")
    set_seed(settings.seed)
    random.Random(settings.seed).shuffle(texts)
    held = round(settings.dev_share * len(texts))
    dev, texts = texts[:held], texts[held:][: settings.limit]
    teacher = _teacher(settings.teacher)
    tagger = MentionTagger.from_backbone(TaggerConfig(layers=settings.layers))
    windows = [example for text in texts for example in _windows(text, tagger.encoder)]
    taught = _unlabelled(raw or RAW, texts, settings, tagger.encoder) if teacher else []
    print(
        f"{len(texts)} texts, {sum(len(t.mentions) for t in texts)} mentions, {len(windows)} windows, "
        f"{len(taught)} without labels",
        flush=True,
    )
    chance = random.Random(settings.seed)
    schedule = Schedule([_epoch(windows, taught, chance) for _ in range(settings.epochs)])
    arguments = _arguments(settings, out, len(schedule))
    optimizer = optimizer_of(tagger.network, settings.learning_rate, _HEAD_RATE, arguments.weight_decay)
    trainer = ScheduledTrainer(
        model=tagger.network,
        train_dataset=schedule,
        data_collator=lambda items: _collate(items[0], tagger.encoder, teacher),
        args=arguments,
        optimizers=(optimizer, None),
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


def _teacher(folder: Path | None) -> MentionTagger | None:
    if folder is None:
        return None
    teacher = MentionTagger.load(folder)
    teacher.runner.hasten()
    return teacher


def _epoch(labelled: Sequence[_Example], taught: Sequence[_Example], chance: random.Random) -> list[list[_Example]]:
    """Returns batches in random order: of all labelled windows, and of some of those that a teacher judges."""
    some = chance.sample(taught, round(_TAUGHT_SHARE * len(taught)))
    batches = [*_batches(labelled, chance), *_batches(some, chance)]
    chance.shuffle(batches)
    return batches


def _batches(examples: Sequence[_Example], chance: random.Random) -> list[list[_Example]]:
    """Returns batches of windows of like length, up to a number of tokens."""
    batches: list[list[_Example]] = []
    for example in sorted(examples, key=lambda e: (e.window.length, chance.random())):
        if not batches or example.window.length * (len(batches[-1]) + 1) > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(example)
    return batches


def _windows(text: MarkedText, encoder: TagEncoder) -> list[_Example]:
    matches = default_gazetteer().search(text.article.text)
    result = []
    for start in range(0, len(text.sentences), _PIECE):
        for window in encoder.windows(text.sentences[start : start + _PIECE], matches):
            result.append(_Example(window, *labels_of(window, text.mentions)))
    return result


def _unlabelled(raw: Path, marked: Sequence[MarkedText], settings: Settings, encoder: TagEncoder) -> list[_Example]:
    """Returns windows of the corpora's training sentences that are not marked, none of an annotated article."""
    withheld = annotated_documents()
    known = {sentence.text for text in marked for sentence in text.sentences}
    texts = dict.fromkeys(
        sentence.text
        for name, corpus in CORPORA.items()
        if corpus.COMMERCIAL or settings.research
        for sentence in corpus_sentences(corpus, raw / name, withheld)["train"]
        if sentence.text not in known
    )
    examples = []
    for text in list(texts)[: settings.limit]:
        sentences, matches = split_sentences(Article("", text)), default_gazetteer().search(text)
        examples += [_Example(window) for window in encoder.windows(sentences, matches)]
    return examples


def _collate(examples: Sequence[_Example], encoder: TagEncoder, teacher: MentionTagger | None) -> dict[str, Tensor]:
    batch = encoder.batch([example.window for example in examples])
    if not examples[0].tags:
        assert teacher is not None
        taught = teacher.runner(batch)
        return batch | {"taught_tags": taught["tag_logits"], "taught_kinds": taught["kind_logits"]}
    for name in ("tags", "kinds"):
        labels = torch.full_like(batch["input_ids"], -100)
        for row, example in enumerate(examples):
            labels[row, 1 : 1 + len(example.tags)] = torch.tensor(getattr(example, name))
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
        bf16=torch.cuda.is_available(),
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
