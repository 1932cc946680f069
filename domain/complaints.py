"""All that may be done to a complaint, in one place to look: each name is one verb of the steps table.

The verbs live beside their like: submissions.py (filing), handling.py (staff), requests.py (asking and
deciding), reporting.py (the person). Each takes the actor, the time, and the revision seen; each returns the
event it wrote, and raises a DomainError with a sentence for the person when it cannot be done.
"""

from domain.handling import (
    accept,
    ask,
    assign,
    classify,
    followers_count,
    merge,
    note,
    progress,
    publish,
    reply,
    resolve,
    resume,
    supervise,
    unpublish,
)
from domain.reporting import appeal, follow, rate, rating_of, reopen, supplement, unfollow, urge, withdraw
from domain.requests import (
    approve_deferral,
    confirm_rejection,
    refuse_deferral,
    refuse_rejection,
    refuse_transfer,
    request_deferral,
    request_rejection,
    request_transfer,
)
from domain.submissions import MAX_TEXT, Submission, guess_category, guess_kind, submit, team_by_rule

__all__ = [
    "MAX_TEXT",
    "Submission",
    "accept",
    "appeal",
    "approve_deferral",
    "ask",
    "assign",
    "classify",
    "confirm_rejection",
    "follow",
    "followers_count",
    "guess_category",
    "guess_kind",
    "merge",
    "note",
    "progress",
    "publish",
    "rate",
    "rating_of",
    "refuse_deferral",
    "refuse_rejection",
    "refuse_transfer",
    "reopen",
    "reply",
    "request_deferral",
    "request_rejection",
    "request_transfer",
    "resolve",
    "resume",
    "submit",
    "supervise",
    "supplement",
    "team_by_rule",
    "unfollow",
    "unpublish",
    "urge",
    "withdraw",
]
