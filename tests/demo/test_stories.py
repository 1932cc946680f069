"""The texts of the demo fit the university and the catalogue."""

import pytest

from config.catalogue import catalogue
from demo.drawings import SCENES
from demo.plan import Place, university_plan
from demo.platform import FIRST_CODES
from demo.stories import Story, stories, words
from domain.safety_words import first_in


def _full_names(places: tuple[Place, ...], above: str = "", floor: str = "") -> list[str]:
    names = []
    for place in places:
        kind = university_plan().groups[place.group].kind
        before = above.removesuffix(floor) if kind == "room" else above
        name = before + place.name
        names += [name, *_full_names(place.below, name, place.name)]
    return names


FULL_NAMES = _full_names(university_plan().places)


def test_there_are_at_least_sixty_stories_and_many_more_ways_to_tell_them() -> None:
    assert len(stories()) >= 60
    assert sum(len(story.texts) for story in stories()) >= 180


def test_no_text_is_written_twice() -> None:
    texts = [telling.text for story in stories() for telling in story.texts] + list(words().same_here)
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.code)
def test_story_names_only_what_there_is(story: Story) -> None:
    teams = {team.name for team in catalogue().teams}
    assert story.team in teams
    assert story.category in {category.code for category in catalogue().categories}
    assert set(story.at) <= set(university_plan().groups)
    assert bool(story.at) != bool(story.spots)
    assert {telling.place for telling in story.texts} - {""} <= set(FULL_NAMES)
    assert story.photo == "" or story.photo in SCENES
    if story.transfer is not None:
        assert story.transfer.to in teams
    if story.rejection is not None:
        assert 1 <= story.rejection.reason <= len(catalogue().rejection.reasons)


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.code)
def test_story_is_urgent_exactly_when_its_words_are(story: Story) -> None:
    for telling in story.texts:
        assert (first_in(catalogue().safety.words, telling.text) is not None) == story.urgent


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.code)
def test_story_that_can_be_sent_back_has_a_second_result(story: Story) -> None:
    assert bool(story.disliked) == bool(story.redo)
    assert bool(story.ask) == bool(story.answer)


def test_every_scene_is_told_of() -> None:
    assert {story.photo for story in stories()} - {""} == set(SCENES)


def test_first_codes_are_those_of_places_there_are() -> None:
    assert set(FIRST_CODES) <= set(FULL_NAMES)
    assert 12 <= len(FIRST_CODES) <= 20
