"""What staff change in their pages goes into the audit log, or stands here with the reason why not."""

from sqlalchemy import func, select

from models.audit import AuditEntry
from models.database import Database
from tests.support.factories import PASSWORD
from tests.support.filled_forms import Body, forms_of
from tests.support.furnished import Furnished
from tests.support.restoring import Restored, restoring

# The log has what they lead to, or they change nothing that anybody could miss.
UNAUDITED = {
    "/admin/articles/<int:article_id>/pictures": "a file on its way; the text that takes it is written down",
    "/admin/attachments/<int:attachment_id>/fetch": "asks the platform again for what a person sent",
    "/admin/audit/check": "reads the log",
    "/admin/board/<number>/check": "a preview",
    "/admin/board/<number>/preview": "a preview",
    "/admin/bulletins/<int:bulletin_id>/keep": "what is being typed; the act that follows is written down",
    "/admin/complaints/<number>/acts/<step>/draft": "a draft",
    "/admin/complaints/<number>/acts/<step>/draft/drop": "a draft",
    "/admin/complaints/<number>/phone": "noted among the looks at personal data",
    "/admin/complaints/<number>/read": "what somebody has read",
    "/admin/complaints/new/hints": "a preview",
    "/admin/figures/ledger": "written down when the file is made",
    "/admin/matters/<number>/acts/<step>/draft": "a draft",
    "/admin/matters/<number>/acts/<step>/draft/drop": "a draft",
    "/admin/matters/export": "written down when the file is made",
    "/admin/meetings/<int:meeting_id>/sections/<int:section_id>/draft": "a draft",
    "/admin/meetings/<int:meeting_id>/sections/<int:section_id>/draft/drop": "a draft",
    "/admin/my-wechat/code": "shows a code; what is bound by it is written down",
    "/admin/matters/import": "a preview; the import itself is written down",
    "/admin/matters/import/<int:task_id>": "written down when it is done",
    "/admin/matters/import/<int:task_id>/settle": "another preview",
    "/admin/notices/<int:notice_id>/open": "what somebody has read",
    "/admin/notices/read": "what somebody has read",
    "/admin/places/import": "a preview; the import itself is written down",
    "/admin/places/import/<int:task_id>": "written down when it is done",
    "/admin/pushes/<int:schedule_id>/test": "a message to oneself",
    "/admin/pushes/preview": "a preview",
    "/admin/pushes/runs/<int:run_id>/test": "a message to oneself",
    "/admin/security/start": "shows a secret; the second factor is written down once it holds",
    "/admin/settings/answers/preview": "a preview",
    "/admin/settings/replies/preview": "a preview",
    "/admin/settings/staff/bulk/preview": "a preview",
    "/admin/sign-in/scan": "shows a code; who comes in by it is written down",
    "/admin/templates/<kind>/<channel>/preview": "a preview",
    "/admin/templates/<kind>/<channel>/test": "a message to oneself",
    "/admin/uploads": "a file on its way; the act that takes it is written down",
    "/admin/uploads/<upload_id>/chunks": "a file on its way",
    "/admin/uploads/<upload_id>/finish": "a file on its way",
    "/admin/uploads/<upload_id>/remove": "a file on its way",
    "/admin/views/<int:view_id>/up": "a preference",
    "/admin/views/columns": "a preference",
    "/admin/views/first": "a preference",
}
# What would be needed for them is not in this office.
NOT_HERE = {
    "/admin/appraisals/<int:term_id>/remove": "a term in which nothing was entered",
    "/admin/appraisals/<int:term_id>/inspections/new": "an inspector; test_appraisals.py reads the log",
    "/admin/appraisals/<int:term_id>/teams/<int:team_id>/remarks": "a leader; as above",
    "/admin/appraisals/<int:term_id>/teams/<int:team_id>/remarks/<int:remark_id>/remove": "a leader",
    "/admin/articles/<int:article_id>/preview": "a follower of that name",
    "/admin/menu/restore": "an earlier menu",
    "/admin/my-wechat/number": "a code that was scanned",
    "/admin/places/<int:place_id>/back": "a retired place",
    "/admin/security/off": "a second factor",
    "/admin/security/recovery-codes": "a second factor",
    "/admin/security/set-up": "a second factor that is being set up",
    "/admin/settings/categories/<int:category_id>/<any(disable, enable):state>": "a category besides 其他",
    "/admin/settings/categories/<int:category_id>/move": "a second category",
    "/admin/settings/staff/<int:staff_id>/enable": "a closed account",
    "/admin/settings/staff/<int:staff_id>/second-factor-off": "a second factor",
    "/admin/settings/staff/<int:staff_id>/unbind": "a colleague with WeChat",
    "/admin/settings/staff/bulk/invite": "a preview that was confirmed",
    "/admin/settings/teams/<int:team_id>/disable": "a team nothing depends on",
    "/admin/settings/teams/<int:team_id>/enable": "a team that rests",
    "/admin/sign-in/code": "a sign-in that waits for its code",
    "/admin/sign-in/scan/number": "a code that was scanned",
    "/admin/surveys/<int:survey_id>/cancel": "a survey that may be called off",
    "/admin/surveys/<int:survey_id>/questions/<int:question_id>/move": "a second question",
    "/admin/surveys/<int:survey_id>/sections/<int:section_id>/move": "a second section",
    "/admin/tasks/<int:task_id>/cancel": "long work that runs",
    "/admin/tasks/<int:task_id>/retry": "long work that failed",
    "/admin/template-import": "templates of the account that are not set yet",
    "/admin/templates/<kind>/<channel>": "a template of the platform that fits",
}
ROLES = ("admin", "dispatcher", "handler")
NEW = "quiet-river-stone-42"
# What a form filled in blindly gets wrong; `$x` stands for a thing of the office.
TYPED: dict[str, Body] = {
    "/admin/abuse/limits/block": {"number": "$number", "days": "7", "reason": "刷屏"},
    "/admin/articles/<int:article_id>/edit": {"source_url": ""},
    "/admin/articles/<int:article_id>/approve": {"seen": "2"},
    "/admin/articles/<int:article_id>/page": {"seen": "2"},
    "/admin/articles/<int:article_id>/release": {"seen": "2", "way": "publish"},
    "/admin/articles/<int:article_id>/send-back": {"seen": "2", "words": "日期不对"},
    "/admin/articles/<int:article_id>/take-back": {"seen": "2"},
    "/admin/articles/<int:article_id>/take-up": {"seen": "2"},
    "/admin/sign-in": {"username": "admin", "password": PASSWORD},
    "/admin/scoreboard/weights": {"response": "100"},
    "/admin/peer-reviews/<int:round_id>": {"grade-2": "excellent"},
    "/admin/pioneer-posts/<int:post_id>/revoke": {"words": "两次重办"},
    "/admin/password": {"old_password": PASSWORD, "new_password": NEW, "new_password_again": NEW},
    "/admin/invitation/<secret>": {"password": NEW, "password_again": NEW},
    "/admin/bulletins/<int:bulletin_id>": {"do": "save"},
    "/admin/bulletins/<int:bulletin_id>/send-back": {"reason": "数字不对"},
    "/admin/bulletins/<int:bulletin_id>/withdraw": {"reason": "数字不对"},
    "/admin/bulk": {"pick": "$into", "do": "assign", "team": "1", "handler": ""},
    "/admin/complaints/new": {"channel": "phone", "text": "灯坏了", "place": ""},
    "/admin/complaints/<number>/links": {"other": "$into", "note": "同一处"},
    "/admin/matters/new": {"title": "保温", "deadline": "2026-12-30", "places": "", "team_id": "1"},
    "/admin/meetings/<int:meeting_id>/decisions": {"matter": "", "team_id": "1", "until": ""},
    "/admin/settings/answers/<int:answer_id>/move": {"by": "1"},
    "/admin/settings/replies/<int:template_id>/move": {"by": "1"},
    "/admin/places/<int:place_id>/edit": {
        "name": "5 号窗口",
        "label_number": "A-5",
        "position": "",
        "party_member": "",
    },
    "/admin/places/new": {"name": "二食堂", "label_number": "B-1", "position": "", "party_member": ""},
    "/admin/places/<int:place_id>/move": {"place": "图书馆大厅"},
    "/admin/places/codes/mark": {"remove": "1"},
    "/admin/settings/teams": {"name": "保洁中心", "phone": ""},
    "/admin/settings/teams/<int:team_id>": {"name": "维修中心", "phone": ""},
    "/admin/settings/staff/new": {"username": "newcomer", "roles": "handler", "team_id": "1"},
    "/admin/settings/sign-in": {"roles": ["admin", "leader"]},
    "/admin/settings/categories/new": {"name": "浴室", "parent_id": ""},
    "/admin/settings/systems/<int:system_id>/webhook": {"url": "https://portal.example.edu.cn/new"},
    "/admin/settings/calendar/day": {"day": "2026-12-25", "state": "rest", "note": "校运会"},
    "/admin/settings/calendar/paste": {"year": "2027", "text": "2027-02-06 上班", "confirmed": "1"},
    "/admin/settings/calendar/hours": {"start": ["09:00"], "end": ["12:00"], "confirmed": "1"},
}


