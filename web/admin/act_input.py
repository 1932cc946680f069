"""What was entered in the form of an act, turned into what the domain takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from domain import queries
from domain.actors import Actor
from domain.acts import Act
from domain.errors import Invalid
from domain.permissions import may_see
from domain.working_time import LOCAL
from models.attachment import Attachment
from models.category import Category
from models.complaint import Complaint
from models.enums import ComplaintKind, Complexity, Outcome
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from web.admin.places import place_named
from web.uploads import Upload, keep_photos

T = TypeVar("T")


@dataclass(frozen=True)
class ActInput:
    """One filled-in form, on one complaint, by one member of staff."""

    session: Session
    complaint: Complaint
    staff: Staff
    now: datetime
    form: MultiDict[str, str]
    uploads: Sequence[Upload] = ()

    @property
    def act(self) -> Act:
        """What every verb takes: who, when, and the revision of the page that was looked at."""
        seen = self.form.get("seen", type=int)
        return Act(actor=Actor.of_staff(self.staff), now=self.now, seen=seen)

    @property
    def words(self) -> str:
        """The words."""
        return self.text("words")

    def text(self, name: str) -> str:
        """Give a text field without blanks around it and with plain line ends."""
        return self.form.get(name, "").replace("\r\n", "\n").strip()

    def attachments(self) -> list[Attachment]:
        """Keep the photos and give their rows."""
        return keep_photos(self.uploads, now=self.now)

    def team(self) -> Team:
        """Give the chosen team."""
        return self._chosen_row(Team, "team", "请选择责任单位。")

    def wished_team(self) -> Team | None:
        """Give the team a transfer is wished to, if one was named."""
        return self._chosen_row(Team, "to_team", "请重新选择单位。") if self.text("to_team") else None

    def handler(self) -> Staff | None:
        """Give the chosen handler, if one was chosen."""
        return self._chosen_row(Staff, "handler", "请重新选择经办人。") if self.text("handler") else None

    def category(self) -> Category | None:
        """Give the chosen category."""
        return self._chosen_row(Category, "category", "请重新选择类别。") if self.text("category") else None

    def place(self) -> ServicePoint | None:
        """Find the place that was written; None when the field was left empty."""
        written = self.text("place")
        return place_named(self.session, written) if written else None

    def kind(self) -> ComplaintKind | None:
        """Give the chosen kind."""
        return self._chosen(ComplaintKind, "kind", "请重新选择性质。") if self.text("kind") else None

    def complexity(self) -> Complexity | None:
        """Give the chosen complexity."""
        return self._chosen(Complexity, "complexity", "请重新选择难度。") if self.text("complexity") else None

    def urgent(self) -> bool | None:
        """Tell whether it was marked urgent; None when the form did not ask."""
        return {"1": True, "0": False}.get(self.text("urgent"))

    def outcome(self) -> Outcome:
        """Give the chosen outcome."""
        return self._chosen(Outcome, "outcome", "请选择办理结果。")

    def day(self, name: str) -> datetime:
        """Give the noon of a chosen day; the domain counts to that day's closing hour."""
        day = self._parsed(name, date.fromisoformat, "请选择承诺办理的日期。")
        return datetime(_year(day, name), day.month, day.day, 12, tzinfo=LOCAL)

    def moment(self, name: str) -> datetime | None:
        """Give a chosen local moment, if one was chosen."""
        if not self.text(name):
            return None
        moment = self._parsed(name, datetime.fromisoformat, "请重新选择日期和时间。")
        return moment.replace(year=_year(moment, name), tzinfo=LOCAL)

    def other_complaint(self) -> Complaint:
        """Give the complaint whose number was entered, if this member of staff may see it."""
        number = self.text("into")
        if not number:
            raise Invalid("请填写主件的编号。", "into")
        other = self.session.scalar(select(Complaint).where(Complaint.number == number))
        if other is None or not may_see(self.session, other, Actor.of_staff(self.staff)):
            raise Invalid(f"没有找到编号为 {number[:20]} 的诉求，请核对。", "into")
        return queries.find(self.session, other.id)

    def _chosen_row(self, table: type[T], name: str, refusal: str) -> T:
        row_id = self.form.get(name, type=int)
        row = self.session.get(table, row_id) if row_id is not None and 0 < row_id < 2**31 else None
        if row is None:
            raise Invalid(refusal, name)
        return row

    def _chosen(self, words: Callable[[str], T], name: str, refusal: str) -> T:
        return self._parsed(name, words, refusal)

    def _parsed(self, name: str, parse: Callable[[str], T], refusal: str) -> T:
        try:
            return parse(self.text(name))
        except ValueError as error:
            raise Invalid(refusal, name) from error


def _year(day: date, name: str) -> int:
    if not 2000 <= day.year < 2100:
        raise Invalid("日期的年份不对，请核对。", name)
    return day.year
