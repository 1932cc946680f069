"""Every page of the office in a real browser: readable for all, light and dark, on a desk and in a hand."""

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from tests.support.desk_browser import Desks, axe_problems, overflow, served
from tests.support.furnished import Furnished

pytestmark = pytest.mark.browser

# Looking at all of them takes minutes; several workers share them.
PARTS = 4
# A page is looked at as the first of these who may open it.
ROLES = ("dispatcher", "admin", "handler", "nobody")
PART, FILE, ELSEWHERE = "a part of a page", "a file or data", "leads elsewhere"
# What answers GET and is not looked at here, each with its reason.
NO_PAGES = {
    "/admin/articles/<int:article_id>/cover": FILE,
    "/admin/articles/<int:article_id>/pictures/<int:number>": FILE,
    "/admin/attachments/<int:attachment_id>": FILE,
    "/admin/attachments/<int:attachment_id>/small": FILE,
    "/admin/bulletins/<int:bulletin_id>/<any(light, dark):look>/<chart>.png": FILE,
    "/admin/bulletins/<int:bulletin_id>/word": FILE,
    "/admin/complaints/<number>/arrived": PART,
    "/admin/complaints/preview": PART,
    "/admin/figures/workbook": FILE,
    "/admin/appraisals/<int:term_id>/inspections/new": "for inspectors; looked at as one, see below",
    "/admin/appraisals/<int:term_id>/workbook": FILE,
    "/admin/appraisals/inspections/<int:inspection_id>/photo": FILE,
    "/admin/scoreboard/workbook": FILE,
    "/admin/inbox/counts": PART,
    "/admin/matters/photos/<int:photo_id>": FILE,
    "/admin/matters/photos/<int:photo_id>/small": FILE,
    "/admin/meetings/<int:meeting_id>.docx": FILE,
    "/admin/menu/live": PART,
    "/admin/my-wechat/state": PART,
    "/admin/places/<int:place_id>/below": PART,
    "/admin/places/<int:place_id>/code.svg": FILE,
    "/admin/places/<int:place_id>/mini-code": FILE,
    "/admin/places/<int:place_id>/photo": FILE,
    "/admin/places/codes/mark.png": FILE,
    "/admin/places/codes/preview/<key>.svg": FILE,
    "/admin/matters/plans/<key>.<form>": FILE,
    "/admin/matters/import/<int:task_id>": "another preview; test_plan_import_in_browser.py looks at it",
    "/admin/places/import/template.xlsx": FILE,
    "/admin/places/named": PART,
    "/admin/places/top": PART,
    "/admin/pushes/runs/<int:run_id>/state": PART,
    "/admin/security/set-up": "begun with a password; test_second_factor_in_browser.py looks at it",
    "/admin/settings/recomputing": PART,
    "/admin/sign-in/code": "begun with a password; test_second_factor_in_browser.py looks at it",
    "/admin/sign-in/scan/state": PART,
    "/admin/sign-in/wechat": ELSEWHERE,
    "/admin/sign-in/wechat/return": ELSEWHERE,
    "/admin/surveys/<int:survey_id>/workbook": FILE,
    "/admin/tasks/<int:task_id>/file": FILE,
    "/admin/tasks/<int:task_id>/state": PART,
    "/admin/tasks/running": PART,
    "/admin/triage/<number>/due": PART,
    "/admin/uploads": FILE,
    "/admin/uploads/<upload_id>": FILE,
    "/admin/uploads/<upload_id>/small": FILE,
}
# The rules that may hold on a wide page and be broken on a narrow one.
LAID_OUT = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")
# Pages that hold other things for somebody else, or for another address.
MORE = (
    ("leader", "/admin/articles?stage=asked"),
    ("leader", "/admin/articles/2"),
    ("leader", "/admin/articles/3"),
    ("handler", "/admin/"),
    ("leader", "/admin/"),
    ("lead", "/admin/inbox?tab=all"),
    ("handler", "/admin/complaints/{named}/acts/resolve"),
    ("dispatcher", "/admin/complaints/{named}/acts/merge"),
    ("inspector", "/admin/complaints/{anonymous}"),
    ("handler", "/admin/settings"),
    ("leader", "/admin/appraisals/1/teams/1"),
    ("inspector", "/admin/appraisals/1/inspections/new"),
)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_accessible_and_fits_its_window(
    furnished: Furnished, browser: Browser, part: int
) -> None:
    pages, others = _pages(furnished)
    differing = sorted(others - set(NO_PAGES)), sorted(set(NO_PAGES) - others)
    assert differing == ([], []), "an address is a page to look at, or stands in the list with its reason"
    pages += [
        (role, path.format(named=furnished.named, anonymous=furnished.anonymous)) for role, path in MORE
    ]
    pages = pages[part::PARTS]

    found: dict[str, list[str]] = {}
    with served(furnished.app) as address:
        for role in dict.fromkeys(role for role, _ in pages):
            desks = Desks(browser, address)
            page = desks.open(width=1440)
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


def _pages(furnished: Furnished) -> tuple[list[tuple[str, str]], set[str]]:
    """Give all pages, each with a role that may open it, and the addresses that are none."""
    clients = {role: furnished.client(role) for role in ROLES}
    pages, others = [], set()
    for rule in sorted(furnished.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" not in (rule.methods or ()) or not rule.rule.startswith("/admin"):
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
    """Tell what is wrong with a page; all rules are asked once, then those that colours or width bear on."""
    _colour(page, "light")
    problems = [f"1440 light: {each}" for each in axe_problems(page)]
    _colour(page, "dark")
    problems += [f"1440 dark: {each}" for each in axe_problems(page, "color-contrast")]
    widths = {1440: overflow(page)}
    for width in (1024, 375):
        page.set_viewport_size({"width": width, "height": 768})
        widths[width] = overflow(page)
    problems += [f"375 dark: {each}" for each in axe_problems(page, "color-contrast")]
    _colour(page, "light")
    problems += [f"375 light: {each}" for each in axe_problems(page, *LAID_OUT)]
    page.set_viewport_size({"width": 1440, "height": 768})
    return problems + [f"{width}: {over} px too wide" for width, over in widths.items() if over > 0]


def _colour(page: Page, scheme: str) -> None:
    """Switch to light or dark, and wait until the page has done so too."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.wait_for_function(
        "scheme => [null, scheme].includes(document.documentElement.getAttribute('data-bs-theme'))",
        arg=scheme,
    )
