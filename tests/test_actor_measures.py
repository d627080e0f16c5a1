"""How an actor stage is measured against annotated articles, on articles that can be counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.annotated import AnnotatedArticle, AnnotatedMention, AnnotatedSpeech
from data.schema import Actor, ActorKind, Article, Mention, Quotation, Span, Stance
from train.actor_measures import (
    clusters_counts,
    count_coreference,
    count_mentions,
    count_speakers,
    count_stances,
    head_of,
    is_short,
    measures,
    same_actors,
)

STATE, PERSON, GROUP, IGO, NGO = (ActorKind(kind) for kind in ("state", "person", "group", "igo", "ngo"))
NORWAY, PERU, TOGO, BENIN = (
    Actor(name, STATE, code) for name, code in (("Norway", "NOR"), ("Peru", "PER"), ("Togo", "TGO"), ("Benin", "BEN"))
)
KARI = Actor("Kari Moen", PERSON, "NOR", "GOV", True, NORWAY)
POLICE = Actor("Norwegian police", STATE, "NOR", "COP", True, NORWAY)
CREWS = Actor("fishermen and sailors", GROUP, "TGO")
ACTORS = {"n": NORWAY, "p": PERU, "t": TOGO, "b": BENIN, "k": KARI, "c": POLICE, "g": CREWS}
SPEECH = 'Norway said: "Peru lied to us." Togo claimed that Benin had paid. "Who knows?" read the banner.'


def place(text, words, after=0):
    start = text.index(words, after)
    return start, start + len(words)


def annotated(text, *mentions, speech=(), stances=()):
    """An article with mentions as ("Norway", "n"), each behind the one before; "n+p" for two actors."""
    marked, position = [], 0
    for words, ids in mentions:
        start, position = place(text, words, position)
        marked.append(AnnotatedMention(Span(start, position), tuple(ids.split("+"))))
    spoken = tuple(AnnotatedSpeech(Span(*place(text, words)), tuple(ids)) for words, ids in speech)
    return AnnotatedArticle("passages", "dev", Article("a", text), ACTORS, tuple(marked), spoken, tuple(stances))


def found(text, *mentions):
    """What a stage found, as (words, actor), each behind the one before or at the same place."""
    result, position = [], 0
    for words, actor in mentions:
        position, end = place(text, words, position)
        result.append(Mention(position, end, words, 0, actor))
    return result


def person(name, country=None):
    return Actor(name, PERSON, country)


@pytest.mark.parametrize(
    ("words", "head"),
    [
        ("Norwegian Foreign Minister Kari Moen", "Moen"),
        ("Kari Moen, the foreign minister", "Moen"),
        ("president of Ghana", "president"),
        ("ministry in Lima", "ministry"),
        ("envoy to the United Nations", "envoy"),
        ("fishermen who met in Oslo", "fishermen"),
        ("the two countries", "countries"),
        ("U.S. troops", "troops"),
        ("Doctors Without Borders", "Borders"),
        ("“Kari Moen”", "Moen"),
        ("the on-duty officer", "officer"),
        ("Jean-Marc Kouassi", "Kouassi"),
        ("she", "she"),
        pytest.param("40,000 protesters", "protesters"),
        pytest.param("Ama Kofi (Togo)", "Kofi"),
    ],
)  # fmt: skip
def test_the_head_is_the_last_word_before_a_preposition_or_a_comma(words, head):
    text = f"Then {words}"
    assert text[slice(*head_of(text, Span(5, len(text))))] == head


def test_mentions_right_missed_invented_and_linked_wrong_are_counted():
    text = "Norway and Peru thanked Togo and Benin."
    gold = annotated(text, ("Norway", "n"), ("Peru", "p"), ("Togo", "t"))
    counts = count_mentions(gold, found(text, ("Norway", NORWAY), ("Peru", TOGO), ("Benin", BENIN)))
    assert {name: counts[name] for name in ("mention_right", "mention_found", "mention_gold")} == {
        "mention_right": 2, "mention_found": 3, "mention_gold": 3,
    }  # fmt: skip
    assert (counts["exact_right"], counts["exact_found"], counts["exact_gold"]) == (2, 3, 3)
    assert (counts["link_right"], counts["link_gold"]) == (1, 2)
    result = measures(counts)
    assert (result["mention_f1"], result["link_accuracy"]) == (pytest.approx(200 / 3), 50)


def test_precision_and_recall_are_of_what_was_found_and_of_what_there_is():
    text = "Norway and Peru thanked Togo and Benin."
    gold = annotated(text, ("Norway", "n"), ("Peru", "p"), ("Togo", "t"), ("Benin", "b"))
    result = measures(count_mentions(gold, found(text, ("Norway", NORWAY))))
    assert (result["mention_precision"], result["mention_recall"], result["mention_f1"]) == (100, 25, 40)


def test_a_mention_is_right_by_its_head_and_exact_by_its_span():
    text = "Norwegian minister Kari Moen thanked Peru."
    gold = annotated(text, ("Norwegian minister Kari Moen", "k"))
    counts = count_mentions(gold, found(text, ("Kari Moen", KARI)))
    assert (counts["mention_right"], counts["exact_right"], counts["link_right"]) == (1, 0, 1)


def test_a_mention_of_two_actors_is_linked_right_when_both_are_found():
    text = "Both countries thanked Togo."
    gold = annotated(text, ("Both countries", "n+p"))
    both = found(text, ("Both countries", PERU), ("Both countries", NORWAY))
    assert [count_mentions(gold, both[:number])["link_right"] for number in (1, 2)] == [0, 1]
    assert count_mentions(gold, both)["mention_found"] == 1


def test_pronouns_and_short_forms_are_counted_apart():
    text = "Kari Moen thanked Peru. Moen left. She slept. He did not."
    gold = annotated(text, ("Kari Moen", "k"), ("Peru", "p"), ("Moen", "k"), ("She", "k"), ("He", "k"))
    stage = found(text, ("Kari Moen", KARI), ("Peru", PERU), ("Moen", KARI), ("She", person("Ida Holm")))
    counts = count_mentions(gold, stage)
    assert (counts["pronoun_right"], counts["pronoun_found"], counts["pronoun_gold"]) == (0, 1, 2)
    assert (counts["short_right"], counts["short_found"], counts["short_gold"]) == (1, 1, 1)
    result = measures(counts)
    assert (result["resolution"], result["resolution_of_found"]) == (pytest.approx(100 / 3), 50)


@pytest.mark.parametrize(
    ("words", "before", "expected"),
    [
        ("Moen", ["Kari Moen"], True),
        ("WTO", ["World Trade Organization"], True),
        ("A.U.", ["African Union"], True),
        ("ministry", ["Togolese Foreign Ministry"], True),
        ("both men", ["Ana Ruiz"], True),
        ("Kari Moen", ["Kari Moen"], False),
        ("Kari Moen", ["Moen"], False),
        ("Holm", ["Kari Moen"], False),
        ("envoy", ["driver"], False),
        ("Moen", [], False),
    ],
)
def test_a_short_form_has_fewer_words_than_an_earlier_mention_or_is_a_common_noun(words, before, expected):
    assert is_short(words, before) is expected


@pytest.mark.parametrize(("words", "name"), [("U.S.", "United States"), ("UN", "United Nations")])
def test_the_commonest_acronyms_are_short_forms_too(words, name):
    assert is_short(words, [name])


def figures(key, response):
    result = measures(clusters_counts(key, response))
    return [result[name] for name in ("muc_f1", "b3_f1", "ceafe_f1", "conll_f1")]


@pytest.mark.parametrize(
    ("key", "response", "expected"),
    [
        ([{1, 2, 3}, {4, 5}], [{1, 2}, {3, 4, 5}], (200 / 3, 220 / 3, 80)),
        ([{1, 2, 3}], [{1, 2, 9}], (50, 400 / 9, 200 / 3)),
        ([{1, 2}, {3, 4}], [{1, 2, 3, 4}], (80, 200 / 3, 200 * (2 / 3) / 3)),
        ([{1, 2, 3, 4}], [{1}, {2}, {3}, {4}], (0, 40, 200 * (2 / 5) / 5)),
        ([{1, 2}, {3}], [{1, 2}], (100, 80, 200 / 3)),
        ([{1, 2}], [{8, 9}], (0, 0, 0)),
        ([{1, 2}], [], (0, 0, 0)),
    ],
)
def test_coreference_has_the_figures_worked_out_by_hand(key, response, expected):
    assert figures(key, response) == pytest.approx([*expected, sum(expected) / 3])


PARTITIONS = st.lists(st.integers(0, 5), min_size=2, max_size=12).map(
    lambda homes: [{i for i, home in enumerate(homes) if home == wanted} for wanted in sorted(set(homes))]
)


@given(PARTITIONS.filter(lambda clusters: max(map(len, clusters)) > 1))
def test_a_perfect_answer_has_a_hundred_everywhere(clusters):
    assert figures(clusters, [set(cluster) for cluster in reversed(clusters)]) == pytest.approx([100] * 4)


@given(PARTITIONS, PARTITIONS)
def test_key_and_response_may_change_places(key, response):
    forth = figures(key, response)
    assert forth == pytest.approx(figures(response, key))
    assert all(0 <= figure <= 100 + 1e-9 for figure in forth)


def test_mentions_are_one_in_coreference_where_their_heads_are():
    text = "Norwegian minister Kari Moen met Togo. Moen left Togo."
    gold = annotated(text, ("Norwegian minister Kari Moen", "k"), ("Togo", "t"), ("Moen", "k"), ("Togo", "t"))
    stage = found(text, ("Kari Moen", KARI), ("Togo", TOGO), ("Moen", KARI), ("Togo", TOGO))
    assert measures(count_coreference(gold, stage))["conll_f1"] == pytest.approx(100)
    assert measures(count_coreference(gold, stage[:3]))["conll_f1"] < 100


@pytest.mark.parametrize(
    "ids",
    [
        ("n+p", "n+p"),
        pytest.param(("n+p", "p+n")),
    ],
)  # fmt: skip
def test_two_actors_together_are_a_cluster_of_their_own_in_any_order(ids):
    text = "Norway met Peru. They agreed. Then they left."
    gold = annotated(text, ("Norway", "n"), ("Peru", "p"), ("They", ids[0]), ("they", ids[1]))
    stage = found(text, ("Norway", NORWAY), ("Peru", PERU), *((w, a) for w in ("They", "they") for a in (NORWAY, PERU)))
    assert measures(count_coreference(gold, stage))["conll_f1"] == pytest.approx(100)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NORWAY, NORWAY),
        (person("Kim Jong-un", "PRK"), person("Kim Jong Un", "PRK")),
        (person("Amélie Nuñez"), person("Amelie Nunez", "PER")),
        (person("Ana Ruiz"), person("Ana Maria Ruiz")),
        (person("president of Ghana", "GHA"), person("Ghanaian president", "GHA")),
        (Actor("the Harbour Guard Union", NGO), Actor("Harbour Guard Union", NGO)),
        (Actor("European Union", IGO), Actor("EU", IGO)),
        (Actor("World Trade Organization", IGO), Actor("WTO", IGO)),
        (Actor("Norwegian Foreign Ministry", STATE, "NOR"), Actor("Ministry of Foreign Affairs", STATE, "NOR")),
        (Actor("Peruvian fishermen", GROUP, "PER"), Actor("fishermen", GROUP)),
        (Actor("Harbour Watch Togo", NGO), Actor("Harbour Watch", NGO)),
    ],
)
def test_actors_agree_by_name_spelling_acronym_or_longer_form(one, other):
    assert same_actors([one], [other])
    assert same_actors([other], [one])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NORWAY, PERU),
        (NORWAY, POLICE),
        (POLICE, Actor("Norwegian navy", STATE, "NOR")),
        (Actor("Georgia", STATE, "USA"), Actor("Georgia", STATE, "GEO")),
        (Actor("Justice Ministry", STATE, "NOR"), Actor("Defence Ministry", STATE, "NOR")),
        (TOGO, person("Togo", "TGO")),
        (person("Ana Ruiz"), person("Ida Ruiz")),
        (person("Ana Ruiz"), person("Ruiz")),
        (person("Ana Ruiz", "PER"), person("Ana Ruiz", "CHL")),
        (Actor("fishermen", GROUP), Actor("farmers", GROUP)),
        (Actor("Harbour Watch", NGO), Actor("Harbour Guard", NGO)),
    ],
)
def test_actors_of_other_names_countries_or_kinds_do_not_agree(one, other):
    assert not same_actors([one], [other])
    assert not same_actors([other], [one])


@pytest.mark.parametrize(
    ("one", "other", "sector"),
    [("Norwegian army", "Norwegian navy", "MIL"), ("Coast Guard", "army", "MIL"), ("Kripos", "police", "COP")],
)
def test_two_organs_of_one_sector_do_not_agree(one, other, sector):
    assert not same_actors([Actor(one, STATE, "NOR", sector)], [Actor(other, STATE, "NOR", sector)])


def test_a_parliament_agrees_with_its_proper_name():
    assert same_actors([Actor("Storting", STATE, "NOR", "LEG")], [Actor("Norwegian parliament", STATE, "NOR", "LEG")])


def test_the_acronym_may_be_annotated_or_found():
    union, short = Actor("Harbour Guard Union", NGO), Actor("HGU", NGO)
    assert same_actors([union], [short])


def test_an_annotated_acronym_agrees_with_the_name_found():
    assert same_actors([Actor("HGU", NGO)], [Actor("Harbour Guard Union", NGO)])


def test_several_actors_agree_in_any_order_and_only_all_of_them():
    assert same_actors([NORWAY, PERU], [PERU, NORWAY])
    for wrong in ([NORWAY], [NORWAY, PERU, TOGO], [NORWAY, TOGO], [NORWAY, NORWAY], []):
        assert not same_actors([NORWAY, PERU], wrong)


def quotation(words, speaker, direct=True):
    mention = Mention(0, 6, "Norway", 0, speaker) if speaker else None
    return Quotation(*place(SPEECH, words), mention, direct)


def test_speakers_are_counted_for_direct_and_indirect_speech_apart():
    spoken = [('"Peru lied to us."', "n"), ("Benin had paid", "t"), ('"Who knows?"', "")]
    gold = annotated(SPEECH, speech=spoken)
    stage = [quotation('"Peru lied to us."', NORWAY), quotation("Benin had paid", PERU, False)]
    counts = count_speakers(gold, [*stage, quotation('"Who knows?"', TOGO)])
    assert counts == {
        "speaker_right": 1, "speaker_found": 2, "speaker_gold": 2, "direct_speaker_right": 1, "direct_speaker_found": 1,
        "direct_speaker_gold": 1, "indirect_speaker_right": 0, "indirect_speaker_found": 1, "indirect_speaker_gold": 1,
    }  # fmt: skip
    assert measures(counts)["speaker_accuracy"] == 50


def test_speech_between_quotation_marks_that_were_left_out_of_the_annotation_is_direct():
    gold = annotated(SPEECH, speech=[("Peru lied to us.", "n")])
    assert count_speakers(gold, [])["direct_speaker_gold"] == 1


@pytest.mark.parametrize(
    ("words", "hit"),
    [("Peru lied", True), ("Peru", False), ('Norway said: "Peru lied to us." Togo', True), ("Togo claimed", False)],
)
def test_speech_is_found_where_half_of_it_is_covered(words, hit):
    gold = annotated(SPEECH, speech=[("Peru lied to us.", "n")])
    counts = count_speakers(gold, [quotation(words, NORWAY)])
    assert (counts["speaker_found"], counts["speaker_right"], counts["speaker_gold"]) == (hit, hit, 1)


def test_speech_without_a_speaker_of_the_stage_is_found_but_not_right():
    gold = annotated(SPEECH, speech=[("Peru lied to us.", "n")])
    counts = count_speakers(gold, [quotation("Peru lied to us.", None)])
    assert (counts["speaker_found"], counts["speaker_right"]) == (1, 0)


def stances(wanted, stage):
    counts = count_stances(annotated("Rain fell.", stances=wanted), stage)
    return counts["stance_right"], counts["stance_found"], counts["stance_gold"]


CONDEMN, SUPPORT, DENY = Stance.CONDEMN, Stance.SUPPORT, Stance.DENY


def test_stances_of_an_article_are_right_by_source_stance_and_target():
    wanted = [("n", CONDEMN, "p"), ("t", SUPPORT, "b")]
    assert stances(wanted, [(NORWAY, CONDEMN, PERU), (TOGO, SUPPORT, BENIN)]) == (2, 2, 2)
    for wrong in ((PERU, CONDEMN, NORWAY), (NORWAY, DENY, PERU), (NORWAY, CONDEMN, TOGO), (TOGO, CONDEMN, PERU)):
        assert stances(wanted, [wrong]) == (0, 1, 2)


def test_whoever_speaks_for_a_body_holds_its_stance():
    assert stances([("k", CONDEMN, "p")], [(NORWAY, CONDEMN, PERU)]) == (1, 1, 1)
    assert stances([("n", CONDEMN, "p")], [(KARI, CONDEMN, PERU)]) == (1, 1, 1)
    assert stances([("p", CONDEMN, "k")], [(PERU, CONDEMN, POLICE)]) == (1, 1, 1)


def test_a_stance_of_a_body_counts_once_whoever_says_it():
    stage = [(KARI, CONDEMN, PERU), (NORWAY, CONDEMN, PERU), (POLICE, CONDEMN, PERU)]
    assert stances([("k", CONDEMN, "p"), ("n", CONDEMN, "p")], stage) == (1, 1, 1)
    assert stances([("n", CONDEMN, "p"), ("n", DENY, "p")], stage) == (1, 1, 2)


def test_a_stance_is_right_once_even_where_two_answers_fit_it():
    stage = [(NORWAY, CONDEMN, Actor(name, GROUP, "TGO")) for name in ("fishermen", "sailors")]
    assert stances([("n", CONDEMN, "g")], stage) == (1, 2, 1)


def test_between_two_who_speak_for_one_body_each_is_itself():
    wanted = [("k", CONDEMN, "c")]
    assert stances(wanted, [(KARI, CONDEMN, POLICE)]) == (1, 1, 1)
    assert stances(wanted, [(POLICE, CONDEMN, KARI)]) == (0, 1, 1)


def test_without_anything_to_count_every_measure_is_nought():
    assert set(measures({}).values()) == {0.0}
