"""The data card of a build: what is in, from where, under which terms, how sure, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from data.agreement import Agreement
from data.assembly import Assembly
from data.corpora import CORPORA, origin
from data.duplicates import CONTAINED, THRESHOLD
from data.schema import STANCES, Example, Tier
from data.splits import SPLITS
from data.standoff import Meanings

_HEAD = """\
---
language: en
task_categories: [text-classification]
pretty_name: visavis, actor-to-actor stances in news
license: other
configs:
- config_name: default
  data_files:
  - {{split: train, path: "train/*.arrow"}}
  - {{split: dev, path: "dev/*.arrow"}}
  - {{split: test, path: "test/*.arrow"}}
---
# Data card

Ordered pairs of actors in news sentences, and which position towards the second the text attributes to the first:
`condemn`, `support`, `deny` or `neutral` (`data/codebook.md`), with its sentiment. Digest {digest}.
{terms}
"""

_TIERS = """\
| tier | a label of it |
| --- | --- |
| gold | written for this project, passage and label |
| read | given to a corpus sentence by an annotator who read it under the codebook |
| corpus | the distribution over stances that the corpus's own label leaves, never a certain stance |
| weak | made by labelling rules (`data/label.py`); none is in a build |
"""

_ANNOTATORS = """\
All annotators, of the written gold and of the stand-off rows, were large language models of one kind, each in a session
of its own that saw the codebook and the text alone. No person has labelled these pairs independently yet. Annotators of
one kind agree more than people would, so read their agreement as an upper bound.
"""


def data_card(assembly: Assembly, digest: str) -> str:
    """Returns the data card as Markdown, with the header that the Hugging Face hub reads."""
    free = all(e.commercial for split in SPLITS for e in assembly.splits[split])
    head = _HEAD.format(
        digest=f"`{digest}`",
        terms="Every source lets a model trained on it be used commercially."
        if free
        else "Not every source lets a model trained on it be used commercially: `--commercial` leaves those out.",
    )
    parts = {
        "Sources": _sources(assembly),
        "Counts": [*count_table(assembly.splits), "", _TIERS],
        "How it adds up": _accounts(assembly),
        "Taken out": _taken(assembly),
        "Who annotated, and how far they agree": [_ANNOTATORS, *_agreement(assembly.agreement)],
        "What corpus labels mean": _meanings(assembly.meaning),
    }
    sections = [f"## {title}\n\n{chr(10).join(lines).strip()}" for title, lines in parts.items()]
    return "\n\n".join([head.strip(), *sections]) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Returns a Markdown table, numbers to the right."""
    numbers = [all(isinstance(row[i], (int, float)) for row in rows) and bool(rows) for i in range(len(header))]
    lines = [f"| {' | '.join(header)} |", f"| {' | '.join('---:' if n else '---' for n in numbers)} |"]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]


def _sources(assembly: Assembly) -> list[str]:
    rows: list[list[object]] = [["gold", "written for this project", "MIT", "yes", ""]]
    for name in assembly.dropped:
        corpus = CORPORA[name]
        files = ", ".join(f"{count} {kind}" for kind, count in sorted(assembly.copies[name].items()))
        rows.append(
            [name, origin(corpus), corpus.LICENCE, "yes" if corpus.COMMERCIAL else "no", files or "not recorded"]
        )
    return table(["corpus", "origin", "licence", "commercial use", "files (sha256)"], rows)


def count_table(splits: Mapping[str, Sequence[Example]]) -> list[str]:
    """Returns the pairs by split, corpus, tier and label as a Markdown table."""
    header = ["split", "corpus", "tier", "pairs", *STANCES, "partial", "sentiment only"]
    rows: list[list[object]] = []
    for split in SPLITS:
        kinds = Counter((e.corpus, e.tier, _kind(e)) for e in splits[split])
        for corpus, tier in sorted(
            {(c, t) for c, t, _ in kinds}, key=lambda place: (list(Tier).index(place[1]), place[0])
        ):
            own = [kinds[corpus, tier, kind] for kind in (*map(str, STANCES), "partial", "sentiment")]
            rows.append([split, corpus, str(tier), sum(own), *own])
        if rows and splits[split]:
            sums = [sum(int(str(row[i])) for row in rows if row[0] == split) for i in range(3, len(header))]
            rows.append([split, "**all**", "", *sums])
    return table(header, rows)


