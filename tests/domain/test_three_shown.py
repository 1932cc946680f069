"""What a place shows of standard, person and pledge, and which still lack something."""

from typing import Any

from domain import teams, three_shown
from domain.three_shown import Lack, Shown
from models.enums import ServicePointKind
from tests.support.story import Story


def test_a_place_shows_its_own_words_before_its_teams(story: Story) -> None:
    session, office = story.session, story.office
    place, team = office.canteen, office.team
    assert three_shown.shown_at(place, None) == Shown("", "", standard_of_team=False, pledge_of_team=False)
    teams.change(
        session,
        team,
        name=team.name,
        phone="",
        standard="热菜不低于 60℃",
        pledge="凉了热",
        staff=office.admin,
        now=story.now,
    )
    assert three_shown.shown_at(place, team) == Shown(
        "热菜不低于 60℃", "凉了热", standard_of_team=True, pledge_of_team=True
    )
    place.standard = "自己的"
    assert three_shown.shown_at(place, team) == Shown(
        "自己的", "凉了热", standard_of_team=False, pledge_of_team=True
    )


def test_the_overview_names_what_is_missing_and_whose_it_is(story: Story) -> None:
    session, office = story.session, story.office
    office.canteen.in_charge = "胡秀英"
    office.hall.standard = office.hall.pledge = "安静"
    session.flush()

    def lacking(**given: Any) -> dict[str, list[Lack]]:
        found = three_shown.places_lacking(session, **given)
        return {one.place.full_name: list(one.lacks) for one in found.items}

    assert lacking() == {"一食堂 3 号窗口": [Lack.STANDARD, Lack.PLEDGE], "图书馆大厅": [Lack.PERSON]}
    own, other = three_shown.teams_shown(session)
    assert (own.team, own.lead, own.places, own.lacking) == (office.team, "单位负责人", 1, 1)
    assert list(own.lacks) == [Lack.STANDARD, Lack.PLEDGE]
    assert list(other.lacks) == [Lack.STANDARD, Lack.PERSON, Lack.PLEDGE]

    # A place below answers to the team of the one above it, and shows its words.
    table = story.factory.place(session, "靠窗", parent=office.canteen)
    office.team.standard = office.team.pledge = "同一标准"
    session.flush()
    assert lacking() == {"一食堂 3 号窗口 靠窗": [Lack.PERSON], "图书馆大厅": [Lack.PERSON]}
    assert lacking(team_id=office.team.id) == {table.full_name: [Lack.PERSON]}
    assert lacking(lack=Lack.PLEDGE) == {}
    assert len(lacking(lack=Lack.PERSON, kind=ServicePointKind.WINDOW)) == 2
    table.active = False
    assert lacking(team_id=office.team.id) == {}
    assert [one.lacking for one in three_shown.teams_shown(session, team_id=office.team.id)] == [0]
