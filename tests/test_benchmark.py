import json

import pytest

from data.articles import article_from_text
from models.benchmark import main
from models.measuring import _few_mentions, _operations, matrix_speed
from models.pipeline import Scorer
from models.precision import Effort, Runner


@pytest.mark.slow
def test_the_benchmark_measures_both_ways_and_writes_the_named_figures(articles, tiny_model, tmp_path, capsys):
    out = tmp_path / "speed.json"
    arguments = [str(articles), "--model", str(tiny_model), "--articles", "8", "--plain", "3", "--workers", "2"]
    arguments += ["--rounds", "1", "--starts", "1"]
    assert main([*arguments, "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert list(figures) == [
        "articles_per_s", "ratio_plain_1", "ratio_plain_32", "gemm_share", "encoder_share", "peak_mb", "startup_s",
    ]  # fmt: skip
    assert all(value > 0 for value in figures.values())
    assert figures["encoder_share"] < 1
    printed = capsys.readouterr().out
    assert "8 in 1 rounds, 3 of them the plain way" in printed
    assert "pairs have the same stance" in printed


def test_paths_without_articles_cannot_be_measured(tmp_path, tiny_model, capsys):
    (tmp_path / "a.txt").write_text(" ")
    assert main([str(tmp_path), "--model", str(tiny_model)]) == 1
    assert "no article can be read in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "models/none"], "no model models/none"),
        (["--json", "{0}"], "--json {0}: expected a file that can be written, found a folder: give another path"),
        (["--json", "{0}/a.txt/b.json"], "found that {0}/a.txt is no folder: give another path"),
    ],
)
def test_what_cannot_be_measured_is_told_before(tmp_path, tiny_model, capsys, monkeypatch, options, message):
    monkeypatch.setattr("models.measuring._stages", None)
    (tmp_path / "a.txt").write_text("Togo condemned Chad.")
    options = [option.format(tmp_path) for option in options]
    assert main([str(tmp_path / "a.txt"), "--model", str(tiny_model), *options]) == 1
    assert message.format(tmp_path) in capsys.readouterr().err


def test_the_work_of_an_encoder_is_that_of_its_weights_and_of_attention(tiny_classifier):
    runner = Runner(tiny_classifier.network)
    runner.effort = Effort(1.0, tokens=10, squares=100)
    layer = 4 * 48 * 48 + 2 * 48 * 96
    assert _operations([runner]) == 2 * layer * 10 + 4 * 48 * 100
    assert _operations([runner, runner]) == 2 * _operations([runner])
    assert matrix_speed(2) > 0


def test_the_plain_way_is_spared_the_mentions_after_the_eighth(tiny_classifier):
    states = "Kenya Uganda Chad Niger Togo Ghana Peru Chile Norway Iceland".split()
    text = "; ".join(f"the president of {state}" for state in states) + " met."
    pairs = Scorer(tiny_classifier).pairs(article_from_text(text, "a"))
    few = _few_mentions(pairs)
    assert (len(pairs), len(few)) == (10 * 9, 8 * 7)
    assert {pair.source.text for pair in few} == {f"president of {state}" for state in states[:8]}
