"""Writes the model card of a run: data, figures, limits, terms."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from data.corpora import CORPORA, origin
from data.schema import STANCES, Example
from models.backbone import BASE, SMALL
from models.classifier import ClassifierConfig
from train.config import TrainConfig, settings_over, training_command
from train.metrics import Reported

_USE = """\
## What it does

Given a sentence, the text before it and two marked actors, it says which position towards the second the text
attributes to the first (`condemn`, `support`, `deny`, `neutral`, see `data/codebook.md`) and with which sentiment.
`confidence` is the calibrated probability of the stance; stances below `threshold` are not reported by default.
"""

_ABOUT_DATA = """\
*Certain* pairs have one stance that was read by an annotator. The written gold was written and labelled, and the corpus
sentences were read, by large language models under `data/codebook.md`; annotators of one kind agree more than people
would. *Partial* pairs have a corpus label that leaves several stances possible. The splits share no sentence; dev chose
the epoch, the temperature and the threshold.
"""

_ABOUT_FIGURES = """\
Macro-F1 is over the four stances, on pairs with a certain stance; *majority* is what always saying the most frequent
stance reaches; ECE is the expected calibration error of the confidence, Brier the squared error of all probabilities.
"""

_LIMITS = """\
## Limits

- English news prose. It was not made for tweets, interviews, court records or fiction.
- A stance is what the text attributes. It is neither the truth, nor public opinion, nor what the actor thinks.
- It reads one sentence, and the three before it where a side of the pair stands in them; a stance that needs the whole
  article is missed.
- Irony, long chains of who said what of whom, and denials whose claimant is far away are its weak sides.
- It learnt from text in which some actors are criticised more often than others. Do not use it to judge persons, and
  read the evidence sentence before you quote a number.
- Actors are found and linked (`models/finder/`) before it sees a pair: a missed or wrong actor is not its doing, but is
  in the output all the same.
"""


def model_card(
    config: TrainConfig,
    fitted: ClassifierConfig,
    splits: Mapping[str, Sequence[Example]],
    results: Mapping[str, Mapping[str, Mapping[str, float]]],
    curve: Sequence[Reported],
    recipe: str,
    data: Path | None = None,
) -> str:
    """Returns the model card as Markdown.

    Args:
        config: The settings of the run.
        fitted: The config that travels with the weights.
        splits: The examples by split.
        results: For each split, measures over all pairs and for each corpus, as `metrics.report` gives them.
        curve: What is reported on dev from a confidence on.
        recipe: Name or file of the recipe.
        data: The file of labelled pairs, where it is the user's own.
    """
    training = (
        f"`{training_command(recipe, data, settings_over(recipe, config))}`; backbone {fitted.backbone}; "
        f"temperature {fitted.temperature}, threshold {fitted.threshold}; "
        f"torch {version('torch')}, transformers {version('transformers')}, Python {sys.version.split()[0]}."
    )
    parts = [
        "# Model card",
        _USE,
        "## Data",
        "\n".join(_data_table(splits)),
        _ABOUT_DATA,
        "## Figures",
        "\n".join(_figures_table(results)),
        _ABOUT_FIGURES,
        "## How sure it is",
        "\n".join(_curve_table(curve, fitted.threshold)),
        _LIMITS,
        "## Training",
        training,
        "## Terms",
        "\n".join(_terms(splits, fitted, config)),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _data_table(splits: Mapping[str, Sequence[Example]]) -> list[str]:
    rows = ["| corpus | split | pairs | certain | partial | sentiment only |", "| --- | --- | --- | --- | --- | --- |"]
    for split, examples in splits.items():
        for corpus in sorted({e.corpus for e in examples}):
            own = [e for e in examples if e.corpus == corpus]
            kinds = Counter("certain" if e.stance else "partial" if e.stances else "sentiment" for e in own)
            rows.append(
                f"| {corpus} | {split} | {len(own)} | {kinds['certain']} | {kinds['partial']} | {kinds['sentiment']} |"
            )
    return rows


def _figures_table(results: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    columns = ["split", "corpus", "macro-F1", *STANCES, "majority", "accuracy", "ECE", "Brier", "sentiment macro-F1"]
    names = [
        "stance_macro_f1", *(f"{s}_f1" for s in STANCES), "majority_macro_f1", "stance_accuracy", "calibration_error",
        "brier", "sentiment_macro_f1",
    ]  # fmt: skip
    rows = [f"| {' | '.join(columns)} |", "|" + " --- |" * len(columns)]
    for split, by_corpus in results.items():
        for corpus, measures in by_corpus.items():
            if corpus != "all":
                cells = [f"{measures[name]:.3f}" if name in measures else "–" for name in names]
                rows.append(f"| {split} | {corpus} | {' | '.join(cells)} |")
    return rows


def _curve_table(curve: Sequence[Reported], threshold: float) -> list[str]:
    rows = [
        f"Stances of the dev split that are reported from a confidence on; the default is {threshold}:",
        "",
        "| confidence from | reported | of them right | of all stances found |",
        "| --- | --- | --- | --- |",
    ]
    return rows + [f"| {r.threshold:.2f} | {r.reported} | {r.precision:.3f} | {r.recall:.3f} |" for r in curve]


def _terms(splits: Mapping[str, Sequence[Example]], fitted: ClassifierConfig, config: TrainConfig) -> list[str]:
    used = sorted({e.corpus for e in splits["train"]} & set(CORPORA))
    commercial, backbone = fitted.commercial, fitted.backbone
    before = " and ".join(model for model in (config.start, config.teacher) if model)
    lines = [
        f"The trained weights are under the MIT licence of this project{'' if commercial else ', FOR RESEARCH ONLY'}.",
        f"They lie over the encoder {backbone}, which is not part of them"
        f"{' (sentence-transformers, Apache-2.0)' if backbone in (SMALL, BASE) else '; its own terms hold'}.",
        "" if commercial else "At least one corpus does not allow a commercial use of models trained on it.",
        f"They come of {before} too, whose card names what that learnt from." if before else "",
    ]
    return [line for line in lines if line] + [
        "",
        *(f"- {n}: {CORPORA[n].LICENCE} ({origin(CORPORA[n])})" for n in used),
    ]
