"""What waits for a member of staff besides complaints and matters; one query, for every page asks."""

from dataclasses import dataclass

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from domain import (
    abuse,
    article_list,
    background_tasks,
    bulletins,
    content_check_desk,
    notices,
    peer_review,
    pioneer_posts,
    push_queries,
)
from domain.permissions import may_release, may_see_hidden
from models.staff import Staff


@dataclass(frozen=True)
class Waiting:
    """How much of each kind waits for somebody; nothing of what they may not decide.

    Attributes:
        notices: not read.
        abuse: reports of abuse without a decision.
        checks: of the content of what people wrote, to be looked at.
        bulletins, posts, articles, pushes: of others, to be approved.
        peers: open rounds of peer review.
        tasks: long work of theirs that goes on.
        any_tasks: whether they ever had any.
    """

    notices: int
    abuse: int
    checks: int
    bulletins: int
    posts: int
    peers: int
    articles: int
    pushes: int
    tasks: int
    any_tasks: bool


def counts(session: Session, staff: Staff) -> Waiting:
    """Count all that waits for a member of staff."""
    none = select(literal(0))
    queries = {
        "notices": notices.unread(staff=staff),
        "abuse": abuse.undecided() if may_see_hidden(staff) else none,
        "checks": content_check_desk.to_look_at() if may_release(staff) else none,
        "bulletins": bulletins.waiting_for(staff),
        "posts": pioneer_posts.waiting_for(staff),
        "peers": peer_review.waiting_for(staff),
        "articles": article_list.waiting_for(staff),
        "pushes": push_queries.waiting_for(staff),
        "tasks": background_tasks.unfinished_of(staff),
    }
    numbers = [query.scalar_subquery().label(name) for name, query in queries.items()]
    row = session.execute(select(*numbers, background_tasks.any_of(staff).label("any_tasks"))).one()
    return Waiting(**row._mapping)
