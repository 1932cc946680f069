"""What a page of ours is about, so that a program can open its own page instead."""

import re
from enum import StrEnum

from pydantic import Field

from web.api.shapes import Shown
from web.h5.entry_paths import phone_path


class TargetKind(StrEnum):
    """What there is to open."""

    COMPLAINT = "complaint"
    COMPLAINTS = "complaints"
    MATTER = "matter"
    SURVEY = "survey"
    BULLETIN = "bulletin"
    PUSH = "push"
    BOARD = "board"
    PLACE = "place"
    PAGE = "page"


_PAGES = (
    (TargetKind.COMPLAINT, re.compile(r"/h5/complaints/([\d-]+)(?:/\w+)?")),
    (TargetKind.COMPLAINTS, re.compile(r"/h5/complaints()")),
    (TargetKind.MATTER, re.compile(r"/h5/matters/([\w-]+)")),
    (TargetKind.SURVEY, re.compile(r"/h5/surveys/([\w-]+)(?:/\w+)?")),
    (TargetKind.BULLETIN, re.compile(r"/h5/bulletins/([\w-]+)")),
    (TargetKind.PUSH, re.compile(r"/h5/pushes/([\w-]+)")),
    (TargetKind.BOARD, re.compile(r"/h5/board/([\d-]+)")),
    (TargetKind.PLACE, re.compile(r"/h5/p/([\w-]+)(?:/\w+)?")),
)


class Target(Shown):
    """What to open."""

    kind: TargetKind = Field(
        description=(
            "complaint 诉求、complaints 我的诉求、matter 事项、survey 测评、bulletin 通报、push 推送、"
            "board 公示栏里的诉求、place 服务点；page 其他，用 web-view 打开 path"
        ),
        examples=["complaint"],
    )
    id: str = Field(description="它的编号或代码；complaints 和 page 为空", examples=["2026-1123-0007"])
    path: str = Field(description="手机页面的网址", examples=["/h5/complaints/2026-1123-0007"])


def target_of(path: str) -> Target | None:
    """Tell what a page of the phone is about; None where a notice leads nowhere that people may go."""
    if not path.startswith("/h5/"):
        return None
    path = phone_path(path)
    for kind, pattern in _PAGES:
        if found := pattern.fullmatch(path.partition("?")[0]):
            return Target(kind=kind, id=found[1], path=path)
    return Target(kind=TargetKind.PAGE, id="", path=path)
