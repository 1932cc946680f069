"""A survey in real browsers: written at the desk, answered on a phone, read by both."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from domain import access_links, survey_sheets, surveys
from models.database import Database
from models.survey import Survey
from tests.support.desk_browser import Desks, axe_problems, overflow
from tests.support.factories import Factory, Office
from web.parts import Parts

pytestmark = pytest.mark.browser


def _phone(desks: Desks, database: Database, office: Office, path: str, *, dark: bool = False) -> Page:
    page = desks.open(width=375, height=667, dark=dark)
    with database.transaction() as session:
        token = access_links.create_link(session, person=office.student, path=path, now=datetime.now(UTC))
    page.goto(f"/h5/enter/{token}")
    page.wait_for_url(f"**{path}")
    return page


def _is_fine(page: Page) -> None:
    assert axe_problems(page) == []
    assert overflow(page) <= 0


def test_a_survey_goes_from_the_desk_to_a_phone_and_back(
    desks: Desks, app: Flask, database: Database, office: Office, factory: Factory
) -> None:
    desk = desks.enter("dispatcher")
    desk.goto("/admin/surveys/new")
    _is_fine(desk)
    desk.fill("#title", "秋季学期后勤服务满意度测评")
    desk.check("text=水电使用")
    desk.check("text=医疗服务")
    desk.click("text=建好，去看题目")
    expect(desk.locator(".survey-part h2").first).to_contain_text("水电使用")
    desk.locator(".question-row").first.focus()
    desk.keyboard.press("Alt+ArrowDown")
    expect(desk.locator(".question-row strong").first).to_have_text("停水停电的通知是否及时")
    expect(desk.locator(".question-row:focus strong")).to_have_text("供水和供电是否稳定")
    _is_fine(desk)
    desk.click("text=开放测评")
    expect(desk.locator(".survey-side")).to_contain_text("收到 0 份")

    with database.reading() as session:
        survey = surveys.listed(session)[0]
    path = f"/h5/surveys/{survey.code}"
    phone = _phone(desks, database, office, path)
    _is_fine(phone)
    phone.locator(".star-row").first.locator("label").nth(3).click()
    phone.locator("textarea").first.fill("三号楼常停水")
    expect(phone.locator("[data-progress-words]")).to_have_text("已答 2 / 8")
    phone.reload()
    expect(phone.locator("textarea").first).to_have_value("三号楼常停水")
    phone.click("text=交上答卷")
    expect(phone.locator(".question-error").first).to_have_text("请点一颗星。")
    _is_fine(phone)
    for row in phone.locator(".survey-section").first.locator(".star-row").all():
        row.locator("label").nth(4).click()
    phone.locator(".skip").nth(1).click()
    expect(phone.locator("[data-progress-words]")).to_have_text("已答 4 / 4")
    phone.click("text=交上答卷")
    expect(phone.locator("h1")).to_have_text("谢谢您的参与")
    _is_fine(phone)

    parts: Parts = app.extensions["banshishi"]
    _answer_and_close(database, parts, survey.id, factory, office)
    phone.goto("/h5/surveys")
    _is_fine(phone)
    for page in (
        _phone(desks, database, office, f"{path}/results"),
        _phone(desks, database, office, f"{path}/results", dark=True),
    ):
        expect(page.locator(".mean b").first).to_have_text("4.1")
        _is_fine(page)
    for page in (desk, desks.enter("lead", width=375, height=667), desks.enter("admin", dark=True)):
        page.goto("/admin/surveys")
        _is_fine(page)
    for dark, width in ((False, 1366), (True, 375)):
        page = desks.enter("admin", dark=dark, width=width)
        for end in ("", "/results", "/texts", "/preview"):
            page.goto(f"/admin/surveys/{survey.id}{end}")
            _is_fine(page)


def _answer_and_close(
    database: Database, parts: Parts, survey_id: int, factory: Factory, office: Office
) -> None:
    with database.transaction() as session:
        survey = session.get_one(Survey, survey_id)
        for stars in (3, 4, 5) * 4:
            section = survey.sections[0]
            choices = {q.id: (stars,) for q in section.questions if q.kind.value == "stars"}
            sheet = survey_sheets.Filled(choices, {}, frozenset({survey.sections[1].id}))
            person = factory.person(session)
            box = parts.secret_box
            assert survey_sheets.hand_in(session, survey_id, person, sheet, box=box, now=datetime.now(UTC))
        surveys.close(session, survey, box=parts.secret_box, staff=office.admin, now=datetime.now(UTC))
