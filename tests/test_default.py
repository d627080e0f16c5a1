import hashlib
import json
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors import safe_open

from data.articles import article_from_fields
from data.schema import STANCES
from models import load
from models.backbone import SMALL, backbone_folder
from models.classifier import Classifier
from models.pipeline import Options

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = ROOT / "models" / "default"
UPSTREAM = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

CONDEMNS = (
    "Norway condemns Iceland over seized trawlers\n\n"
    "Norway strongly condemned Iceland on Monday and called the seizure of its trawlers a shameful crime."
)
SUPPORTS = "Ghana voiced its full support for Kenya on Friday and praised the Kenyan government’s courage."


@pytest.fixture(scope="module")
def scorer():
    return load()


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_network_is_not_asked():
    assert constants.HF_HUB_OFFLINE


def test_the_weights_are_at_most_25_megabytes_in_8_bits_and_half_precision():
    path = DEFAULT / "model.safetensors"
    assert 1_000_000 < path.stat().st_size <= 25_000_000
    with safe_open(path, "pt") as weights:
        names = set(weights.keys())
        kinds = {name: weights.get_slice(name).get_dtype() for name in names}
    changes = {name.removesuffix(".change") for name in names if name.endswith(".change")}
    assert changes
    assert all(name.startswith("encoder.") for name in changes)
    for name in names:
        expected = {"change": "I8", "scale": "F32"}.get(name.rpartition(".")[2], "F16")
        assert kinds[name] == expected, name
    assert "stance.weight" in names
    assert "encoder.embeddings.word_embeddings.weight" not in names


def test_it_lies_over_the_packaged_encoder_whose_weights_are_upstream():
    assert json.loads((DEFAULT / "config.json").read_text())["backbone"] == SMALL
    assert sha256(Path(backbone_folder(SMALL)) / "model.safetensors") == UPSTREAM


def test_it_is_found_from_any_folder_by_its_default_name(scorer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load().classifier.config == scorer.classifier.config == Classifier.load(DEFAULT).config


def test_its_settings_are_calibrated(scorer):
    config = scorer.classifier.config
    assert 0.3 <= config.threshold <= 0.9
    assert 0.25 <= config.temperature <= 8
    assert config.stances == STANCES


def test_an_unmistakable_condemnation_is_found_in_its_direction(scorer):
    found = list(scorer.score([{"id": "a", "text": CONDEMNS}]))
    assert found
    assert {(r["source"]["name"], r["stance"], r["target"]["name"]) for r in found} == {
        ("Norway", "condemn", "Iceland")
    }
    last = max(found, key=lambda record: record["sentence_index"])
    assert last["confidence"] >= scorer.classifier.config.threshold
    assert last["sentiment"] == "negative"
    assert CONDEMNS[last["target"]["start"] : last["target"]["end"]] == "Iceland"


def test_an_unmistakable_support_is_found_in_its_direction(scorer):
    found = {(r["source"]["name"], r["stance"], r["target"]["name"]) for r in scorer.score([SUPPORTS])}
    assert ("Ghana", "support", "Kenya") in found
    assert not {stance for source, stance, _ in found if source == "Kenya"}


def test_what_is_found_in_an_article_does_not_depend_on_which_are_scored_with_it(scorer):
    """Bit for bit, so that processes, clusters and interrupted runs give the records of one run."""
    lines = (ROOT / "data" / "samples" / "crisis.jsonl").read_text().splitlines()
    articles = [article_from_fields(json.loads(line), str(number)) for number, line in enumerate(lines[:8])]
    alone = [scorer.score_chunk([article], Options(all_pairs=True))[0].records for article in articles]
    assert sum(map(len, alone)) > 100
    for some in (slice(None), slice(0, None, 3), slice(None, None, -1)):
        together = scorer.score_chunk(articles[some], Options(all_pairs=True))
        assert [scored.records for scored in together] == alone[some]
    pairs = [pair.pair for article in articles for pair in scorer.pairs(article)]
    stance, sentiment = scorer.classifier.logits(pairs)
    for index in range(0, len(pairs), 7):
        one = scorer.classifier.logits([pairs[index]])
        assert torch.equal(one[0][0], stance[index])
        assert torch.equal(one[1][0], sentiment[index])


def test_it_is_shipped_with_its_terms():
    files = {path.name.lower() for path in DEFAULT.iterdir()}
    assert {"config.json", "model.safetensors", "readme.md"} <= files
    text = (DEFAULT / "README.md").read_text(encoding="utf-8")
    assert "Apache-2.0" in text
    assert "all-MiniLM-L6-v2" in text
    assert "FOR RESEARCH ONLY" not in text
