"""Chooses the labelled pairs of a run: a file of one's own, the built data set, or the gold alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.built import BUILT, content_digest, is_current, read_built, read_gold
from data.corpora import CORPORA
from data.rules.weak import WEAK_CORPUS
from data.schema import Example, Tier
from data.splits import SPLITS, purge
from data.store import BadRow, read_examples
from train.config import GOLD, ConfigError, wants_gold

_MADE = (Tier.UNLABELLED, Tier.VARIED, WEAK_CORPUS)  # by what a recipe or a user does, not by a build
_OTHERS = (GOLD, Tier.READ, *_MADE)


class DataError(ValueError):
    """There is nothing to train on; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Source:
    """The data of a run.

    Attributes:
        name: Short name for MLflow.
        recipe: Recipe that suits it.
        description: What it is, in words.
        splits: Examples by split.
        path: The file, where it is of one's own.
    """

    name: str
    recipe: str
    description: str
    splits: dict[str, list[Example]]
    path: Path | None = None

    @property
    def digest(self) -> str:
        """A digest over all rows."""
        return content_digest(self.splits)


def choose(path: Path | None = None, built: Path | None = None, recipe: str | None = None) -> Source:
    """Returns the data of a file, else the built data set where it is current, else the gold.

    Args:
        path: A file of one's own.
        built: Another built data set than `data/built`.
        recipe: Name or file of a recipe, which may be for the gold alone.

    Raises:
        ConfigError: If the recipe cannot be read.
        DataError: If the file cannot be used.
    """
    if path is not None:
        return _own(path)
    built = built or BUILT
    only_gold = recipe is not None and wants_gold(recipe)
    if not only_gold and is_current(built):
        splits = read_built(built)
        corpora = ", ".join(sorted({example.corpus for example in splits["train"]}))
        return Source("built", "small", f"data set in {built} ({corpora}): {_counts(splits)}", splits)
    try:
        splits = read_gold()
    except BadRow as error:
        raise DataError(str(error)) from None
    if only_gold:
        return Source("gold", "quick", f"the written gold alone, as recipe {recipe} says: {_counts(splits)}", splits)
    why = "is older than the gold: run python data/build.py" if (built / "manifest.json").exists() else "is not there"
    return Source("gold", "quick", f"the written gold alone ({built} {why}): {_counts(splits)}", splits)


def check_weights(weights: Mapping[str, float], source: Source) -> str:
    """Returns what to say of weighted corpora that data of this project lacks, nothing where all are there.

    Raises:
        ConfigError: If a name is of no corpus.
    """
    there = {example.corpus for example in source.splits["train"]}
    known = {*CORPORA, *_OTHERS, *there}
    if unknown := sorted(set(weights) - known):
        raise ConfigError(
            f"corpus_weights: expected names among {', '.join(sorted(known))}, found {', '.join(unknown)}"
        )
    tiers = {str(example.tier) for example in source.splits["train"]}
    absent = sorted(name for name, weight in weights.items() if weight and name not in {*_MADE, *there, *tiers})
    if source.path or not absent:
        return ""
    free = all(CORPORA[name].COMMERCIAL for name in absent if name in CORPORA)
    return (
        f"weighted, but not in the data: {', '.join(absent)}: python data/fetch.py and python data/build.py"
        f"{' --commercial' if free else ''} bring them"
    )


def split_groups(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Splits examples of one's own by group: about 15 % each for dev and test, never none for dev.

    Raises:
        DataError: If there are fewer than three groups.
    """
    groups = sorted({e.group for e in examples}, key=lambda group: hashlib.sha256(group.encode()).hexdigest())
    if len(groups) < 3:
        raise DataError(f"expected at least three groups (documents) to split, found {len(groups)}: give pairs a group")
    size = max(1, round(0.15 * len(groups)))
    place = {g: "test" if i < size else "dev" if i < 2 * size else "train" for i, g in enumerate(groups)}
    return {split: [e for e in examples if place[e.group] == split] for split in SPLITS}


def _own(path: Path) -> Source:
    if not path.is_file():
        raise DataError(f"{path}: expected a .jsonl or .csv file of labelled pairs, found none")
    try:
        examples = list(read_examples(path))
    except BadRow as error:
        raise DataError(str(error)) from None
    purged = purge(split_groups(examples))
    splits, taken = purged.splits, sum(purged.taken.values())
    if not any(e.stance for e in splits["dev"]):
        raise DataError(f"{path}: the dev split has no pair with one certain stance; add labelled groups")
    without = f", without {taken} that repeat a sentence of a later split" if taken else ""
    return Source(path.stem, "quick", f"{path}: {_counts(splits)}{without}", splits, path)


def _counts(splits: dict[str, list[Example]]) -> str:
    return ", ".join(f"{len(splits[split])} {split}" for split in SPLITS) + " pairs"