def test_every_change_in_the_pages_is_written_down(furnished: Furnished, sqlite: Database) -> None:
    assert sqlite.engine.url.database
    kept = restoring(sqlite)
    forms = {role: forms_of(furnished, role) for role in ROLES}
    silent = set()
    for rule in furnished.app.url_map.iter_rules():
        if not rule.rule.startswith("/admin") or not (rule.methods or set()) & {"POST", "PUT", "DELETE"}:
            continue
        path, typed = furnished.address(rule), _typed(furnished, rule.rule)
        tries = [
            (role, {**body, **typed, "csrf_token": furnished.token(role)})
            for role in ROLES
            for body in [*forms[role].get(path, []), {}]
        ]
        if not any(_is_written_down(furnished, sqlite, kept, path, *each) for each in tries):
            silent.add(rule.rule)
    kept.close()

    listed = {*UNAUDITED, *NOT_HERE}
    differing = sorted(silent - listed), sorted(listed - silent)
    assert differing == ([], []), "write it down with domain.audit, or say above why not"


def _is_written_down(
    furnished: Furnished, database: Database, kept: Restored, path: str, role: str, body: Body
) -> bool:
    before = _written(database)
    furnished.client(role).post(path, data=body).close()
    written = _written(database) > before
    kept.restore()
    return written


def _typed(furnished: Furnished, rule: str) -> Body:
    typed: Body = dict(TYPED.get(rule, {}))
    for name, value in typed.items():
        if isinstance(value, str) and value.startswith("$"):
            typed[name] = str(furnished.values[value[1:]]) + (":1" if name == "pick" else "")
    return typed


def _written(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(AuditEntry.id))) or 0
