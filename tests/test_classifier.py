import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from data.schema import SENTIMENTS, STANCES
from models.classifier import Classifier, ClassifierConfig, ModelError
from models.network import NetworkConfig
from models.precision import Runner
from train.config import TrainConfig
from train.loop import build


@pytest.fixture
def pairs(marked):
    return [
        marked("Ghana, in a long statement that said little, thanked [the Gambia] and {Togo} on Monday.", name="long"),
        marked("[Norway] accused {Iceland}.", name="short"),
        marked("Shame on {Chad}, which took the boats.", "Talks failed.", name="author"),
        marked("{Norway} accused [Iceland].", name="back"),
    ]


@pytest.fixture
def broken(tiny_model, tmp_path):
    """Returns a function that copies the model, lets one change its config, and gives the folder."""

    def change(**fields):
        folder = tmp_path / "broken"
        shutil.copytree(tiny_model, folder)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | fields))
        return folder

    return change


def test_a_saved_classifier_predicts_the_same_after_loading(tiny_classifier, pairs, tmp_path):
    tiny_classifier.save(tmp_path, dtype=torch.float32)
    loaded = Classifier.load(tmp_path)
    saved = Classifier(tiny_classifier.network, tiny_classifier.tokenizer, tiny_classifier.config)
    for found, expected in zip(loaded.predict(pairs), saved.predict(pairs), strict=True):
        assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-6)
        assert found.sentiment_probabilities == pytest.approx(expected.sentiment_probabilities, abs=1e-6)
        assert found.truncated == expected.truncated
    assert loaded.config == tiny_classifier.config


def test_fewer_bits_on_disk_change_probabilities_little(tiny_backbone, pairs, tmp_path):
    classifier = build(TrainConfig(backbone=tiny_backbone, freeze_embeddings=False))
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in classifier.network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    classifier.save(tmp_path)
    kept = {name: tensor.dtype for name, tensor in load_file(tmp_path / "model.safetensors").items()}
    matrix = "encoder.encoder.layer.0.output.dense.weight"
    assert (kept[f"{matrix}.change"], kept["stance.weight"]) == (torch.int8, torch.float16)
    loaded = dict(Classifier.load(tmp_path).network.named_parameters())[matrix]
    whole = dict(classifier.network.named_parameters())[matrix]
    before = dict(build(TrainConfig(backbone=tiny_backbone)).network.named_parameters())[matrix]
    largest = (whole - before).abs().amax(dim=1, keepdim=True)
    assert ((loaded - whole).abs() <= largest / 253).all()
    for one, other in zip(Classifier.load(tmp_path).predict(pairs), classifier.predict(pairs), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=0.03)


def test_the_stored_model_judges_like_the_trained_one(tiny_classifier, tiny_model, pairs):
    for one, other in zip(Classifier.load(tiny_model).predict(pairs), tiny_classifier.predict(pairs), strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=0.03)


def test_predictions_keep_the_order_of_the_pairs(tiny_classifier, pairs):
    together = tiny_classifier.predict(pairs)
    for position, pair in enumerate(pairs):
        (alone,) = tiny_classifier.predict([pair])
        assert together[position].probabilities == pytest.approx(alone.probabilities, abs=0.05)
    assert len({round(p.probabilities["condemn"], 3) for p in together}) == 4


def test_many_batches_give_what_one_batch_gives(tiny_classifier, pairs, monkeypatch):
    expected = tiny_classifier.predict(pairs)
    monkeypatch.setattr(Runner, "tokens_at_once", 1)
    done = []
    found = tiny_classifier.predict(pairs, progress=done.append)
    assert done == [1, 1, 2]
    for one, other in zip(found, expected, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=0.05)


def test_probabilities_sum_to_one_in_the_order_of_the_schema(tiny_classifier, pairs):
    for prediction in tiny_classifier.predict(pairs):
        assert tuple(prediction.probabilities) == STANCES
        assert tuple(prediction.sentiment_probabilities) == SENTIMENTS
        assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-9)
        assert sum(prediction.sentiment_probabilities.values()) == pytest.approx(1, abs=1e-9)


def test_nothing_in_gives_nothing_out(tiny_classifier):
    assert tiny_classifier.predict([]) == []


def test_a_sentence_longer_than_the_window_is_marked_truncated(tiny_classifier, marked):
    long, short = marked(f"[Norway] blames{' very' * 300} {{Iceland}}."), marked("[Norway] blames {Iceland}.")
    assert [p.truncated for p in tiny_classifier.predict([long, short])] == [True, False]


