"""The forms by which staff do something to a matter: what each asks for, and what it calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from domain import matter_requests, matter_work, matters
from domain.actors import Actor
from domain.acts import Act
from domain.errors import Invalid
from domain.queries import by_number
from models.attachment import Attachment
from models.complaint import Complaint
from models.matter import Matter
from models.matter_words import MatterStepName
from models.staff import Staff

N = MatterStepName


@dataclass(frozen=True)
class MatterInput:
    """What was entered, and for what."""

    session: Session
    matter: Matter
    staff: Staff
    now: datetime
    form: Mapping[str, str]
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What was written."""
        return self.form.get("words", "")

    @property
    def act(self) -> Act:
        """Who acts, when, and having seen what."""
        seen = self.form.get("seen", "")
        revision = int(seen) if seen.isdecimal() and len(seen) < 10 else None
        return {"actor": Actor.of_staff(self.staff), "now": self.now, "seen": revision}

    @property
    def milestone_id(self) -> int | None:
        """The milestone that was chosen."""
        chosen = self.form.get("milestone", "")
        return int(chosen) if chosen.isdecimal() and len(chosen) < 10 else None

    def day(self, name: str, *, needed: str = "") -> date | None:
        """Give a day that was entered; `needed` names it where there must be one."""
        text = self.form.get(name, "").strip()
        if not text:
            if needed:
                raise Invalid(f"请填写{needed}。", name)
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Invalid("日期请写成 2026-12-31 这样。", name) from None

    def complaints(self) -> list[Complaint]:
        """Give the complaints whose numbers were written, with blanks or commas between."""
        numbers = (
            self.form.get("complaint", "").replace("，", " ").replace("、", " ").replace(",", " ").split()
        )
        if not numbers:
            raise Invalid("请填写诉求编号。", "complaint")
        return [by_number(self.session, number) for number in dict.fromkeys(numbers[:100])]


@dataclass(frozen=True, kw_only=True)
class MatterActForm:
    """One form.

    Attributes:
        words: what the text is called; empty when none is asked for.
        asks: which other fields there are: photos, before, no_photo, until, milestone, title, deadline,
            complaint, public_text, needs.
        key: the key that opens it.
        main: whether it takes the matter on, and stands out.
    """

    step: MatterStepName
    icon: str
    perform: Callable[[MatterInput], object]
    words: str = ""
    needed: bool = True
    asks: tuple[str, ...] = ()
    hint: str = ""
    key: str = ""
    main: bool = False
    danger: bool = False


def _publish(given: MatterInput) -> object:
    text = given.form.get("public_text", "")
    return matters.publish(given.session, given.matter, public_text=text, **given.act)


def _unlink(given: MatterInput) -> object:
    by = Act(actor=given.act["actor"], now=given.now)  # each of several raises the revision for the next
    return [matters.unlink(given.session, given.matter, one, **by) for one in given.complaints()]


def _defer(given: MatterInput) -> object:
    until = given.day("until", needed="承诺恢复的日期")
    if until is None:
        raise Invalid("请填写承诺恢复的日期。", "until")
    return matter_requests.request_deferral(
        given.session, given.matter, reason=given.words, until=until, **given.act
    )


