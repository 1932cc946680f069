"""Ratings of places: once a day each, the newest of each person counts, and few say nothing."""

import pytest

from domain import place_ratings
from domain.errors import Invalid
from domain.figure_rules import SMALLEST_GROUP
from domain.place_ratings import Standing
from models.person import Person
from models.service_point import ServicePoint
from tests.support.story import Story


def rate(story: Story, person: Person, stars: int, *, place: ServicePoint | None = None, **said: str) -> bool:
    return place_ratings.rate(
        story.session,
        place or story.office.canteen,
        person=person,
        stars=stars,
        now=story.now,
        **said,  # type: ignore[arg-type]
    )


def standing(story: Story, place: ServicePoint) -> Standing:
    return place_ratings.standing_of(story.session, place, now=story.now)


def test_person_judges_a_place_once_a_day_and_the_first_word_holds(story: Story) -> None:
    friend, canteen = story.office.friend, story.office.canteen
    story.at("2026-11-23 23:59")
    assert rate(story, friend, 2, tags=["设施坏了", "别的"], words=" 汤凉了\0 ")  # type: ignore[arg-type]
    assert not rate(story, friend, 5)
    assert rate(story, friend, 5, place=story.office.hall)
    assert rate(story, story.office.student, 4)
    kept = place_ratings.of_today(story.session, canteen, person=friend, now=story.now)
    assert kept is not None
    assert (kept.stars, kept.tags, kept.words, kept.day) == (2, ["设施坏了"], "汤凉了", "2026-11-23")

    story.at("2026-11-24 00:00")
    assert place_ratings.of_today(story.session, canteen, person=friend, now=story.now) is None
    assert rate(story, friend, 5)
    given = place_ratings.given_at(story.session, canteen, page=9, per_page=2)
    assert [(rating.stars, name) for rating, name in given.items] == [(2, canteen.full_name)]
    assert (given.total, given.page) == (3, 2)


def test_mean_takes_the_newest_of_each_person_below_the_place_and_hides_few(story: Story) -> None:
    canteen, hall = story.office.canteen, story.office.hall
    assert standing(story, canteen) == Standing(0, None)
    window = story.factory.place(story.session, "小窗口", parent=canteen)
    people = [story.factory.person(story.session, f"oRater{number}") for number in range(SMALLEST_GROUP)]
    rate(story, people[0], 5, place=hall)
    for person in people[:-1]:
        rate(story, person, 5, place=window)
    assert standing(story, canteen) == Standing(SMALLEST_GROUP - 1, None)

    for _ in range(20):
        rate(story, people[-1], 1)
        story.later(days=1)
    found = standing(story, canteen)
    assert (found.people, found.words) == (SMALLEST_GROUP, "4.6")
    assert standing(story, window).words == ""

    story.later(days=170)
    assert standing(story, canteen) == Standing(1, None)


@pytest.mark.parametrize(
    ("stars", "words", "field"), [(0, "", "stars"), (6, "", "stars"), (5, "长" * 301, "words")]
)
def test_what_is_no_judgement_is_refused(story: Story, stars: int, words: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rate(story, story.office.friend, stars, words=words)
    assert refusal.value.field == field
