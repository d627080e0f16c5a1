"""The second tier, models/base: an adapter over an encoder that may not be here yet."""

import hashlib
import json
from pathlib import Path

import pytest
from safetensors import safe_open

from models.backbone import BASE, BackboneError, backbone_folder, check_weights
from models.score import main as score

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "models" / "base"


def test_it_is_an_adapter_of_at_most_25_megabytes_over_the_base_encoder():
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    assert config["backbone"] == BASE
    assert config["network"]["adapter_rank"] > 0
    path = FOLDER / "model.safetensors"
    assert 1_000_000 < path.stat().st_size <= 25_000_000
    with safe_open(path, "pt") as weights:
        names = set(weights.keys())
    assert any("lora_A" in name for name in names)
    assert not any("base_layer.weight" in name for name in names)


def test_it_is_shipped_with_its_card_and_terms():
    assert "FOR RESEARCH ONLY" not in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert BASE in (FOLDER / "NOTICE").read_text(encoding="utf-8")


def test_without_its_encoder_it_says_the_one_command_to_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "a.txt").write_text("Norway condemned Iceland on Monday.")
    assert score([str(tmp_path / "a.txt"), "--out", str(tmp_path / "out"), "--model", "models/base"]) == 1
    assert f"the encoder {BASE} is not on this machine: run python train/backbones.py {BASE}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_weights_that_are_not_the_upstream_ones_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path))
    (tmp_path / BASE).mkdir()
    (tmp_path / BASE / "model.safetensors").write_bytes(b"weights")
    check_weights.cache_clear()
    with pytest.raises(BackboneError, match=f"found {hashlib.sha256(b'weights').hexdigest()}"):
        backbone_folder(BASE)