_FORMS = (
    MatterActForm(
        step=N.START,
        icon="player-play",
        words="说明",
        needed=False,
        key="s",
        main=True,
        perform=lambda g: matter_work.start(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.PROGRESS,
        icon="message-2",
        words="进展情况",
        asks=("photos", "before"),
        hint="事项公开的，所有人都能读到，关注的师生会收到通知。",
        key="p",
        perform=lambda g: matter_work.progress(
            g.session,
            g.matter,
            words=g.words,
            attachments=g.attachments,
            before=g.form.get("before") == "1",
            **g.act,
        ),
    ),
    MatterActForm(
        step=N.SUBMIT_MILESTONE,
        icon="flag",
        words="完成情况",
        asks=("milestone", "photos"),
        key="m",
        perform=lambda g: matter_requests.submit_milestone(
            g.session,
            g.matter,
            milestone_id=g.milestone_id,
            words=g.words,
            attachments=g.attachments,
            **g.act,
        ),
    ),
    MatterActForm(
        step=N.SUBMIT,
        icon="checks",
        words="对照目标的完成情况",
        asks=("photos", "no_photo"),
        hint="提交后由分管领导对照目标验收；办理过的人不能验收。",
        key="x",
        main=True,
        perform=lambda g: matter_requests.submit(
            g.session,
            g.matter,
            words=g.words,
            attachments=g.attachments,
            no_photo_reason=g.form.get("no_photo_reason", ""),
            **g.act,
        ),
    ),
    MatterActForm(
        step=N.ACCEPT,
        icon="circle-check",
        words="验收意见",
        hint="请对照目标核对完成情况和照片，写明怎样核实的。销号后观察一段时间，看是否反弹。",
        key="y",
        main=True,
        perform=lambda g: matter_requests.accept(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.REFUSE,
        icon="arrow-back-up",
        words="退回的理由",
        key="f",
        perform=lambda g: matter_requests.refuse(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.RETRACT,
        icon="rotate",
        words="撤回的原因",
        perform=lambda g: matter_requests.retract(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.ACCEPT_MILESTONE,
        icon="circle-check",
        words="验收意见",
        needed=False,
        asks=("milestone",),
        perform=lambda g: matter_requests.accept_milestone(
            g.session, g.matter, milestone_id=g.milestone_id, words=g.words, **g.act
        ),
    ),
    MatterActForm(
        step=N.REFUSE_MILESTONE,
        icon="arrow-back-up",
        words="退回的理由",
        asks=("milestone",),
        perform=lambda g: matter_requests.refuse_milestone(
            g.session, g.matter, milestone_id=g.milestone_id, words=g.words, **g.act
        ),
    ),
    MatterActForm(
        step=N.APPROVE_DEFERRAL,
        icon="circle-check",
        words="说明",
        needed=False,
        perform=lambda g: matter_requests.approve_deferral(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.REFUSE_DEFERRAL,
        icon="ban",
        words="不同意的理由",
        perform=lambda g: matter_requests.refuse_deferral(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.RESUME,
        icon="player-play",
        words="说明",
        needed=False,
        main=True,
        perform=lambda g: matter_work.resume(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.NOTE,
        icon="note",
        words="备注内容",
        hint="只有同事看得到。",
        key="n",
        perform=lambda g: matter_work.note(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.SUPERVISE,
        icon="speakerphone",
        words="督办要求",
        asks=("until",),
        key="d",
        perform=lambda g: matter_work.supervise(
            g.session, g.matter, words=g.words, until=g.day("until"), **g.act
        ),
    ),
    MatterActForm(
        step=N.REQUEST_DEFERRAL,
        icon="calendar-pause",
        words="暂时不能推进的原因",
        asks=("until",),
        hint="由分管领导审定；同意后到承诺的日期自动恢复。",
        perform=_defer,
    ),
    MatterActForm(
        step=N.BLOCK,
        icon="alert-triangle",
        words="卡在哪里",
        asks=("needs",),
        hint="牵头领导和分管领导会收到通知；「难点堵点」页一直列着，直到写明怎样解决。",
        key="b",
        perform=lambda g: matter_work.block(
            g.session, g.matter, words=g.words, needs=g.form.get("needs", ""), **g.act
        ),
    ),
    MatterActForm(
        step=N.UNBLOCK,
        icon="circle-check",
        words="怎样解决的",
        perform=lambda g: matter_work.unblock(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.PLAN_MILESTONE,
        icon="circle-plus",
        asks=("title", "deadline"),
        perform=lambda g: matter_work.plan_milestone(
            g.session, g.matter, title=g.form.get("title", ""), deadline=g.day("deadline"), **g.act
        ),
    ),
    MatterActForm(
        step=N.DROP_MILESTONE,
        icon="trash",
        words="删除的原因",
        asks=("milestone",),
        perform=lambda g: matter_work.drop_milestone(
            g.session, g.matter, milestone_id=g.milestone_id, words=g.words, **g.act
        ),
    ),
    MatterActForm(
        step=N.LINK,
        icon="link",
        asks=("complaint",),
        hint="诉求人和关注人会知道事项的进展（事项公开的）。",
        perform=lambda g: matters.link(g.session, g.matter, g.complaints(), **g.act),
    ),
    MatterActForm(step=N.UNLINK, icon="unlink", asks=("complaint",), perform=_unlink),
    MatterActForm(
        step=N.PUBLISH,
        icon="eye",
        asks=("public_text",),
        hint="公开的是名称、目标、责任单位、时限、进展和这里的说明；问题和原因不公开。",
        perform=_publish,
    ),
    MatterActForm(
        step=N.UNPUBLISH,
        icon="eye-off",
        words="取消公开的原因",
        perform=lambda g: matters.unpublish(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.CLEAR_RELAPSE,
        icon="shield-check",
        words="核实的情况",
        hint="写明去哪里、怎样核实的。此后再有新诉求，重新计算。",
        perform=lambda g: matter_work.clear_relapse(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.REOPEN,
        icon="restore",
        words="重新打开的原因",
        key="r",
        danger=True,
        perform=lambda g: matter_work.reopen(g.session, g.matter, words=g.words, **g.act),
    ),
    MatterActForm(
        step=N.CANCEL,
        icon="trash",
        words="取消的原因",
        danger=True,
        perform=lambda g: matter_work.cancel(g.session, g.matter, words=g.words, **g.act),
    ),
)
MATTER_FORMS: Mapping[MatterStepName, MatterActForm] = {form.step: form for form in _FORMS}
