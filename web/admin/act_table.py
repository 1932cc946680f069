"""THE FORMS: one for each step that staff may do to a complaint.

Whether a person sees a form at all is decided by domain/steps.py; this table only says how it looks,
which key opens it, and which verb of the domain takes what was entered.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain import complaints
from domain.steps import STEPS
from models.enums import StepName
from web.admin.act_input import ActInput

Perform = Callable[[ActInput], object]
_READ_BY_PERSON_TOO = frozenset(step.name for step in STEPS if step.public)


@dataclass(frozen=True, kw_only=True)
class ActForm:
    """How one step is entered.

    Attributes:
        step: the step.
        perform: hands the input to the domain; None where `page` does.
        icon: name of the icon on the button.
        key: the letter that opens it on the complaint page; empty for none.
        before: names of macros in admin/act_fields.html that stand above the words.
        after: those that stand below.
        words_label: what the words are called; empty when there are none.
        words_needed: whether the domain insists on words.
        hint: what happens next.
        read_by: who reads the words, where it is not simply as the table of steps says.
        confirm: what one has to tick because it cannot be undone.
        danger: whether the button warns by its colour.
        page: the endpoint of a page that takes the place of the form.
    """

    step: StepName
    perform: Perform | None
    icon: str
    key: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    words_label: str = ""
    words_needed: bool = False
    hint: str = ""
    read_by: str = ""
    confirm: str = ""
    danger: bool = False
    page: str = ""

    @property
    def stays_inside(self) -> bool:
        """Whether the words are for staff alone."""
        return not self.read_by and self.step not in _READ_BY_PERSON_TOO

    @property
    def readers(self) -> str:
        """Who reads the words, in one line under the field."""
        return self.read_by or ("仅工作人员可见" if self.stays_inside else "诉求人和关注人会看到")


_TOLD = "他们会收到通知；显示您的单位和岗位，不显示姓名。"

_FORMS = (
    ActForm(
        step=StepName.ASSIGN,
        key="a",
        icon="send",
        before=("team_and_handler",),
        words_label="交办意见（选填）",
        hint="诉求人会知道交给了哪个单位。换一个单位即为转办，单位的转办申请随之办结。",
        perform=lambda act: complaints.assign(
            act.session, act.complaint, team=act.team(), handler=act.handler(), words=act.words, **act.act
        ),
    ),
    ActForm(
        step=StepName.ACCEPT,
        key="c",
        icon="user-check",
        words_label="说一句（选填）",
        hint="接单后由您经办，诉求人能看到进度已到「处理中」。",
        perform=lambda act: complaints.accept(act.session, act.complaint, words=act.words, **act.act),
    ),
    ActForm(
        step=StepName.PROGRESS,
        key="p",
        icon="message-2",
        after=("photos",),
        words_label="进展情况",
        words_needed=True,
        hint=_TOLD,
        perform=lambda act: complaints.progress(
            act.session, act.complaint, words=act.words, attachments=act.attachments(), **act.act
        ),
    ),
    ActForm(
        step=StepName.REPLY,
        key="r",
        icon="message-reply",
        after=("photos",),
        words_label="答复内容",
        words_needed=True,
        hint=_TOLD,
        perform=lambda act: complaints.reply(
            act.session, act.complaint, words=act.words, attachments=act.attachments(), **act.act
        ),
    ),
    ActForm(
        step=StepName.RESOLVE,
        key="d",
        icon="circle-check",
        before=("outcome",),
        after=("after_photos", "no_photo_reason"),
        words_label="给诉求人的办理结果",
        words_needed=True,
        hint="诉求人会收到通知并评价；评价「未解决」会退回重办。",
        perform=lambda act: complaints.resolve(
            act.session,
            act.complaint,
            words=act.words,
            outcome=act.outcome(),
            attachments=act.attachments(),
            no_photo_reason=act.text("no_photo_reason"),
            **act.act,
        ),
    ),
    ActForm(
        step=StepName.ASK,
        key="q",
        icon="message-question",
        words_label="请诉求人补充什么",
        words_needed=True,
        hint="诉求人会收到通知，可以直接在微信里回答。等待期间不计时。",
        after=("photos",),
        perform=lambda act: complaints.ask(
            act.session, act.complaint, words=act.words, attachments=act.attachments(), **act.act
        ),
    ),
    ActForm(
        step=StepName.RESUME,
        key="e",
        icon="player-play",
        words_label="说明（选填）",
        hint="继续计时，并告诉诉求人。",
        perform=lambda act: complaints.resume(act.session, act.complaint, words=act.words, **act.act),
    ),
    ActForm(
        step=StepName.REOPEN,
        key="o",
        icon="rotate",
        words_label="重新打开的原因",
        words_needed=True,
        hint="退回责任单位重办，重新计时，并通知诉求人和单位负责人。",
        perform=lambda act: complaints.reopen(act.session, act.complaint, words=act.words, **act.act),
    ),
    ActForm(
        step=StepName.NOTE,
        key="n",
        icon="note",
        words_label="备注内容",
        words_needed=True,
        after=("called", "photos"),
        hint="写 @ 加姓名可以提醒能看到这件诉求的同事。",
        perform=lambda act: complaints.note(
            act.session,
            act.complaint,
            words=act.words,
            called=act.text("called") == "1",
            attachments=act.attachments(),
            **act.act,
        ),
    ),
    ActForm(
        step=StepName.CLASSIFY,
        key="l",
        icon="tag",
        before=("classification",),
        words_label="调整的理由（选填）",
        hint="时限按新的类别、难度和紧急程度重新计算。",
        perform=lambda act: complaints.classify(
            act.session,
            act.complaint,
            category=act.category(),
            complexity=act.complexity(),
            urgent=act.urgent(),
            kind=act.kind(),
            service_point=act.place(),
            words=act.words,
            **act.act,
        ),
    ),
    ActForm(
        step=StepName.REQUEST_TRANSFER,
        key="t",
        icon="transfer",
        after=("wished_team",),
        words_label="申请转办的理由",
        words_needed=True,
        hint="受理员改派之前，仍由本单位负责（首接负责制）。",
        perform=lambda act: complaints.request_transfer(
            act.session, act.complaint, reason=act.words, to_team=act.wished_team(), **act.act
        ),
    ),
    ActForm(
        step=StepName.REQUEST_DEFERRAL,
        key="h",
        icon="calendar-pause",
        after=("promised_day",),
        words_label="暂时不能办理的原因",
        read_by="同意挂账后，诉求人会看到",
        words_needed=True,
        hint="须在到期前提出，由单位负责人或分管领导审定。同意后，原因和日期会告诉诉求人。",
        perform=lambda act: complaints.request_deferral(
            act.session, act.complaint, reason=act.words, until=act.day("until"), **act.act
        ),
    ),
    ActForm(
        step=StepName.REQUEST_REJECTION,
        key="x",
        icon="ban",
        before=("rejection_reason",),
        words_label="补充说明（选填）",
        hint="由另一人确认后才生效；诉求人会看到原因，可以申诉一次。",
        danger=True,
        perform=lambda act: complaints.request_rejection(
            act.session, act.complaint, reason=act.text("reason"), words=act.words, **act.act
        ),
    ),
    ActForm(
        step=StepName.MERGE,
        key="m",
        icon="git-merge",
        before=("merge_into",),
        words_label="说明（选填）",
        hint="这件的诉求人会成为主件的关注人，之后跟着主件收到进展。",
        confirm="我已核对两件是同一件事。并案不能撤销。",
        danger=True,
        perform=lambda act: complaints.merge(
            act.session, act.complaint, into=act.other_complaint(), words=act.words, **act.act
        ),
    ),
    ActForm(
        step=StepName.SUPERVISE,
        key="s",
        icon="flag",
        after=("new_deadline",),
        words_label="督办意见",
        words_needed=True,
        hint="写在办理记录里，诉求人看得到；经办人和单位负责人会收到通知。",
        perform=lambda act: complaints.supervise(
            act.session, act.complaint, words=act.words, until=act.moment("until"), **act.act
        ),
    ),
    ActForm(
        step=StepName.PUBLISH,
        key="b",
        icon="world",
        page="admin_release.form",
        read_by="全校师生都会看到",
        perform=None,
    ),
    ActForm(
        step=StepName.UNPUBLISH,
        icon="world-off",
        words_label="取消公开的原因",
        words_needed=True,
        perform=lambda act: complaints.unpublish(act.session, act.complaint, words=act.words, **act.act),
    ),
    ActForm(
        step=StepName.REFUSE_TRANSFER,
        icon="x",
        words_label="不同意的理由",
        words_needed=True,
        hint="申请人会收到通知。",
        perform=lambda act: complaints.refuse_transfer(
            act.session, act.complaint, words=act.words, **act.act
        ),
    ),
    ActForm(
        step=StepName.APPROVE_DEFERRAL,
        icon="check",
        words_label="意见（选填）",
        hint="诉求人会看到原因和承诺的日期；到那天自动恢复办理。",
        perform=lambda act: complaints.approve_deferral(
            act.session, act.complaint, words=act.words, **act.act
        ),
    ),
    ActForm(
        step=StepName.REFUSE_DEFERRAL,
        icon="x",
        words_label="不同意的理由",
        words_needed=True,
        hint="申请人会收到通知。",
        perform=lambda act: complaints.refuse_deferral(
            act.session, act.complaint, words=act.words, **act.act
        ),
    ),
    ActForm(
        step=StepName.CONFIRM_REJECTION,
        icon="check",
        words_label="给诉求人的说明（选填）",
        hint="诉求人会看到原因和说明，可以申诉一次。",
        confirm="我已核对原因，确认不予受理。",
        danger=True,
        perform=lambda act: complaints.confirm_rejection(
            act.session, act.complaint, words=act.words, **act.act
        ),
    ),
    ActForm(
        step=StepName.REFUSE_REJECTION,
        icon="x",
        words_label="退回的理由",
        words_needed=True,
        hint="申请人会收到通知，诉求继续办理。",
        perform=lambda act: complaints.refuse_rejection(
            act.session, act.complaint, words=act.words, **act.act
        ),
    ),
)

ACT_FORMS: dict[StepName, ActForm] = {form.step: form for form in _FORMS}
