"""设置 → 保存期限: the table with what is due now."""

from collections.abc import Callable
from datetime import timedelta

from models.database import Database
from models.person import AccessLink
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of
from tests.support.retention import KINDS
from web.clock import now


def test_table_tells_every_kind_and_what_is_due(
    signed_in: Callable[[str], Visitor], database: Database, office: Office
) -> None:
    admin = signed_in("admin")
    page = admin.get("/admin/settings/retention")
    assert "现在没有到期的" in words_of(page.main)
    assert len(page.select("tbody tr")) == len(KINDS)
    with database.transaction() as session:
        long_ago = now() - timedelta(days=900)
        session.add(AccessLink(token_hash="x", person_id=office.student.id, path="/h5", expires_at=long_ago))
    page = admin.get("/admin/settings/retention")
    rows = [words_of(row) for row in page.select("tbody tr")]
    row = next(row for row in rows if row.startswith("进入页面的链接"))
    assert row.startswith("进入页面的链接 1 天 从过期算起 删除 1 条 最早 ")
    assert "现在有 1 条到期" in words_of(page.main)
    assert "保存期限" in words_of(admin.get("/admin/settings").main)
