"""Every address of the phone pages that names something, asked for by who joined it or was merged into it.

What its owner, a stranger and somebody signed out meet stands in permissions.txt.
"""

from werkzeug.routing import Rule

from domain import complaints, queries
from domain.actors import Actor
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentPurpose
from models.person import Person
from tests.support.furnished import MARKS, Furnished, key_of
from tests.support.restoring import restoring
from tests.whole.test_permissions import answer_of, ask, routes

# What the reporter wrote, and what staff said while they worked on it; no follower reads either.
WRITTEN = "汤是凉的"
SAID = "王同学，已换保温台"
# What is somebody's own: the rest is open to everybody, or to everybody who is signed in.
OF_ITS_PEOPLE = {
    "GET /h5/attachments/<int:attachment_id>": "404",
    "GET /h5/attachments/<int:attachment_id>/small": "404",
    "GET /h5/complaints/<number>": "ok",
    "GET /h5/complaints/<number>/filed": "ok",
    "GET /h5/complaints/<number>/rate": "ok",
    "GET /h5/complaints/<number>/rated": "ok",
    "GET /h5/uploads/<upload_id>": "404",
    "GET /h5/uploads/<upload_id>/small": "404",
    "POST /h5/complaints/<number>/appeal": "ok",
    "POST /h5/complaints/<number>/rate": "ok",
    "POST /h5/complaints/<number>/reopen": "ok",
    "POST /h5/complaints/<number>/supplement": "403",
    "POST /h5/complaints/<number>/unfollow": "ok",
    "POST /h5/complaints/<number>/urge": "403",
    "POST /h5/complaints/<number>/withdraw": "403",
    "POST /h5/uploads/<upload_id>/chunks": "404",
    "POST /h5/uploads/<upload_id>/finish": "404",
    "POST /h5/uploads/<upload_id>/remove": "404",
}
OPEN = {
    "GET /h5/articles/<code>",
    "GET /h5/articles/<code>/pictures/<int:number>",
    "GET /h5/board/<number>",
    "GET /h5/board/<number>/abuse",
    "GET /h5/board/<number>/abuse/thanks",
    "GET /h5/board/<number>/join",
    "GET /h5/board/photos/<int:photo_id>",
    "GET /h5/board/photos/<int:photo_id>/small",
    "GET /h5/bulletins/<code>",
    "GET /h5/bulletins/<code>/<any(light, dark):look>/<chart>.png",
    "GET /h5/enter/<token>",
    "GET /h5/matters/<number>",
    "GET /h5/matters/<number>/enter",
    "GET /h5/matters/photos/<int:photo_id>",
    "GET /h5/matters/photos/<int:photo_id>/small",
    "GET /h5/p/<code>",
    "GET /h5/p/<code>/join/<number>",
    "GET /h5/p/<code>/photo",
    "GET /h5/p/<code>/rate",
    "GET /h5/p/<code>/report",
    "GET /h5/pushes/<code>",
    "GET /h5/surveys/<code>",
    "GET /h5/surveys/<code>/results",
    "GET /h5/surveys/<code>/thanks",
    "POST /h5/board/<number>/abuse",
    "POST /h5/board/<number>/join",
    "POST /h5/join/<number>",
    "POST /h5/matters/<number>/<any(follow,vote):what>",
    "POST /h5/p/<code>/join/<number>",
    "POST /h5/p/<code>/rate",
    "POST /h5/p/<code>/report",
    "POST /h5/report",
    "POST /h5/surveys/<code>",
}


def _join_and_merge(furnished: Furnished, database: Database) -> list[str]:
    """Let a friend join the complaint of the owner, and another's be merged into it; gives their roles."""
    make, office = furnished.factory, furnished.office
    with database.transaction() as session:
        complaint = queries.by_number(session, furnished.named)
        friend, other = session.merge(office.friend), make.person(session, "oTestMerged")
        complaints.follow(session, complaint, person=friend, now=make.now)
        desk = Actor.of_staff(office.dispatcher)
        same = make.complaint(session, office, service_point=session.merge(office.canteen), reporter=other)
        complaints.merge(session, same, into=complaint, actor=desk, now=make.now)
        handler = Actor.of_staff(office.handler)
        complaints.reply(session, complaint, words=SAID, actor=handler, now=make.now)
        people: dict[str, Person] = {"joined": friend, "merged": other}
    for role, person in people.items():
        furnished.keys[role] = key_of(furnished.app, database, person)
        furnished.readers[role] = person
    return list(people)


def _rules(furnished: Furnished) -> list[tuple[str, Rule]]:
    return [
        (method, rule)
        for method, rule in routes(furnished.app)
        if rule.rule.startswith("/h5/") and rule.arguments
    ]


def test_who_joined_or_was_merged_meets_nothing_of_the_reporters(
    furnished: Furnished, sqlite: Database
) -> None:
    assert sqlite.engine.url.database
    roles = _join_and_merge(furnished, sqlite)
    kept = restoring(sqlite)
    met: dict[str, set[str]] = {}
    read: set[tuple[str, str]] = set()
    for method, rule in _rules(furnished):
        for role in roles:
            answer = ask(furnished, role, method, rule)
            met.setdefault(f"{method} {rule.rule}", set()).add(answer_of(answer))
            words = answer.get_data().decode("utf-8", "replace")
            answer.close()
            marks = (WRITTEN, SAID, *MARKS.values())
            read |= {(rule.rule, mark) for mark in marks if mark in words}
            if method == "POST" and rule.rule.startswith("/h5/complaints/"):
                assert _done_by_people(sqlite, furnished) == ["提交"], rule.rule
            kept.restore()
    kept.close()

    unknown = sorted(set(met) - set(OF_ITS_PEOPLE) - OPEN)
    assert unknown == [], "say in this file whose these are"
    assert sorted((set(OF_ITS_PEOPLE) | OPEN) - set(met)) == [], "these are there no more"
    assert {name: met[name] for name in OF_ITS_PEOPLE} == {
        name: {word} for name, word in OF_ITS_PEOPLE.items()
    }
    assert read == set()


def _done_by_people(database: Database, furnished: Furnished) -> list[str]:
    """Name what people did to the owner's complaint."""
    with database.reading() as session:
        events = queries.by_number(session, furnished.named).events
        return [event.step.label for event in events if event.person_id is not None]


def test_photo_of_the_work_opens_for_who_was_merged_and_not_for_who_joined(
    furnished: Furnished, sqlite: Database
) -> None:
    roles = _join_and_merge(furnished, sqlite)
    rule = next(rule for _, rule in _rules(furnished) if rule.endpoint == "h5_attachments.attachment")
    with sqlite.transaction() as session:
        photo = session.get_one(Attachment, furnished.values["attachment_id"])
        photo.purpose = AttachmentPurpose.AFTER
    met = {}
    for role in [*roles, "person", "stranger"]:
        answer = ask(furnished, role, "GET", rule)
        met[role] = answer_of(answer)
        answer.close()
    assert met == {"joined": "404", "merged": "ok", "person": "ok", "stranger": "404"}
