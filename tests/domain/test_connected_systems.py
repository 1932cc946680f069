"""Connected systems: keys that are kept nowhere, rights, and what administrators do with them."""

from datetime import timedelta

import pytest

from domain import connected_systems
from domain.actors import Actor
from domain.connected_systems import Rights, UnknownKey
from domain.errors import Invalid, NotFound
from domain.lifecycle import open_steps
from domain.who_sees import who_sees
from tests.support.connected import ALL_RIGHTS, BOX, connect, filed_by, hooked
from tests.support.story import Story


def test_system_is_known_by_its_key_alone(story: Story) -> None:
    system, key = connect(story.session, story.office.admin, now=story.now)

    assert key.startswith(system.key_start)
    assert key not in repr(vars(system))
    assert connected_systems.by_key(story.session, key) is system
    for wrong in (key[:-1], system.key_hash, ""):
        with pytest.raises(UnknownKey):
            connected_systems.by_key(story.session, wrong)

    renewed = connected_systems.renew_key(story.session, system, staff=story.office.admin, now=story.now)
    with pytest.raises(UnknownKey):
        connected_systems.by_key(story.session, key)
    assert connected_systems.by_key(story.session, renewed) is system

    by = {"staff": story.office.admin, "now": story.now}
    connected_systems.set_active(story.session, system, active=False, **by)
    connected_systems.set_active(story.session, system, active=False, **by)
    with pytest.raises(UnknownKey):
        connected_systems.by_key(story.session, renewed)
    connected_systems.set_active(story.session, system, active=True, **by)
    assert connected_systems.by_key(story.session, renewed) is system


def test_use_of_a_key_is_noted_once_an_hour(story: Story) -> None:
    system, _ = connect(story.session, story.office.admin, now=story.now)

    assert connected_systems.is_due(system, now=story.now)
    connected_systems.touch(story.session, system, now=story.now)
    story.session.refresh(system)

    assert system.last_used_at == story.now
    assert not connected_systems.is_due(system, now=story.now + timedelta(minutes=59))
    assert connected_systems.is_due(system, now=story.now + timedelta(hours=1))


def test_what_cannot_be_used_is_told_at_its_field(story: Story) -> None:
    system, _ = connect(story.session, story.office.admin, "市热线", now=story.now)
    other, _ = connect(story.session, story.office.admin, "门户", now=story.now)
    none = Rights(read=False, submit=False, hook=False)
    wrong = [
        ("", "李老师", ALL_RIGHTS, "name"),
        ("长" * 41, "李老师", ALL_RIGHTS, "name"),
        ("市热线", "李老师", ALL_RIGHTS, "name"),
        ("门户", "", ALL_RIGHTS, "contact"),
        ("门户", "长" * 101, ALL_RIGHTS, "contact"),
        ("门户", "李老师", none, "rights"),
    ]
    told = []
    for name, contact, rights, _field in wrong:
        with pytest.raises(Invalid) as refused:
            connected_systems.change(
                story.session,
                other,
                name=name,
                contact=contact,
                rights=rights,
                staff=story.office.admin,
                now=story.now,
            )
        told.append(refused.value.field)

    assert told == [field for *_, field in wrong]
    assert connected_systems.find(story.session, system.id).name == "市热线"
    with pytest.raises(NotFound):
        connected_systems.find(story.session, 999)


def test_changes_are_in_the_audit_log_without_the_key(story: Story) -> None:
    system, key = connect(story.session, story.office.admin, "市热线", now=story.now)
    by = {"staff": story.office.admin, "now": story.now}
    same = {"name": "市热线", "contact": system.contact, "rights": ALL_RIGHTS}
    connected_systems.change(story.session, system, **same, **by)
    fewer = Rights(read=True, submit=True, hook=False)
    connected_systems.change(story.session, system, **(same | {"rights": fewer}), **by)
    connected_systems.renew_key(story.session, system, **by)

    pending = story.session.info["audit entries of this transaction"]
    written = [one.entry for one in pending if one.entry.subject_kind == "system"]

    assert [entry.action for entry in written] == ["system.add", "system.change", "system.renew_key"]
    assert written[1].details == {"before": {"may_hook": True}, "after": {"may_hook": False}}
    assert key not in repr(written)


def test_what_a_system_filed_stands_beside_it(story: Story) -> None:
    system, _ = connect(story.session, story.office.admin, "A 热线", now=story.now)
    quiet, _ = connect(story.session, story.office.admin, "B 门户", now=story.now)
    filed = filed_by(story.session, system, story.office, now=story.now)
    own = story.complaint()

    listed = [(row.name, count) for row, count in connected_systems.listed(story.session)]
    assert listed == [("A 热线", 1), ("B 门户", 0)]
    assert connected_systems.system_of(story.session, filed) is system
    assert connected_systems.system_of(story.session, own) is None
    assert connected_systems.stopped(story.session) == []
    assert open_steps(story.session, filed, Actor.of_system(quiet), now=story.now) == []


def test_system_that_was_stopped_is_listed(story: Story) -> None:
    system = hooked(story.session, story.office.admin, now=story.now, box=BOX)
    assert system.webhook is not None
    system.webhook.stopped_at = story.now
    story.session.flush()

    assert connected_systems.stopped(story.session) == [system]


def test_page_says_that_the_system_reads_along_and_knows_whose_it_is(story: Story) -> None:
    system, _ = connect(story.session, story.office.admin, now=story.now)

    panel = who_sees(story.session, filed_by(story.session, system, story.office, now=story.now), followers=0)

    assert panel.reporter == "没有留姓名和电话，只有转来的平台知道是谁。"
    assert panel.outside[0].startswith("转来的平台能看到办到哪一步")
