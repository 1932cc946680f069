"""What a new installation starts with."""

from sqlalchemy import delete, select

from config.catalogue import catalogue
from domain.categories import keywords_of
from domain.setup import seed_catalogue
from models.category import Category
from models.database import Database
from models.team import Team
from models.wording import CategoryKeyword, SafetyWord
from tests.conftest import NOW


def test_a_new_office_gets_the_teams_and_categories_of_the_catalogue(database: Database) -> None:
    with database.transaction() as session:
        seed_catalogue(session, now=NOW)
    with database.reading() as session:
        teams = list(session.scalars(select(Team.name).order_by(Team.id)))
        categories = {row.code: row for row in session.scalars(select(Category).order_by(Category.position))}
        assert teams == [team.name for team in catalogue().teams]
        assert list(categories) == [seed.code for seed in catalogue().categories]
        canteen = categories["canteen"]
        assert canteen.team is not None
        assert canteen.team.name == "饮食服务中心"
        assert categories["other"].team is None
        assert canteen.ordinary_days == catalogue().limits.ordinary_days
        assert list(keywords_of(session, canteen)) == list(catalogue().categories[0].words)
        words = session.scalars(select(SafetyWord.word).order_by(SafetyWord.id))
        assert list(words) == list(catalogue().safety.words)


def test_setting_up_again_leaves_what_the_office_has_edited(database: Database) -> None:
    with database.transaction() as session:
        seed_catalogue(session, now=NOW)
        session.scalars(select(Team).where(Team.name == "校医院")).one().name = "校医务室"
        edited = session.scalars(select(Category).where(Category.code == "canteen")).one()
        edited.name, edited.ordinary_days = "餐饮服务", 2
    with database.transaction() as session:
        seed_catalogue(session, now=NOW)
    with database.reading() as session:
        names = set(session.scalars(select(Team.name)))
        edited = session.scalars(select(Category).where(Category.code == "canteen")).one()
        assert len(names) == len(catalogue().teams)
        assert "校医院" not in names
        assert (edited.name, edited.ordinary_days) == ("餐饮服务", 2)


def test_setting_up_again_adds_a_category_that_is_missing(database: Database) -> None:
    with database.transaction() as session:
        seed_catalogue(session, now=NOW)
        medical = session.scalars(select(Category).where(Category.code == "medical")).one()
        session.execute(delete(CategoryKeyword).where(CategoryKeyword.category_id == medical.id))
        session.delete(medical)
    with database.transaction() as session:
        seed_catalogue(session, now=NOW)
    with database.reading() as session:
        added = session.scalars(select(Category).where(Category.code == "medical")).one()
        assert added.team is not None
        assert added.team.name == "校医院"
        assert list(keywords_of(session, added))[:2] == ["校医院", "挂号"]
