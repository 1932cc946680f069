"""Codes of places, made by the pretend platform in the background."""

from datetime import datetime

import pytest
from sqlalchemy import select

from config.settings import Settings
from domain import qr_codes
from models.database import Database
from models.platform_alert import PlatformAlert
from models.qr_code import QrCode
from models.service_point import ServicePoint
from simulator import Simulator
from tests.support.factories import Factory
from wechat.client import PlatformClient
from wechat.qrcodes import make_waiting


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


@pytest.fixture
def places(database: Database, factory: Factory) -> list[ServicePoint]:
    with database.transaction() as session:
        return [factory.place(session) for _ in range(3)]


def made(database: Database, client: PlatformClient, settings: Settings, now: datetime) -> int:
    return make_waiting(database, client, app_id=settings.wechat_app_id, clock=lambda: now)


def kept(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {code.scene: code.url for code in session.scalars(select(QrCode))}


def alerts(database: Database) -> list[PlatformAlert]:
    with database.reading() as session:
        return list(session.scalars(select(PlatformAlert).where(PlatformAlert.cleared_at.is_(None))))


def test_places_get_permanent_codes_whose_scan_names_the_place(
    database: Database,
    client: PlatformClient,
    settings: Settings,
    platform: Simulator,
    places: list[ServicePoint],
    now: datetime,
) -> None:
    assert made(database, client, settings, now) == 3
    assert kept(database) == {
        place.code: platform.codes.find_scene(place.code).url  # type: ignore[union-attr]
        for place in places
    }
    assert all(code.permanent for code in platform.state.qr_codes)
    assert made(database, client, settings, now) == 0
    assert len(platform.calls.find(path="/cgi-bin/qrcode/create")) == 3


@pytest.mark.usefixtures("places")
def test_account_without_the_right_is_asked_once_a_day(
    database: Database, client: PlatformClient, settings: Settings, platform: Simulator, now: datetime
) -> None:
    platform.change_settings({"verified": False})

    assert made(database, client, settings, now) == 0
    assert made(database, client, settings, now) == 0
    assert len(platform.calls.find(path="/cgi-bin/qrcode/create")) == 1
    [alert] = alerts(database)
    assert (alert.subject, alert.code) == ("qr_codes", 48001)
    assert "认证的服务号才有这项权限" in alert.words

    platform.change_settings({"verified": True})
    assert made(database, client, settings, now + qr_codes.PAUSE) == 3
    assert alerts(database) == []


@pytest.mark.usefixtures("places")
def test_busy_platform_is_asked_again_at_the_next_look(
    database: Database, client: PlatformClient, settings: Settings, platform: Simulator, now: datetime
) -> None:
    platform.faults.add(path="/cgi-bin/qrcode/create", kind="errcode", errcode=-1)

    assert made(database, client, settings, now) == 0
    assert alerts(database) == []
    assert made(database, client, settings, now) == 3


@pytest.mark.usefixtures("places")
def test_answer_that_was_lost_costs_no_second_code(
    database: Database, client: PlatformClient, settings: Settings, platform: Simulator, now: datetime
) -> None:
    platform.faults.add(path="/cgi-bin/qrcode/create", kind="lost_response")

    assert made(database, client, settings, now) == 0
    assert made(database, client, settings, now) == 3
    assert len(list(platform.state.qr_codes)) == 3


@pytest.mark.usefixtures("places")
def test_no_more_codes_are_made_than_the_account_has_left(
    database: Database,
    client: PlatformClient,
    settings: Settings,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(qr_codes, "MOST_CODES", 2)

    assert made(database, client, settings, now) == 2
    assert made(database, client, settings, now) == 0
    assert [alert.code for alert in alerts(database)] == [None]


@pytest.mark.usefixtures("places")
def test_stopping_worker_makes_no_further_code(
    database: Database, client: PlatformClient, settings: Settings, now: datetime
) -> None:
    answers = iter([False, True])
    count = make_waiting(
        database,
        client,
        app_id=settings.wechat_app_id,
        clock=lambda: now,
        stopping=lambda: next(answers),
    )

    assert (count, len(kept(database))) == (1, 1)
