"""隐私说明: ours, or the office's own with its own terms; who has read it is told once that it changed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.pages import words_of
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]
TEMPLATE = Path(__file__).parents[3] / "docs" / "privacy-notice.md"


def news(phone: Phone, path: str = "/h5/settings") -> list[str]:
    return [words_of(one) for one in phone.get(path).select(".said") if "隐私说明" in words_of(one)]


def test_own_notice_is_shown_with_the_terms_of_this_office_and_a_change_is_told_once(
    world: World, phone: TakePhone, tmp_path: Path
) -> None:
    student = phone(world.office.student)
    assert news(student) == []
    parts = world.app.extensions["banshishi"]
    own = tmp_path / "privacy.md"
    own.write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
    changed = parts.settings.model_copy(update={"privacy_file": own, "message_days": 45})
    object.__setattr__(parts, "settings", changed)

    told = "隐私说明有更新（2026 年 11 月 22 日）。 看看怎么用您的信息"
    assert [news(student), news(student, "/h5/me")] == [[told], [told]]
    page = student.get("/h5/privacy")
    assert news(student) == []
    words = words_of(page.main)
    assert "个人信息处理者：【江畔大学】后勤处" in words
    assert "公众号、小程序消息原文 45 天 收到" in words
    assert "公众号、小程序消息原文 90 天" not in words
    assert "这是隐私说明" not in words
    assert words.endswith("版本：2026 年 11 月 22 日")

    own.unlink()
    with capture_logs() as said:
        assert "openid" in words_of(phone().get("/h5/privacy").main)
    assert {line["event"] for line in said if line["log_level"] == "error"} == {"privacy_file_unreadable"}


@pytest.mark.parametrize("version", ["", "版本：第二版\n"])
def test_version_is_the_offices_or_made_of_the_words(
    world: World, phone: TakePhone, tmp_path: Path, version: str
) -> None:
    parts = world.app.extensions["banshishi"]
    own = tmp_path / "privacy.md"
    own.write_text(f"{version}我们只收集<script>alert(1)</script>您写的。", encoding="utf-8")
    object.__setattr__(parts, "settings", parts.settings.model_copy(update={"privacy_file": own}))
    page = phone().get("/h5/privacy")
    assert page.main is not None
    assert page.main.select("script") == []
    assert ("版本：第二版" in words_of(page.main)) is bool(version)
