"""The menu's button 「通报」 in the chat, once there are bulletins."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from domain.file_store import LocalFileStore
from tests.support.bulletins import publish_bulletin, write_bulletin
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

_LINK = re.compile(r'<a href="http://127\.0\.0\.1:8000/h5/enter/[\w-]{32}">([^<]*)</a>')


def test_bulletin_button_leads_to_the_newest(
    me: Dialogue, campus: Campus, now: datetime, tmp_path: Path
) -> None:
    files, office = LocalFileStore(tmp_path / "files"), campus.office
    with me.database.transaction() as session:
        for title in ("第一期", "第二期"):
            bulletin = write_bulletin(session, office, files, now=now)
            bulletin.title = title
            now += timedelta(minutes=1)
            publish_bulletin(session, bulletin, office, now=now)

    lines = me.event("CLICK", "BULLETIN").splitlines()

    assert [_LINK.sub(r"[\1]", line) for line in lines] == [
        "最新通报：",
        "[第二期]",
        "收到诉求 0 件，办结 0 件。",
        "[第一期]",
        "[看全部通报]",
    ]
