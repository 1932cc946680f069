"""A push as the draft of an article, which reaches followers who are reached by no message of ours."""

from datetime import datetime
from html import escape

from sqlalchemy.orm import Session

from domain import article_approval, audit
from domain.article_limits import LONGEST_TITLE, ArticleText
from domain.errors import NotAllowed
from domain.push_kinds import type_of
from models.article import Article
from models.push import PushRun
from models.push_words import PushState
from models.staff import Staff


def may_be_one(run: PushRun) -> bool:
    """Tell whether a push says what everybody may read."""
    is_said = run.state is not PushState.SKIPPED and run.body != ""
    return is_said and not type_of(run.kind).for_staff


def draft_of(session: Session, run: PushRun, *, base_url: str, staff: Staff, now: datetime) -> Article:
    """Begin an article of what a push says; it goes the way of every article from there.

    Args:
        base_url: address of the site, ending in a slash; 阅读原文 leads to the push's page.

    Raises:
        NotAllowed: it is for colleagues, says nothing, or not a role that writes articles.
    """
    if not may_be_one(run):
        raise NotAllowed("这次推送不能做成图文。")
    lines = run.body.splitlines()
    html = "".join(f"<p>{escape(line)}</p>" for line in lines)
    for section in run.sections:
        html += f"<h2>{escape(section['title'])}</h2>"
        html += "".join(
            f"<p><strong>{escape(line['words'])}</strong><br>{escape(line['note'])}</p>"
            for line in section["lines"]
        )
    text = ArticleText(
        title=run.title[:LONGEST_TITLE],
        html=html,
        digest=lines[0][:120],
        source_url=base_url + run.path.removeprefix("/"),
    )
    made = article_approval.write(session, text, staff=staff, now=now)
    audit.record(
        session,
        staff,
        action="push.article",
        subject_kind="push",
        subject=str(run.id),
        words=f"把推送「{run.title}」做成图文草稿",
        details={"article": made.id},
        now=now,
    )
    return made
