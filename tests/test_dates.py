"""The dates of articles: how they may be written, and that who was in office is told by the day they mean."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.actors.custom import CustomActor
from data.actors.gazetteer import Gazetteer
from data.actors.rules import RuleFinder
from data.dates import day_of
from data.schema import Article
from data.sentences import split_sentences


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("2024-03-05", "2024-03-05"),
        ("1 Jan 99999999999", None),
        ("2024-03-05T09:12:00Z", "2024-03-05"),
        ("2024-3-5 09:12", "2024-03-05"),
        ("2024-03", "2024-03-01"),
        ("2024", "2024-01-01"),
        ("2024/03/05", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("20240305091200", "2024-03-05"),
        ("20240305T091200Z", "2024-03-05"),
        ("Tue, 05 Mar 2024 09:12:00 GMT", "2024-03-05"),
        ("5 March 2024", "2024-03-05"),
        ("Tuesday, March 5, 2024", "2024-03-05"),
        ("05/03/2024", None),  # May or March
        ("last week", None),
        ("2024-19-45", None),
        ("2024-02-31", None),
        ("1709629920", None),
        ("", None),
        (None, None),
    ],
)
def test_days_are_read_from_dates_as_feeds_and_archives_write_them(published, day):
    assert day_of(published) == day


@settings(max_examples=200)
@given(st.text(alphabet="0123456789 -/:,.TZMarch+()", max_size=24))
def test_whatever_stands_for_a_date_is_a_day_or_none(published):
    day = day_of(published)
    assert day is None or day_of(day) == day


TERMS = [
    CustomActor(name="Ana Ruiz", kind="person", on_behalf_of="PER", **{"from": "2016-07", "to": "2019-07"}),
    CustomActor(name="Kari Moen", kind="person", on_behalf_of="NOR", **{"from": "2019-08"}),
]


@pytest.mark.parametrize("published", ["2018-03-09", "2018/03/09", "Fri, 09 Mar 2018 10:00:00 GMT", "9 March 2018"])
def test_who_is_in_office_is_told_by_the_day_however_it_is_written(published):
    article = Article("a", "Ana Ruiz rebuked Kari Moen.", published=published)
    mentions = RuleFinder(Gazetteer(custom=TERMS)).find(article, split_sentences(article))
    assert [mention.actor.on_behalf_of and mention.actor.on_behalf_of.name for mention in mentions] == ["Peru", None]
