"""Changes that another site makes a browser send: without a token, or with that of another session."""

from collections.abc import Iterator

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.attacks.office import Attacked
from tests.support.attacks.result import Result
from tests.support.restoring import restoring

# Who asks here is told by something that no browser sends by itself, which is said behind.
HELD_OTHERWISE = {
    "/api/v1/": "the token of a program, in a header",
    "/open311/": "the key of a connected system, in a field or a header",
    "/wechat": "the signature of the platform",
}


def forge_everything(office: Attacked, *, short: bool = False) -> Result:
    """Send every change there is as a foreign page would, with the cookie of somebody who may do it.

    Args:
        short: not with an empty token as well.
    """
    result = Result("forged requests")
    kept = restoring(office.database)
    for method, rule in office.rules("POST", "PUT", "DELETE", "PATCH"):
        openers = office.openers(method, rule)
        role = "person" if rule.rule.startswith("/h5/") else (*openers, "admin")[0]
        way = next((start for start in HELD_OTHERWISE if rule.rule.startswith(start)), None)
        for name, body in list(_bodies(office, role).items())[: 2 if short else None]:
            answer = _sent(office, role, method, rule, body)
            faults = list(_not_by_cookie(office, method, rule, answer, body) if way else _refusal(answer))
            if kept.restore():
                faults.append("changed something")
            result.add(f"{role} {method} {rule.rule} {name}", faults)
    kept.close()
    return result


def _bodies(office: Attacked, role: str) -> dict[str, dict[str, str]]:
    other = "lead" if role != "lead" else "admin"
    return {
        "without a token": {},
        "with the token of another session": {"csrf_token": office.furnished.token(other)},
        "with an empty token": {"csrf_token": ""},
    }


def _sent(office: Attacked, role: str, method: str, rule: Rule, body: dict[str, str]) -> TestResponse:
    return office.furnished.client(role).open(
        office.address(role, rule), method=method, data=body, headers={"Origin": "https://evil.example"}
    )


def _refusal(answer: TestResponse) -> Iterator[str]:
    if answer.status_code != 400 or "过期" not in answer.text:
        yield f"answers {answer.status_code}"
    if "Access-Control-Allow-Origin" in answer.headers:
        yield "lets a foreign page read the answer"


def _not_by_cookie(
    office: Attacked, method: str, rule: Rule, answer: TestResponse, body: dict[str, str]
) -> Iterator[str]:
    """Name it when a cookie made a difference."""
    nobody = _sent(office, "nobody", method, rule, body)
    if (answer.status_code, _words(answer)) != (nobody.status_code, _words(nobody)):
        yield f"answers {answer.status_code}, and nobody {nobody.status_code}"
    if answer.status_code < 400:
        yield f"answers {answer.status_code}"


def _words(answer: TestResponse) -> str:
    """Give what an answer says, but for the number of its request."""
    return answer.text.replace(answer.headers["X-Request-Id"], "")
