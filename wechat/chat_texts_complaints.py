"""What the chat says about complaints that were submitted before."""

from collections.abc import Sequence

from domain.disclosure import Closeness
from domain.notice_texts import place_of, subject_of
from models.complaint import Complaint
from models.person import Person
from wechat.replies import link, plain

NOTHING_YET = "您还没有提交过诉求。有问题直接发文字、照片或语音就行。"
NONE_OPEN = "您没有正在办理的诉求。"
NONE_TO_RATE = "您没有待评价的诉求。"
NOT_YOURS = "没有找到您的这件诉求，请核对编号。"
NOT_WITHDRAWN = "好的，没有撤回。"
ALL_COMPLAINTS = "/h5/complaints"


def page_of(complaint: Complaint, words: str) -> str:
    """Link to the page of a complaint."""
    return link(f"/h5/complaints/{complaint.number}", words)


def progress(complaints: Sequence[Complaint], reader: Person, *, total: int) -> str:
    """List a person's newest complaints with where they stand; those of others as followers read them."""
    lines = []
    for complaint in complaints:
        own = complaint.reporter_id == reader.id
        closeness = Closeness.REPORTER if own else Closeness.JOINED
        what = f"{_short(place_of(complaint, closeness))}：{plain(subject_of(complaint, closeness))}"
        lines.append(f"{page_of(complaint, complaint.number)} {complaint.status.label}\n{what}")
    more = [link(ALL_COMPLAINTS, f"查看全部 {total} 件")] if total > len(complaints) else []
    return "\n".join(["您最近的诉求（点编号看详情）：", *lines, *more])


def line_of(complaint: Complaint) -> str:
    """Name a complaint in one line."""
    return f"{complaint.number} {plain(subject_of(complaint))}"


def choose(what: str, complaints: Sequence[Complaint]) -> str:
    """Ask which of several complaints is meant."""
    lines = [f"{number} {line_of(complaint)}" for number, complaint in enumerate(complaints, start=1)]
    return "\n".join([f"要{what}哪一件？请回复序号：", *lines])


def urged(complaint: Complaint) -> str:
    """Confirm that the team was asked to hurry."""
    team = plain(complaint.team.name) if complaint.team else "受理员"
    return f"已催办 {complaint.number}，{team}会收到提醒，请留意进展。"


def not_urged(complaint: Complaint, reason: str) -> str:
    """Pass on kindly why the team was not asked to hurry now."""
    return f"{complaint.number} 这次没有催办：{reason}\n{page_of(complaint, '看看现在办到哪一步')}"


def cannot_withdraw(complaint: Complaint) -> str:
    """Say that a complaint has ended, so that there is nothing to take back."""
    return f"{complaint.number} 现在是「{complaint.status.label}」，不需要再撤回。"


def confirm_withdrawal(complaint: Complaint) -> str:
    """Ask before a complaint is taken back."""
    return f"确定撤回 {line_of(complaint)} 吗？\n回复 1 确定撤回 / 0 不撤回"


def withdrawn(complaint: Complaint) -> str:
    """Confirm that a complaint was taken back."""
    return f"已撤回 {complaint.number}。如果问题还在，随时可以再发给我们。"


def to_rate(complaints: Sequence[Complaint]) -> str:
    """List what waits for a judgement."""
    lines = [
        f"{link(f'/h5/complaints/{complaint.number}/rate', f'评价 {complaint.number}')} "
        f"{plain(subject_of(complaint))}"
        for complaint in complaints
    ]
    return "\n".join(["问题解决了吗？点开说说满不满意，不满意会退回重办：", *lines])


def target_question(complaints: Sequence[Complaint]) -> str:
    """Ask whether this answers a question of ours, or is something new."""
    lines = [f"{number} 补充到 {line_of(complaint)}" for number, complaint in enumerate(complaints, start=1)]
    new = len(complaints) + 1
    return "\n".join(["刚收到的内容是：", *lines, f"{new} 作为新诉求", "（0 取消）"])


def supplemented(complaint: Complaint, what: str) -> str:
    """Confirm that something was added to a complaint."""
    return f"已补充到 {complaint.number}：{what}。"


def _short(place: str) -> str:
    return plain(place if len(place) <= 20 else place[:19] + "…")
