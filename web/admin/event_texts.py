"""What an event of the timeline says besides its words, for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.call_back import is_call
from domain.working_time import local_time
from models.category import Category
from models.complaint import ComplaintEvent
from models.enums import ComplaintKind, Complexity, Outcome, StepName
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

# So begins what tells a colleague's name; outside the office people read posts only.
NAMES_STAFF = "经办人："


@dataclass(frozen=True)
class Names:
    """The names behind the ids that events keep."""

    teams: dict[int, str]
    staff: dict[int, str]
    categories: dict[int, str]
    places: dict[int, str]

    @classmethod
    def of(cls, session: Session, events: Sequence[ComplaintEvent]) -> "Names":
        """Look up every id in the details of these events, one query for each kind of thing."""

        def ids(key: str) -> set[int]:
            return {int(event.details[key]) for event in events if event.details.get(key)}

        def look_up(table: Any, column: Any, wanted: set[int]) -> dict[int, str]:  # noqa: ANN401 (any table)
            if not wanted:
                return {}
            rows = session.execute(select(table.id, column).where(table.id.in_(wanted)))
            return dict(rows.all())

        return cls(
            teams=look_up(Team, Team.name, ids("team_id") | ids("to_team_id")),
            staff=look_up(Staff, Staff.name, ids("handler_id") | _mentioned(events)),
            categories=look_up(Category, Category.name, ids("category_id")),
            places=look_up(ServicePoint, ServicePoint.full_name, ids("service_point_id")),
        )


def _mentioned(events: Sequence[ComplaintEvent]) -> set[int]:
    return {int(staff_id) for event in events for staff_id in event.details.get("mentioned", [])}


def facts_of(event: ComplaintEvent, names: Names) -> list[str]:
    """List what the event changed or set, each a few words."""
    details = event.details
    facts: list[str] = ["已打电话告诉诉求人"] if is_call(event) else []
    team = names.teams.get(details.get("team_id") or 0, "")
    if event.step is StepName.ASSIGN and team and team not in event.words:
        facts.append(f"责任单位：{team}")
    if details.get("handler_id"):
        facts.append(f"{NAMES_STAFF}{names.staff.get(details['handler_id'], '')}")
    if details.get("to_team_id"):
        facts.append(f"建议转往：{names.teams.get(details['to_team_id'], '')}")
    if event.step is StepName.CLASSIFY:
        facts.extend(_classified(details, names))
    if details.get("until"):
        until = local_time(datetime.fromisoformat(details["until"]))
        label = "督办期限" if event.step is StepName.SUPERVISE else "承诺日期"
        facts.append(f"{label}：{until.year}年{until.month}月{until.day}日 {until:%H:%M}")
    if details.get("outcome"):
        facts.append(f"办理结果：{Outcome(details['outcome']).label}")
    if details.get("no_photo_reason"):
        facts.append(f"未附照片：{details['no_photo_reason']}")
    if details.get("into"):
        facts.append(f"并入 {details['into']}")
    if details.get("mentioned"):
        called = "、".join(names.staff.get(int(staff_id), "") for staff_id in details["mentioned"])
        facts.append(f"已提醒 {called}")
    if details.get("stars"):
        facts.append(f"{'已解决' if details.get('solved') else '未解决'}，{details['stars']} 星")
    return facts


def _classified(details: dict[str, Any], names: Names) -> list[str]:
    facts: list[str] = []
    if details.get("kind"):
        facts.append(f"改为{ComplaintKind(details['kind']).label}")
    if details.get("category_id"):
        facts.append(f"类别：{names.categories.get(int(details['category_id']), '')}")
    if details.get("complexity"):
        facts.append(f"难度：{Complexity(details['complexity']).label}")
    if details.get("urgent"):
        facts.append("改为紧急" if details["urgent"] == "True" else "取消紧急")
    if details.get("service_point_id"):
        facts.append(f"地点：{names.places.get(int(details['service_point_id']), '')}")
    return facts
