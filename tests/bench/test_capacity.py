"""The capacity model computes what it says, and the page shows what it computes."""

from pathlib import Path

import pytest

from bench.capacity import PAGE, inputs, need, written

ROOT = Path(__file__).resolve().parents[2]


def test_page_shows_the_numbers_of_the_script() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert written(page, inputs()) == page


def test_needs_follow_from_the_inputs() -> None:
    given = inputs()
    for name, value in {"callback_ms": 10, "page_ms": 5, "notice_ms": 4, "complaint_bytes": 1000}.items():
        given["measured"][name]["value"] = value
    for name, value in {"notice_bytes": 100, "commits": 1000}.items():
        given["measured"][name]["value"] = value
    chosen = {"followers": 0.5, "complaints": 0.365, "messages": 4, "pages": 10, "notices": 2, "photos": 2}
    chosen |= {"chat_photos": 0.5, "pushes": 1, "busy_hour": 0.1, "busy_day": 2, "burst": 1.8}
    for name, value in (chosen | {"openers": 0.06, "load": 0.5, "photo_bytes": 500_000}).items():
        given["assumed"][name]["value"] = value
    found = need(1_000_000, given)

    # 365 000 complaints a year, 2000 on the busiest day, 200 in its hour, 0.1 in its busiest second.
    assert found.complaints_a_year == pytest.approx(365_000)
    assert found.callbacks == pytest.approx(0.4)
    assert found.page_views == pytest.approx(1 + 30_000 / 600)
    assert found.notices == pytest.approx(0.2 + 500_000 / 14_400)
    assert found.web_cores == pytest.approx((0.4 * 10 + 51 * 5) / 1000 / 0.5)
    assert found.worker_cores == pytest.approx(found.notices * 4 / 1000 / 0.5)
    assert found.rows_gigabytes == pytest.approx((365e6 + (730_000 + 6_000_000) * 100) / 1e9)
    assert found.photo_gigabytes == pytest.approx(365)
    assert found.quotas == pytest.approx(
        {
            "custom messages (客服消息)": 4000 / 500_000,
            "photos fetched (media/get)": 2000 / 10_000,
            "template messages (模板消息)": 504_000 / 100_000,
        }
    )
    assert (found.binds_first, found.accounts) == ("template messages (模板消息)", 6)
    assert (found.webs, found.workers, found.connections) == (2, 2, 124)
