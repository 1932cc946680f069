"""QR codes of places: what is drawn, what is still to be made, and the limit nobody can take back."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from domain import qr_codes, qr_drawings
from models.database import Database
from models.platform_alert import PlatformAlert
from models.service_point import ServicePoint
from tests.support.factories import Factory

APP = "wx1"
BASE = "https://bss.example.edu.cn/"
TEXT = "http://weixin.qq.com/q/02abcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture
def places(database: Database, factory: Factory) -> list[ServicePoint]:
    with database.transaction() as session:
        return [factory.place(session) for _ in range(3)]


def keep(database: Database, scene: str, *, now: datetime, app_id: str = APP, url: str = TEXT) -> None:
    with database.transaction() as session:
        qr_codes.keep_code(session, scene, url=url, app_id=app_id, now=now)


def test_place_is_drawn_with_wechats_address_once_there_is_one(
    database: Database, places: list[ServicePoint], now: datetime
) -> None:
    keep(database, "place-2", now=now)
    keep(database, "place-3", now=now, app_id="wx-of-another-account")

    with database.reading() as session:
        links = qr_codes.links_for(session, places, app_id=APP, base_url=BASE)
        one = qr_codes.link_for(session, places[1], app_id=APP, base_url=BASE)
    assert [links[place.id] for place in places] == [BASE + "h5/p/place-1", TEXT, BASE + "h5/p/place-3"]
    assert one == TEXT


def test_code_put_in_place_of_another_is_made_anew(
    database: Database, places: list[ServicePoint], now: datetime
) -> None:
    keep(database, "place-1", now=now)
    with database.transaction() as session:
        place = session.get_one(ServicePoint, places[0].id)
        place.code = "place-1-new"

    with database.reading() as session:
        place = session.get_one(ServicePoint, places[0].id)
        assert qr_codes.link_for(session, place, app_id=APP, base_url=BASE) == BASE + "h5/p/place-1-new"
        waiting = qr_codes.scenes_waiting(session, app_id=APP, limit=2)
    assert list(waiting) == ["place-1-new", "place-2"]


def test_closed_place_waits_for_no_code(database: Database, places: list[ServicePoint]) -> None:
    with database.transaction() as session:
        session.get_one(ServicePoint, places[0].id).active = False

    with database.reading() as session:
        assert list(qr_codes.scenes_waiting(session, app_id=APP, limit=9)) == ["place-2", "place-3"]


def test_code_made_twice_is_kept_once(database: Database, now: datetime) -> None:
    keep(database, "place-1", now=now)
    keep(database, "place-1", now=now, url="newer")

    with database.reading() as session:
        assert qr_codes.count_made(session, app_id=APP) == 1


def test_limit_of_the_account_is_not_passed_and_told(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qr_codes, "MOST_CODES", 2)
    keep(database, "place-1", now=now)
    with database.transaction() as session:
        assert qr_codes.may_make(session, app_id=APP, now=now)
    keep(database, "place-2", now=now)
    with database.transaction() as session:
        assert not qr_codes.may_make(session, app_id=APP, now=now)
        assert qr_codes.may_make(session, app_id="wx-of-another-account", now=now + qr_codes.PAUSE)
        alert = session.scalars(select(PlatformAlert)).one()
    assert (alert.subject, alert.words[:13]) == ("qr_codes", "永久二维码已有 2 个，微")


def test_after_a_refusal_nobody_asks_for_a_day(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        qr_codes.stop_making(session, code=48001, words="没有权限", now=now)
        later = [now + timedelta(hours=hours) for hours in (0, 23, 24)]
        assert [qr_codes.may_make(session, app_id=APP, now=at) for at in later] == [False, False, True]


def test_drawn_code_is_read_back(factory: Factory) -> None:
    del factory
    picture = Image.open(BytesIO(qr_drawings.png(TEXT)))

    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [TEXT]
    assert picture.width % 12 == 0


def test_code_with_a_logo_is_read_back() -> None:
    logo = Image.new("RGBA", (300, 200), (200, 30, 30, 255))
    picture = Image.open(BytesIO(qr_drawings.png(TEXT, logo=logo)))

    assert picture.getpixel((picture.width // 2, picture.height // 2)) == (200, 30, 30)
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [TEXT]


def test_svg_draws_the_same_modules_as_the_picture() -> None:
    drawing = qr_drawings.svg(TEXT)
    picture = Image.open(BytesIO(qr_drawings.png(TEXT, module_pixels=1)))
    size = picture.width
    dark = {(x, y) for x in range(size) for y in range(size) if picture.getpixel((x, y)) == 0}
    path = drawing.split('d="')[1].split('"')[0]
    drawn = {tuple(map(int, step[: step.index("h")].split())) for step in path.split("M")[1:]}

    assert drawn == dark
    assert f'viewBox="0 0 {size} {size}"' in drawing
    assert "style" not in drawing
