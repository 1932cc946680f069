"""What the chat says while a complaint is being written and submitted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from config.catalogue import catalogue
from domain.drafts import Content
from domain.notice_texts import place_of
from domain.working_time import describe_moment
from models.complaint import Complaint
from models.enums import ComplaintKind
from models.service_point import ServicePoint
from wechat.replies import link, plain

LATER = "您的消息已收到，稍后给您答复。"
SUBMIT_CHOICES = "回复 1 提交 / 2 匿名提交 / 0 取消"
URGENT_CHOICES = "回复 1 紧急提交 / 2 按普通诉求提交 / 0 取消"
TELL_US = "请直接发文字、照片或语音，说说是什么问题、在哪里。"
EMPTY_DRAFT = f"还没有收到内容。{TELL_US}"
NOTHING_TO_SUBMIT = "现在没有待提交的内容。要反映问题，直接发文字、照片或语音就行。"
CANCELLED = "已取消，没有提交。10 分钟内回复「恢复」可以找回。"
NOTHING_TO_CANCEL = "现在没有要取消的内容。"
NOTHING_TO_RESTORE = "没有可以恢复的内容（取消后 10 分钟内可以恢复）。"
COURTESY = "不客气。有问题随时发来，回复「进度」看办理情况。"
FORGOTTEN = "您的账号已按您的要求注销，我们没有保存您的资料。想重新使用，请先在这里发一条消息。"
GREETING = f"您好！{TELL_US}回复「帮助」看还能做什么。"
NOT_UNDERSTOOD = f"没看明白您的意思。{TELL_US}\n回复「进度」看办理情况，「帮助」看说明。"
STICKER = "表情我们暂时看不懂，请用文字、照片或语音说明。"
UNKNOWN_KIND = "这种消息我们暂时看不懂，请改发文字、照片、语音、视频或位置。"
MEDIA_MISSING = "刚才的内容没有收到，请再发一次。"
NO_SUCH_CHOICE = "没有这个选项，请回复列出的序号。"
ANSWER_FIRST = "请先回复上面的序号。"
ALSO_TELL = "收到。再说说是什么问题、在哪里，会处理得更快；"
RESTORED = "已恢复。"
PLACE_SKIPPED = "说不清具体地点"
PLACE_SHORT = "地点还没选：回复序号，或直接打地点名（9 说不清）。"
REPORT_HOW = "请直接发文字、照片或语音，说说是什么问题、在哪里。可以分几条发，最后回复 1 提交。"
REPAIR_HOW = "要报修什么？请发文字、照片或语音，并说明在哪里（如 3号楼302）。最后回复 1 提交。"
UNFINISHED = "您有一条还没提交："
URGENT_ASK = "请马上告诉我们地点和情况（文字、照片、语音都行），按紧急件办理。"


def emergency_line() -> str:
    """Give the numbers to ring when there is danger."""
    numbers = catalogue()
    return (
        f"请先保证人身安全！紧急电话 {numbers.emergency_phone}，后勤值班 {numbers.duty_phone}，"
        "危及生命请拨 119 / 120。"
    )


def thanks_for_following() -> str:
    """Greet somebody who followed the account by scanning the code of a place."""
    return f"感谢关注「{catalogue().account_name}」。"


def here(place: ServicePoint) -> str:
    """Name the place that was scanned."""
    return f"这里是 {plain(place.full_name)}。"


def welcome() -> str:
    """Greet somebody who has just followed the account."""
    names = catalogue()
    return (
        f"您好，这里是{names.university}{names.office}「{names.account_name}」。\n"
        "1. 反映问题、报修：直接发文字、照片或语音，或扫一扫现场的二维码\n"
        "2. 看办理情况：回复「进度」，还可以「催办」「评价」\n"
        f"3. 遇到危险：先拨 {names.emergency_phone}，再发消息给我们"
    )


def helping() -> str:
    """Explain what can be said."""
    return (
        "您可以这样用：\n"
        "· 反映问题、报修、提建议：直接发文字、照片、语音或位置\n"
        "· 在现场：扫一扫贴着的二维码，地点自动填好\n"
        "· 进度：最近 5 件的办理情况\n"
        "· 催办、撤回、评价：回复这两个字即可\n"
        "· 取消 / 恢复：不想提交了 / 找回 10 分钟内取消的\n"
        f"· 紧急情况：先拨 {catalogue().emergency_phone}（值班 {catalogue().duty_phone}）"
    )


def gathered(content: Content) -> str:
    """Say how much has been taken in: 2 段文字、1 张照片."""
    parts = (
        (content.texts, "段文字"),
        (content.photos, "张照片"),
        (content.voices, "段语音"),
        (content.videos, "段视频"),
        (content.places, "个位置"),
    )
    return "、".join(f"{count} {unit}" for count, unit in parts if count)


def received(content: Content, *, words: bool = True) -> str:
    """Acknowledge what is there, without more ado; in a burst of photos they alone are counted."""
    return f"已收到 {gathered(content if words else replace(content, texts=0))}。"


def place_question(places: Sequence[ServicePoint], *, lead: str) -> str:
    """Ask where it is, with a short numbered list."""
    lines = [f"{number} {plain(place.full_name)}" for number, place in enumerate(places, start=1)]
    how = "回复序号，或直接打地点名" if lines else "请直接打地点名，如「二食堂」「3号楼302」"
    return "\n".join([f"{lead}是在哪里？{how}：", *lines, "9 说不清/其他地点", "（0 取消）"])


def places_found(places: Sequence[ServicePoint], words: str) -> str:
    """Let the person choose among the places that fit what they typed."""
    lines = [f"{number} {plain(place.full_name)}" for number, place in enumerate(places, start=1)]
    return "\n".join([f"「{plain(words)}」有这几处，请回复序号：", *lines, "9 都不是，就按我写的"])


def too_many_places(words: str) -> str:
    """Ask for a fuller name."""
    return f"叫「{plain(words)}」的地方很多，请带上楼名再发一次，如「3号楼302」。"


def place_set(name: str) -> str:
    """Confirm the place; say how to change it."""
    return f"地点：{plain(name)}（不对请回复「改地点」）\n"


def place_changed(new: str, old: str) -> str:
    """Say that a scan has changed the place."""
    return f"地点已改为 {plain(new)}（原来是 {plain(old)}）。"


def scanned(place: ServicePoint, *, open_count: int) -> str:
    """Greet somebody who scanned the code of a place."""
    known = f"近 30 天这里有 {open_count} 件诉求正在办理。\n" if open_count else ""
    return f"您好，这里是 {plain(place.full_name)}。\n{known}遇到了什么问题？请直接发文字、照片或语音。"


def code_unknown() -> str:
    """Say that a scanned code is not, or no longer, one of ours."""
    return f"这个二维码已停用，认不出是哪里。没关系，{TELL_US}"


def code_foreign() -> str:
    """Say that what was scanned is no code of ours."""
    return f"这不是我们张贴的二维码，认不出是哪里。没关系，{TELL_US}"


def resume_question(about: str, when: datetime, *, now: datetime) -> str:
    """Offer a draft that was left alone."""
    return (
        f"您{describe_moment(when, now=now)} 有一条诉求还没提交：{about}\n"
        "1 接着写那一条（刚发的并进去）\n2 另起一条（那一条取消）\n0 都不要"
    )


def about_draft(text: str, content: Content) -> str:
    """Name a draft by its first words, or by what is in it."""
    line = " ".join(text.split())
    short = line if len(line) <= 24 else line[:23] + "…"
    return f"“{plain(short)}”" if line else gathered(content)


def receipt(complaint: Complaint, *, now: datetime) -> str:
    """Confirm a complaint: number, place, when to expect what, where to follow it, and who sees the name."""
    lines = [f"已提交，编号 {complaint.number}", f"地点：{plain(place_of(complaint))}"]
    if complaint.kind is ComplaintKind.PRAISE:
        lines.append("谢谢您的表扬，我们会转达。")
    else:
        lines += promised(complaint, now=now)
    if complaint.anonymous:
        lines.append("匿名：工作人员看不到您是谁，进展仍会通知您。")
    lines.append(link(f"/h5/complaints/{complaint.number}", "查看办理进展"))
    lines.append("要补充照片或语音，10 分钟内直接发来就行。")
    return "\n".join(lines)


def promised(complaint: Complaint, *, now: datetime) -> list[str]:
    """Say which team answers, and by when."""
    team = [f"责任单位：{plain(complaint.team.name)}"] if complaint.team else []
    due = (
        (complaint.answer_due_at, "最迟 {} 前答复您"),
        (complaint.done_due_at, "{} 前办结"),
    )
    times = [words.format(describe_moment(at, now=now)) for at, words in due if at is not None]
    return [*team, *(["，".join(times) + "。"] if times else [])]


def urgent_receipt(complaint: Complaint, *, wants_place: bool, wants_photo: bool) -> str:
    """Confirm an urgent complaint: the telephone first, then the number, then what helps those on duty."""
    missing = "、".join(
        [*(["具体地点"] if wants_place else []), *(["现场照片（安全的话）"] if wants_photo else [])]
    )
    lines = [emergency_line(), f"已按紧急件上报，编号 {complaint.number}，正在通知值班人员。"]
    if not wants_place:
        lines.append(f"地点：{plain(place_of(complaint))}")
    if missing:
        lines.append(f"请接着发：{missing}，会直接补充到这一件。")
    return "\n".join([*lines, "误报请回复 0 撤回。"])
