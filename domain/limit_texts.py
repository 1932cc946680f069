"""What somebody reads who met a limit: why, until when, and how to be heard at once in danger."""

from datetime import datetime, timedelta

from config.catalogue import catalogue
from domain.working_time import describe_moment


def free_at(until: datetime, *, now: datetime) -> str:
    """Name a moment by the minute, never before it has come."""
    whole = until.replace(second=0, microsecond=0)
    return describe_moment(whole if whole == until else whole + timedelta(minutes=1), now=now)


def in_danger() -> str:
    """Say what is never limited."""
    numbers = catalogue()
    return f"遇到危险请马上拨打 {numbers.emergency_phone}（后勤值班 {numbers.duty_phone}）"


def chat_too_fast(until: datetime, *, now: datetime) -> str:
    """Answer who sends messages faster than anybody writes."""
    return (
        f"您发得太快了，后面的消息没有记下，{free_at(until, now=now)} 以后可以接着发。\n"
        f"紧急情况不受限制：说明「漏电」「着火」等，照样马上上报；{in_danger()}。"
    )


def chat_too_much(until: datetime, *, now: datetime) -> str:
    """Answer who has sent more than enough today."""
    return (
        f"您今天发来的消息太多了，后面的没有记下，{free_at(until, now=now)} 以后可以接着发。"
        "已经记下的照常办理。\n"
        f"紧急情况不受限制：说明「漏电」「着火」等，照样马上上报；{in_danger()}。"
    )


def filed_too_much(count: int, span: str, until: datetime, *, now: datetime) -> str:
    """Answer who files more complaints than one person meets with."""
    return (
        f"您{span}已经提交了 {count} 件，{free_at(until, now=now)} 以后可以再提交；"
        "写好的还在，不会丢。"
        f"紧急情况不受限制，{in_danger()}。"
    )


def urgent_too_often(count: int) -> str:
    """Answer who reported many dangers within an hour."""
    return (
        f"您一小时内已上报 {count} 件紧急情况，值班人员都已收到。请把新的情况补充到其中一件；{in_danger()}。"
    )


def sent_too_much(megabytes: int, until: datetime, *, now: datetime) -> str:
    """Answer who has sent more photos than a day's."""
    return (
        f"您 24 小时内发来的照片、录音已超过 {megabytes} MB，这一份没有保存，"
        f"{free_at(until, now=now)} 以后可以再发。文字不受限制。"
    )


def blocked(reason: str, until: datetime, *, now: datetime) -> str:
    """Answer who may not submit for a while."""
    return (
        f"您暂时不能提交内容，{free_at(until, now=now)} 以后恢复。原因：{reason}。"
        f"已经提交的照常办理，也可以继续查看。{in_danger()}。"
    )
