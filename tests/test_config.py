import re
import shlex
from pathlib import Path

import pytest

from models.classifier import ClassifierConfig
from train.card import model_card
from train.config import RECIPES, ConfigError, TrainConfig, read_config, settings_over


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("epochs: 3\nlearning_rate: 2e-5\ncorpus_weights:\n  gold: 3\n  dse: 0.5\n")
    return path


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_recipe_loads_by_its_name_and_by_its_path(path):
    assert read_config(path.stem) == read_config(path)
    assert read_config(path).chosen()


def test_a_recipe_lies_over_the_defaults(recipe):
    config = read_config(recipe)
    assert (config.epochs, config.learning_rate, config.batch_tokens) == (3, 2e-5, TrainConfig().batch_tokens)
    assert config.chosen() == {"epochs": 3, "learning_rate": 2e-5, "corpus_weights": {"gold": 3, "dse": 0.5}}


def test_settings_lie_over_the_recipe_and_the_last_one_wins(recipe):
    config = read_config(recipe, ["epochs=5", "freeze_embeddings=false", "learning_rate=1e-4", "epochs=7"])
    assert (config.epochs, config.freeze_embeddings, config.learning_rate) == (7, False, 1e-4)


def test_a_setting_reaches_inside(recipe):
    config = read_config(recipe, ["corpus_weights.dse=0.25", "corpus_weights.newsmtsc=2"])
    assert config.corpus_weights == {"gold": 3, "dse": 0.25, "newsmtsc": 2}


def test_a_setting_reaches_inside_what_the_recipe_does_not_name(tmp_path):
    (tmp_path / "empty.yaml").write_text("")
    assert read_config(tmp_path / "empty.yaml", ["corpus_weights.gold=2"]).corpus_weights == {"gold": 2}


def test_resolved_settings_make_the_same_config_again(recipe):
    config = read_config(recipe, ["epochs=5"])
    assert TrainConfig(**config.resolved()) == config


def test_a_config_cannot_be_changed():
    with pytest.raises(AttributeError):
        TrainConfig().epochs = 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("epoch=3", r"own.yaml: unknown setting epoch; known are adapter_rank, backbone, batch_tokens, .*warmup"),
        ("epochs=many", r"own.yaml: epochs is of type int, found 'many'"),
        ("epochs=2.5", r"own.yaml: epochs is of type int, found 2.5"),
        ("epochs=true", r"own.yaml: epochs is of type int, found True"),
        ("epochs=", r"own.yaml: epochs is of type int, found None"),
        ("learning_rate=fast", r"own.yaml: learning_rate is a number, found 'fast'"),
        ("learning_rate=true", r"own.yaml: learning_rate is a number, found True"),
        ("freeze_embeddings=1", r"own.yaml: freeze_embeddings is of type bool, found 1"),
        ("backbone=7", r"own.yaml: backbone is of type str, found 7"),
        ("corpus_weights=3", r"own.yaml: corpus_weights is of type dict, found 3"),
        ("epochs=0", r"epochs: expected a number from 1 to 1000, found 0"),
        ("dropout=0.95", r"dropout: expected a number from 0 to 0.9, found 0.95"),
        ("learning_rate=.nan", r"learning_rate: expected a number from 0 to 1, found nan"),
        ("max_length=16", r"max_length: expected a number from 32 to 8192, found 16"),
        ("corpus_weights.dse=-1", r"corpus_weights: expected numbers from 0 up, found \{'gold': 3\.0, 'dse': -1\.0\}"),
        ("renamed=2", r"renamed: expected a number from 0 to 1, found 2"),
        ("start_share=0.5", r"start_share: expected 0 without start, found 0.5: say start=MODEL too"),
        ("epochs", r"--set epochs: expected key=value"),
    ],
)
def test_a_bad_setting_is_refused_with_what_is_accepted(recipe, setting, message):
    with pytest.raises(ConfigError, match=message):
        read_config(recipe, [setting])


def test_no_window_can_be_told_otherwise_in_two_ways(recipe):
    with pytest.raises(ConfigError, match=r"named, renamed: expected shares that sum to 1 at most, found 1.25"):
        read_config(recipe, ["named=0.5", "renamed=0.75"])


def test_an_unknown_recipe_names_those_there_are():
    known = ", ".join(sorted(path.stem for path in RECIPES.glob("*.yaml")))
    with pytest.raises(ConfigError, match=rf"no recipe nowhere: expected a YAML file or one of {known}"):
        read_config("nowhere")


def test_a_recipe_that_is_a_list_is_refused(tmp_path):
    (tmp_path / "list.yaml").write_text("- epochs\n")
    with pytest.raises(ConfigError, match=r"list.yaml: expected settings as key: value, found list"):
        read_config(tmp_path / "list.yaml")


def test_a_weight_in_scientific_notation_is_a_number(recipe):
    assert read_config(recipe, ["corpus_weights.dse=5e-1"]).corpus_weights["dse"] == 0.5


@pytest.mark.parametrize("setting", ["corpus_weights.dse=half", "corpus_weights.dse=", "epochs.gold=3", "epochs=[1"])
def test_a_bad_value_is_a_config_error(recipe, setting):
    with pytest.raises(ConfigError):
        read_config(recipe, [setting])


def test_a_recipe_that_is_no_yaml_is_refused(tmp_path):
    (tmp_path / "bad.yaml").write_text("epochs: [3\n")
    with pytest.raises(ConfigError, match=r"bad.yaml"):
        read_config(tmp_path / "bad.yaml")


@pytest.mark.parametrize("setting", ["threads=-1", "seed=-1", "weight_decay=-1", "sentiment_weight=-1"])
def test_a_negative_number_is_out_of_range(recipe, setting):
    with pytest.raises(ConfigError, match=r"expected a number from 0"):
        read_config(recipe, [setting])


def test_a_folder_that_is_called_like_a_recipe_is_not_taken_for_it(tmp_path, monkeypatch):
    (tmp_path / "base").mkdir()
    monkeypatch.chdir(tmp_path)
    assert read_config("base") == read_config(RECIPES / "base.yaml")
    with pytest.raises(ConfigError, match=r"no recipe \."):
        read_config(".")


def test_a_card_names_the_command_that_makes_the_model_again(recipe):
    given = ["epochs=5", "corpus_weights.dse=0.25", "corpus_weights.plv=2", "teacher=models/base", "marked=true"]
    config = read_config(recipe, given)
    card = model_card(config, ClassifierConfig(), {"train": []}, {}, [], str(recipe), Path("my own.jsonl"))
    words = shlex.split(re.search(r"`(python train/run.py .*?)`", card).group(1))
    assert words[:6] == ["python", "train/run.py", "--recipe", str(recipe), "--data", "my own.jsonl"]
    assert set(words[6::2]) == {"--set"}
    assert len(words[7::2]) == len(given)
    assert read_config(recipe, words[7::2]) == config
    without = read_config("small", ["corpus_weights={gold: 2}"])
    assert read_config("small", settings_over("small", without)) == without != read_config("small")
    assert "--set" not in model_card(read_config("small"), ClassifierConfig(), {"train": []}, {}, [], "small")
