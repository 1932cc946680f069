"""The menu beside every admin page: one table of who finds what, and one query for what waits there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import g, request
from flask_login import current_user

from domain import waiting
from domain.permissions import (
    may_manage_settings,
    may_read_audit,
    may_read_surveys,
    may_release,
    may_see_appraisal,
    may_see_figures,
    may_see_hidden,
    may_see_pushes,
    may_see_sending,
    may_see_system_state,
    may_triage,
    may_write_articles,
    may_write_bulletins,
)
from models.staff import Staff
from web.database_session import current_session

_SETTINGS = (
    "admin_settings",
    "admin_staff",
    "admin_sign_in_rules",
    "admin_menu",
    "admin_template",
    "admin_system",
    "admin_retention",
)


def _everybody(staff: Staff) -> bool:
    return staff.active


def _who_sets_nothing(staff: Staff) -> bool:
    return staff.active and not may_manage_settings(staff)


def _who_has_tasks(_: Staff) -> bool:
    return what_waits().any_tasks


@dataclass(frozen=True)
class Entry:
    """A line of the menu.

    Attributes:
        sections: how the names of the blueprints begin whose pages lie behind it; empty: its endpoint's.
        keys: lead there from the keyboard.
        counts: fields of `waiting.Waiting` whose sum stands beside it.
        unit: what is counted, for who does not see the number.
        calm: it waits for oneself, but nobody is kept from anything.
        polled: the number renews itself.
    """

    endpoint: str
    icon: str
    name: str
    may: Callable[[Staff], bool] = _everybody
    sections: tuple[str, ...] = ()
    keys: str = ""
    counts: tuple[str, ...] = ()
    unit: str = ""
    calm: bool = False
    polled: bool = False

    @property
    def count(self) -> int:
        """What waits there for who is reading."""
        return sum(getattr(what_waits(), name) for name in self.counts)

    @property
    def is_here(self) -> bool:
        """Whether the page that is shown lies behind it."""
        here = request.blueprint or ""
        return here.startswith(self.sections) if self.sections else here == self.endpoint.partition(".")[0]


TASKS = Entry(
    "admin_tasks.tasks",
    "progress",
    "后台任务",
    _who_has_tasks,
    counts=("tasks",),
    unit="个任务正在进行",
    calm=True,
    polled=True,
)
MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "办件",
        (
            Entry("admin_home.home", "home", "首页", keys="g h"),
            Entry("admin_triage.page", "arrow-forward-up", "受理台", may_triage, keys="g t"),
            Entry("admin_inbox.inbox", "inbox", "收件箱", keys="g i"),
            Entry("admin_record.form", "plus", "代录诉求", may_triage, keys="g c"),
            Entry("admin_notices.notices", "bell", "通知", keys="g n", counts=("notices",), unit="条未读"),
        ),
    ),
    (
        "督办",
        (
            Entry(
                "admin_matters.ledger",
                "list-check",
                "事项台账",
                sections=("admin_matter", "admin_plan", "admin_meeting"),
                keys="g m",
            ),
            Entry("admin_figures.page", "chart-bar", "统计", may_see_figures, keys="g f"),
            Entry(
                "admin_appraisals.page",
                "user-check",
                "考核",
                may_see_appraisal,
                sections=("admin_appraisal",),
                counts=("posts", "peers"),
                unit="件待办",
            ),
        ),
    ),
    (
        "公开",
        (
            Entry(
                "admin_board.page",
                "speakerphone",
                "公示",
                may_release,
                sections=("admin_board", "admin_release", "admin_content_checks"),
                keys="g b",
                counts=("checks",),
                unit="条内容等人看",
            ),
            Entry(
                "admin_abuse.page",
                "flag",
                "举报与滥用",
                may_see_hidden,
                sections=("admin_abuse",),
                counts=("abuse",),
                unit="条待处理",
            ),
            Entry(
                "admin_bulletins.page",
                "file-text",
                "通报",
                may_write_bulletins,
                sections=("admin_bulletin",),
                counts=("bulletins",),
                unit="期等您审批",
                calm=True,
            ),
            Entry("admin_surveys.page", "star", "满意度测评", may_read_surveys, sections=("admin_survey",)),
            Entry(
                "admin_articles.page",
                "photo",
                "图文",
                may_write_articles,
                sections=("admin_article",),
                counts=("articles",),
                unit="篇等您审批",
                calm=True,
            ),
            Entry(
                "admin_pushes.page",
                "bell-ringing",
                "推送",
                may_see_pushes,
                sections=("admin_push",),
                counts=("pushes",),
                unit="次等您批准",
                calm=True,
            ),
        ),
    ),
    (
        "管理",
        (
            Entry("admin_place_tree.page", "map-pin", "服务点", sections=("admin_place", "admin_codes")),
            TASKS,
            Entry("admin_sending.page", "send", "通知发送", may_see_sending),
            Entry(
                "admin_audit.page",
                "shield-check",
                "审计",
                may_read_audit,
                sections=("admin_audit", "admin_looks"),
            ),
            Entry("admin_state.page", "activity", "系统状态", may_see_system_state),
            Entry("admin_settings.page", "settings", "设置", may_manage_settings, sections=_SETTINGS),
            Entry("admin_settings_replies.page", "message-reply", "常用语", _who_sets_nothing),
        ),
    ),
)


def what_waits() -> waiting.Waiting:
    """Tell what waits for who is reading; counted once a page."""
    if "what_waits" not in g:
        g.what_waits = waiting.counts(current_session(), current_user.staff)
    found: waiting.Waiting = g.what_waits
    return found


def menu() -> list[tuple[str, Sequence[Entry]]]:
    """Give the groups of the menu with the lines that this member of staff may follow."""
    staff = current_user.staff
    groups = [(name, [entry for entry in entries if entry.may(staff)]) for name, entries in MENU]
    return [(name, entries) for name, entries in groups if entries]
