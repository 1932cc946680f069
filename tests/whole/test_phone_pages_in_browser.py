"""Every page on a phone in a real browser: readable for all, light and dark, no wider than the phone."""

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from models.database import Database
from models.enums import ComplaintStatus
from tests.support.desk_browser import Desks, axe_problems, overflow, served
from tests.support.furnished import Furnished

pytestmark = pytest.mark.browser

# A page is looked at as the first of these who may open it.
ROLES = ("person", "nobody", "stranger")
PART, FILE, ELSEWHERE = "a part of a page", "a file or data", "leads elsewhere"
JUDGED = "of one that is done, looked at all the same"
# What answers GET and is not looked at here, each with its reason.
NO_PAGES = {
    "/h5/": ELSEWHERE,
    "/h5/alike": PART,
    "/h5/articles/<code>/pictures/<int:number>": FILE,
    "/h5/attachments/<int:attachment_id>": FILE,
    "/h5/attachments/<int:attachment_id>/small": FILE,
    "/h5/board/photos/<int:photo_id>": FILE,
    "/h5/board/photos/<int:photo_id>/small": FILE,
    "/h5/bulletins/<code>/<any(light, dark):look>/<chart>.png": FILE,
    "/h5/complaints/<number>/rate": JUDGED,
    "/h5/complaints/<number>/rated": JUDGED,
    "/h5/matters/<number>/enter": ELSEWHERE,
    "/h5/matters/photos/<int:photo_id>": FILE,
    "/h5/matters/photos/<int:photo_id>/small": FILE,
    "/h5/my-data/file": FILE,
    "/h5/oauth/begin": ELSEWHERE,
    "/h5/oauth/return": ELSEWHERE,
    "/h5/p/<code>/photo": FILE,
    "/h5/places": FILE,
    "/h5/places/scanned": FILE,
    "/h5/surveys/<code>/results": "shown when it is over; test_surveys_in_browser.py looks at it",
    "/h5/surveys/<code>/thanks": "shown to who has answered; test_surveys_in_browser.py looks at it",
    "/h5/uploads": FILE,
    "/h5/uploads/<upload_id>": FILE,
    "/h5/uploads/<upload_id>/small": FILE,
    "/h5/wechat-config": FILE,
}
# Refusals are pages too: a door that is shut to who is not signed in, and a thing that is not there.
MORE = (("nobody", "/h5/complaints"), ("person", "/h5/board/2020-0101-0001"), ("person", "/h5/p/XXXXXXXX"))
# What a screen reader or a thumb cannot do without; `moderate` and `minor` are matters of taste.
SERIOUS = frozenset({"serious", "critical"})
NARROW, USUAL, HIGH = 320, 375, 667


def test_every_phone_page_is_accessible_and_fits(
    furnished: Furnished, sqlite: Database, browser: Browser
) -> None:
    pages, others = _pages(furnished)
    pages += [*MORE, *(("person", path) for path in _judged(furnished, sqlite))]
    differing = sorted(others - set(NO_PAGES)), sorted(set(NO_PAGES) - others)
    assert differing == ([], []), "an address is a page to look at, or stands in the list with its reason"

    found: dict[str, list[str]] = {}
    with served(furnished.app) as address:
        for role in ROLES:
            desks = Desks(browser, address)
            page = desks.open(width=USUAL, height=HIGH)
            cookie = {
                "name": furnished.app.config["SESSION_COOKIE_NAME"],
                "value": furnished.keys[role][0],
                "url": address,
            }
            page.context.add_cookies([cookie])  # type: ignore[list-item]
            for path in (path for who, path in pages if who == role):
                page.goto(path)
                if problems := _problems(page):
                    found[f"{path} as {role}"] = problems
            if desks.said:
                found[role] = desks.said
            desks.close()

    assert found == {}


def _judged(furnished: Furnished, database: Database) -> list[str]:
    """Give the pages of one complaint to be rated, and of one that is."""
    make, office = furnished.factory.complaint, furnished.office
    with database.transaction() as session:
        done = make(session, office, ComplaintStatus.RESOLVED, text="灯不亮")
        rated = make(session, office, ComplaintStatus.CLOSED, text="门关不上")
        return [f"/h5/complaints/{done.number}/rate", f"/h5/complaints/{rated.number}/rated"]


def _pages(furnished: Furnished) -> tuple[list[tuple[str, str]], set[str]]:
    """Give all pages, each with a role that may open it, and the addresses that are none."""
    clients = {role: furnished.client(role) for role in ROLES}
    pages, others = [], set()
    for rule in sorted(furnished.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" not in (rule.methods or ()) or not rule.rule.startswith("/h5"):
            continue
        path = furnished.address(rule)
        role = next((role for role, client in clients.items() if _is_page(client, path)), None)
        if role:
            pages.append((role, path))
        else:
            others.add(rule.rule)
    return pages, others


def _is_page(client: FlaskClient, path: str) -> bool:
    with client.get(path) as answer:
        whole = answer.data.lstrip()[:9].lower() == b"<!doctype"
        return answer.status_code == 200 and answer.mimetype == "text/html" and whole


def _problems(page: Page) -> list[str]:
    """Tell what is wrong with a page; all rules are asked once, then what colours bear on."""
    page.emulate_media(color_scheme="light")
    problems = [f"light: {each}" for each in axe_problems(page, impacts=SERIOUS)]
    widths = {USUAL: overflow(page)}
    page.emulate_media(color_scheme="dark")
    problems += [f"dark: {each}" for each in axe_problems(page, "color-contrast", impacts=SERIOUS)]
    page.set_viewport_size({"width": NARROW, "height": HIGH})
    widths[NARROW] = overflow(page)
    page.set_viewport_size({"width": USUAL, "height": HIGH})
    return problems + [f"{width}: {over} px too wide" for width, over in widths.items() if over > 0]