def _kind(example: Example) -> str:
    return str(example.stance) if example.stance else "partial" if example.stances else "sentiment"


def _accounts(assembly: Assembly) -> list[str]:
    left = Counter((split, e.corpus) for split in SPLITS for e in assembly.splits[split])
    gone: Counter[tuple[str, str]] = Counter()
    for (split, corpus, _), count in assembly.purged.taken.items():
        gone[split, corpus] += count
    rows = [
        [split, corpus, assembly.before[split, corpus], gone[split, corpus], left[split, corpus]]
        for split in SPLITS
        for corpus in sorted({c for s, c in assembly.before if s == split})
    ]
    return table(["split", "corpus", "pairs read or labelled", "taken out as leaks", "left"], rows)


def _taken(assembly: Assembly) -> list[str]:
    purged = assembly.purged
    lines = [
        "The splits share no document and no sentence. No two sentences of two splits have a Jaccard similarity of",
        f"their word trigrams from {THRESHOLD}, and no text or context holds a share from {CONTAINED} of the trigrams",
        "of a later split's sentence, over all corpora together: test beats dev beats train.",
        "Documents whose actors were annotated (`data/gold/actors`) are in test, whatever their corpus says.",
        "",
        *table(
            ["split", "corpus", "leak", "pairs"], [[*place, count] for place, count in sorted(purged.taken.items())]
        ),
    ]
    if purged.emptied:
        emptied = ", ".join(f"{count} of {corpus} {split}" for (split, corpus), count in sorted(purged.emptied.items()))
        lines += ["", f"Contexts emptied because a sentence of theirs stands in a later split: {emptied}."]
    doubles = [[name, split, *counts] for (name, split), counts in assembly.doubles.items() if counts[0]]
    lines += ["", "Doubles that corpora bring along:", ""]
    lines += table(["corpus", "split", "rows whose sentence stands in an earlier split", "of"], doubles)
    unusable = [
        [n, reason, count] for n, reasons in assembly.dropped.items() for reason, count in sorted(reasons.items())
    ]
    return [*lines, "", "Corpus rows that could not be used:", "", *table(["corpus", "reason", "rows"], unusable)]


def _agreement(agreed: Agreement | None) -> list[str]:
    if agreed is None:
        return ["No pair was labelled twice."]
    lines = [
        f"Stand-off rows labelled twice, the second time blind: {agreed.pairs} pairs, {agreed.observed:.1%} with one "
        f"label; Cohen's κ {agreed.kappa:.3f} over the four stances, {agreed.sentiment:.3f} over the three sentiments.",
        "",
        *table(["stance against the rest", "κ"], [[s, f"{k:.3f}"] for s, k in agreed.by_stance.items()]),
    ]
    if agreed.confusions:
        seen = "; ".join(f"{one} or {other} {count} times" for one, other, count in agreed.confusions)
        lines += ["", f"Where stances differed: {seen}. Adjudicated rows settle these; of sentiments the first counts."]
    return lines


def _meanings(meaning: Meanings) -> list[str]:
    rows = [
        [corpus, label, *(f"{weights.get(s, 0.0):.2f}" for s in STANCES)]
        for (corpus, label), weights in meaning.items()
    ]
    return [
        "Share of each stance among pairs drawn at random from a corpus label and read, smoothed by one count for each",
        "stance that the label leaves possible; the weights of the tier *corpus*.",
        "",
        *table(["corpus", "label", *STANCES], rows),
    ]
