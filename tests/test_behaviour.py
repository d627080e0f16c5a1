"""The behaviour tests: that the cases are sound, many and unlike the gold, and that passing them is measured right."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from test_gold import LARGEST_OVERLAP, examples, four_grams

from data.schema import SENTIMENTS, STANCES, Prediction, Stance
from models.backbone import BackboneError
from models.classifier import Classifier
from train.behaviour import BadCase, pass_rates, read_kinds
from train.evaluate import main

ROOT = Path(__file__).resolve().parents[1]

OWN = """\
name: passive voice
test: {test}
description: The grammatical subject is the target.
cases:
  - text: "[Chad](b) was scolded by [Malian envoys](a)."
    context: "A toll on the canal angers [Togo](c)."
    expect: {{a>b: condemn, c>a: neutral}}
    also: ["[Malian envoys](a) scolded [Chad](b)."]
  - text: "[](a) scolded [](b)."
    expect: {{a>b: condemn}}
    fill: [{{a: Peru, b: Chile}}, {{a: Chile, b: Peru}}]
"""


@pytest.fixture
def own(tmp_path):
    def write(test="right", text=OWN):
        (tmp_path / "passive.yaml").write_text(text.format(test=test), encoding="utf-8")
        return read_kinds(tmp_path)

    return write


def judging(judge):
    """Makes a model that gives each pair the stance that `judge` says."""

    def predict(pairs):
        stances = [judge(pair) for pair in pairs]
        return [
            Prediction({s: 1.0 if s is stance else 0.0 for s in STANCES}, dict.fromkeys(SENTIMENTS, 1 / 3))
            for stance in stances
        ]

    return predict


def test_a_mark_gives_the_place_of_a_mention(own):
    (kind,) = own()
    passive, active, first, second = (text for case in kind.cases for text in case.texts)
    pair, other = passive.pairs
    assert (pair.text, pair.context) == ("Chad was scolded by Malian envoys.", "A toll on the canal angers Togo.")
    assert [pair.side(span) for span in (pair.source, pair.target)] == ["Malian envoys", "Chad"]
    assert (other.side(other.source), other.source.in_context) == ("Togo", True)
    assert active.pairs[0].text == "Malian envoys scolded Chad."
    assert active.pairs[1].side(active.pairs[1].source) == "Togo"  # the context stays where none is given
    assert [t.pairs[0].side(t.pairs[0].source) for t in (first, second)] == ["Peru", "Chile"]


def test_a_case_passes_if_every_wording_is_right(own):
    kinds = own("right")
    right = judging(lambda pair: Stance.NEUTRAL if pair.source.in_context else Stance.CONDEMN)
    assert pass_rates(kinds, right)["passive voice"].share == 100
    blind = judging(lambda pair: Stance.CONDEMN if pair.source.start == 0 else Stance.NEUTRAL)  # of the passive
    rate = pass_rates(kinds, blind)["passive voice"]
    assert (rate.passed, rate.cases) == (1, 2)
    (failure,) = rate.failures
    assert (failure.source, failure.target, failure.expected, failure.found) == (
        "Malian envoys", "Chad", Stance.CONDEMN, Stance.NEUTRAL,
    )  # fmt: skip


def test_an_invariance_passes_if_every_wording_is_judged_alike(own):
    kinds = own("same")
    assert pass_rates(kinds, judging(lambda pair: Stance.DENY))["passive voice"].share == 100
    by_name = judging(lambda pair: Stance.DENY if pair.side(pair.source) == "Peru" else Stance.NEUTRAL)
    assert pass_rates(kinds, by_name)["passive voice"].passed == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a>b: condemn, c>a", "a>d: condemn, c>a", "passive.yaml: passive-1-1: no mention is marked as d"),
        ("[Malian envoys](a) scolded [Chad](b)", "[Mali](a) scolded [Chad](a)", "a is marked twice"),
        ("a>b: condemn}}", "a>b: scold}}", "Input should be 'condemn', 'support', 'deny' or 'neutral'"),
        ("test: {test}", "test: always", "Input should be 'right' or 'same'"),
        ("description", "about", "description"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(own, old, new, message):
    with pytest.raises(BadCase, match=message):
        own(text=OWN.replace(old, new))


def test_there_are_enough_kinds_and_cases():
    kinds = read_kinds()
    assert len(kinds) >= 25
    assert sum(len(kind.cases) for kind in kinds) >= 400
    assert min(len(kind.cases) for kind in kinds) >= 10
    assert len({kind.name for kind in kinds}) == len(kinds)
    stances = Counter(s for kind in kinds for case in kind.cases for s in set(case.expected))
    assert min(stances[stance] for stance in STANCES) >= 60


def test_every_invariance_has_wordings_to_compare():
    single = [kind.name for kind in read_kinds() if kind.test == "same" for case in kind.cases if len(case.texts) < 2]
    assert single == []


def test_no_model_passes_by_always_saying_one_thing():
    kinds = [kind for kind in read_kinds() if kind.test == "right"]
    for stance in STANCES:
        rates = pass_rates(kinds, judging(lambda pair, stance=stance: stance))
        assert sum(r.passed for r in rates.values()) < 0.3 * sum(r.cases for r in rates.values()), stance


def test_no_case_shares_a_template_with_the_gold():
    grams = defaultdict(set)
    for example in examples():
        grams[example.group] |= four_grams(example.pair.text) | four_grams(example.pair.context)
    holders = defaultdict(set)
    for group, own in grams.items():
        for gram in own:
            holders[gram].add(group)
    alike = []
    for kind in read_kinds():
        for number, case in enumerate(kind.cases, start=1):
            own = four_grams(case.texts[0].pairs[0].text)
            shared = Counter(group for gram in own for group in holders[gram])
            alike += [
                (kind.name, number, group)
                for group, count in shared.items()
                if count > LARGEST_OVERLAP * min(len(own), len(grams[group]))
            ]
    assert alike == []


def test_the_command_prints_the_rates_beside_another_model(tiny_model, tmp_path, capsys):
    out = tmp_path / "new" / "rates.json"
    arguments = ["--behaviour", "--model", str(tiny_model), "--against", str(tiny_model), "--json", str(out)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    kinds = json.loads(out.read_text())["kinds"]
    assert {kind.name for kind in read_kinds()} == set(kinds)
    assert all(name in printed for name in kinds)
    assert "worse than" not in printed
    assert all(rate["failures"] or rate["passed"] == rate["cases"] for rate in kinds.values())


@pytest.mark.slow
@pytest.mark.parametrize(("model", "least"), [("default", 0.9), ("base", 0.93)])
def test_a_shipped_model_passes_nine_cases_in_ten(model, least):
    try:
        classifier = Classifier.load(ROOT / "models" / model)
    except BackboneError as error:
        pytest.skip(str(error))
    classifier.runner.hasten()
    rates = pass_rates(read_kinds(), classifier.predict).values()
    assert sum(rate.passed for rate in rates) >= least * sum(rate.cases for rate in rates)
    assert min(rate.passed / rate.cases for rate in rates) > 0.5


def test_the_command_refuses_an_unknown_model(tmp_path, capsys):
    assert main(["--behaviour", "--model", str(tmp_path / "none")]) == 1
    assert "cannot evaluate: " in capsys.readouterr().err