def test_temperature_divides_the_logits(tiny_model, pairs, broken):
    cool, warm = Classifier.load(tiny_model), Classifier.load(broken(temperature=2.0))
    logits, _ = cool.logits(pairs)
    expected = torch.softmax(logits.double() / 2, dim=-1)
    for row, prediction in zip(expected.tolist(), warm.predict(pairs), strict=True):
        assert list(prediction.probabilities.values()) == pytest.approx(row, abs=1e-6)


def test_frozen_embeddings_stay_out_of_the_file_and_come_from_the_backbone(tiny_backbone, pairs, tmp_path):
    classifier = build(TrainConfig(backbone=tiny_backbone, freeze_embeddings=True))
    classifier.save(tmp_path, dtype=torch.float32)
    stored = load_file(tmp_path / "model.safetensors")
    assert not [name for name in stored if name.startswith("encoder.embeddings.word_embeddings.weight")]
    assert "encoder.embeddings.position_embeddings.weight.change" in stored
    assert Classifier.load(tmp_path).predict(pairs) == classifier.predict(pairs)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"is no model folder: expected config.json and model.safetensors there; give"):
        Classifier.load(tmp_path)


def test_another_format_is_refused(broken):
    with pytest.raises(ModelError, match=r"config.json has format 99, this version reads 2: retrain, or use"):
        Classifier.load(broken(format=99))


@pytest.mark.parametrize("labels", [["condemn", "support", "neutral", "deny"], ["condemn", "support"]])
def test_other_labels_are_refused(broken, labels):
    with pytest.raises(ModelError, match=r"config.json has labels \('condemn', 'support'.*: expected \("):
        Classifier.load(broken(stances=labels))


def test_the_labels_expected_are_shown_as_words(broken):
    with pytest.raises(ModelError, match=r": expected \('condemn', 'support', 'deny', 'neutral'\), \('negative', "):
        Classifier.load(broken(stances=["condemn"]))


@pytest.mark.parametrize("fields", [{"network": None}, {"network": {"layers": 1}}, {"surprise": 1}])
def test_a_config_that_does_not_fit_is_refused(broken, fields):
    with pytest.raises(ModelError, match=r"config.json cannot be read \(.*\): write the model again with train/run.py"):
        Classifier.load(broken(**fields))


def test_the_config_of_a_foreign_model_is_refused(tiny_backbone):
    with pytest.raises(ModelError, match=r"config.json cannot be read \('format'\)"):
        Classifier.load(tiny_backbone)


def test_weights_that_lack_a_head_or_hold_something_else_are_refused(broken):
    folder = broken()
    weights = load_file(folder / "model.safetensors")
    save_file(weights | {"extra": torch.zeros(1)}, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"not fit its config: unexpected \['extra'\]; save"):
        Classifier.load(folder)
    del weights["stance.bias"]
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"not fit its config: missing \['stance.bias'\]; save"):
        Classifier.load(folder)
    change = {"encoder.none.weight.change": torch.zeros(1, 1, dtype=torch.int8)}
    save_file(weights | change, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"not fit its config: unexpected encoder.none.weight.change"):
        Classifier.load(folder)


def test_weights_of_another_size_are_refused(broken):
    folder = broken()
    weights = load_file(folder / "model.safetensors")
    save_file(weights | {"stance.bias": torch.zeros(7)}, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"do not fit"):
        Classifier.load(folder)


def test_a_folder_without_weights_is_refused(broken):
    folder = broken()
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model.safetensors"):
        Classifier.load(folder)


def test_weights_cut_short_are_refused(broken):
    folder = broken()
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match=r"model.safetensors"):
        Classifier.load(folder)


def test_a_model_whose_backbone_is_gone_is_refused(broken, tmp_path):
    with pytest.raises(ModelError, match=r"backbone"):
        Classifier.load(broken(backbone=str(tmp_path / "gone")))


def test_the_network_config_travels_with_the_weights(tiny_backbone, tmp_path):
    config = ClassifierConfig(
        backbone=tiny_backbone, max_length=64, threshold=0.7, temperature=1.5, network=NetworkConfig(reader_layers=0)
    )
    Classifier.from_backbone(config).save(tmp_path)
    assert Classifier.load(tmp_path).config == config


def test_a_window_longer_than_the_encoder_reads_is_refused(tiny_backbone):
    with pytest.raises(ModelError, match=r"max_length 1024.* 512"):
        Classifier.from_backbone(ClassifierConfig(backbone=tiny_backbone, max_length=1024))
