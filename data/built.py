"""The data sets that training reads: the written gold, and what `data/build.py` made of all sources.

A built data set is a folder of the Hugging Face `datasets` library, one split each for train, dev
and test, with a card and a manifest. `datasets.load_from_disk` and `datasets.load_dataset` read it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.folders import part_of, replace_folder
from data.schema import STANCES, Example, Pair, PairSpan, Sentiment, Tier, stance_weights
from data.splits import SPLITS, split_of
from data.store import read_examples, rows_digest

GOLD = Path(__file__).resolve().parent / "gold"
BUILT = Path(__file__).resolve().parent / "built"
MANIFEST = "manifest.json"
CARD = "README.md"
_FACTS = {"gold", "digest", "counts"}  # in every manifest of a build; other commands write a manifest.json too


def read_gold(folder: Path = GOLD) -> dict[str, list[Example]]:
    """Returns the written gold by split."""
    splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
    for path in sorted(folder.glob("*.jsonl")):
        for example in read_examples(path):
            splits[split_of(example.group)].append(example)
    return splits


def gold_digest(folder: Path = GOLD) -> str:
    """Returns a digest of the labels in the repository, by which a built data set is current or not."""
    files = sorted(path for kind in ("", "standoff/", "actors/") for path in folder.glob(f"{kind}*.jsonl"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def content_digest(splits: Mapping[str, Sequence[Example]]) -> str:
    """Returns the digest of a whole data set: the same rows in the same order give the same digest."""
    return rows_digest(example for split in SPLITS for example in splits[split])


def write_built(folder: Path, splits: Mapping[str, Sequence[Example]], facts: Mapping[str, Any], card: str) -> None:
    """Writes a built data set, in the place of one that is there.

    Args:
        folder: Where to.
        splits: The examples by split.
        facts: More entries for the manifest.
        card: The data card, Markdown.
    """
    from datasets import Dataset, DatasetDict, disable_progress_bars

    folder = folder.resolve()
    check_replaceable(folder)
    disable_progress_bars()
    features = _features()
    rows = {split: [_row(example) for example in splits[split]] for split in SPLITS}
    data = DatasetDict(
        {s: Dataset.from_dict({name: [row[name] for row in rows[s]] for name in features}, features) for s in SPLITS}
    )
    manifest = {
        **facts,
        "gold": gold_digest(),
        "digest": content_digest(splits),
        "counts": {split: len(splits[split]) for split in SPLITS},
    }
    made = part_of(folder)
    try:
        data.save_to_disk(made, num_shards=dict.fromkeys(SPLITS, 1))  # an empty split has a file too
        (made / CARD).write_text(card, encoding="utf-8")
        (made / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        replace_folder(folder, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def check_replaceable(folder: Path) -> None:
    """Raises ValueError unless a folder is absent, empty, or holds a built data set, which may be replaced."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder for the data set, found a file: give another --out")
    if folder.is_dir() and any(folder.iterdir()) and read_manifest(folder) is None:
        raise ValueError(
            f"{folder}: expected a new or empty folder or a built data set, found other files: give another --out"
        )


def read_built(folder: Path = BUILT) -> dict[str, list[Example]]:
    """Returns the examples of a built data set by split.

    Raises:
        FileNotFoundError: If there is none.
    """
    if read_manifest(folder) is None:
        raise FileNotFoundError(f"{folder}: expected a built data set, found none: run python data/build.py")
    from datasets import load_from_disk

    data = load_from_disk(str(folder))
    return {split: [_example(row) for row in data[split].to_list()] for split in SPLITS}


def read_manifest(folder: Path = BUILT) -> dict[str, Any] | None:
    """Returns the manifest of a built data set, None where there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.keys() >= _FACTS else None


def is_current(folder: Path = BUILT) -> bool:
    """Tells whether a built data set holds the labels that the repository holds now."""
    manifest = read_manifest(folder)
    return manifest is not None and manifest["gold"] == gold_digest()


def _features() -> Any:
    from datasets import Features, Value

    texts: Iterable[str] = ("id", "text", "context")
    numbers = ("source_start", "source_end", "target_start", "target_end")
    return Features(
        {name: Value("string") for name in texts}
        | {name: Value("int32") for name in numbers}
        | {"source_in": Value("string"), "target_in": Value("string"), "stance": Value("string")}
        | {str(stance): Value("float64") for stance in STANCES}
        | {name: Value("string") for name in ("sentiment", "group", "corpus", "tier", "label", "licence")}
        | {"commercial": Value("bool"), "confidence": Value("float64")}
    )


def _row(example: Example) -> dict[str, Any]:
    source, target, stances = example.pair.source, example.pair.target, example.stances
    return {
        "id": example.pair.id,
        "text": example.pair.text,
        "context": example.pair.context,
        "source_start": source.start if source else None,
        "source_end": source.end if source else None,
        "source_in": _place(source),
        "target_start": target.start,
        "target_end": target.end,
        "target_in": _place(target),
        "stance": example.stance and str(example.stance),
        **{str(stance): None if stances is None else stances.get(stance, 0.0) for stance in STANCES},
        "sentiment": example.sentiment and str(example.sentiment),
        "group": example.group,
        "corpus": example.corpus,
        "tier": str(example.tier),
        "label": example.label,
        "licence": example.licence,
        "commercial": example.commercial,
        "confidence": example.confidence,
    }


def _place(span: PairSpan | None) -> str | None:
    return None if span is None else "context" if span.in_context else "text"


def _example(row: Mapping[str, Any]) -> Example:
    weights = {str(s): row[str(s)] for s in STANCES if row[str(s)]}
    source = None
    if row["source_in"] is not None:
        source = PairSpan(row["source_start"], row["source_end"], row["source_in"] == "context")
    target = PairSpan(row["target_start"], row["target_end"], row["target_in"] == "context")
    return Example(
        pair=Pair(row["id"], row["text"], source, target, row["context"]),
        stances=stance_weights(weights) if weights else None,
        sentiment=Sentiment(row["sentiment"]) if row["sentiment"] else None,
        group=row["group"],
        corpus=row["corpus"],
        commercial=row["commercial"],
        licence=row["licence"],
        tier=Tier(row["tier"]),
        label=row["label"],
        confidence=row["confidence"],
    )
