"""Arguments of every shape but the right one: the platform refuses in its own words, and never breaks."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

from simulator import SimulatorConfig, endpoints
from simulator.application import create_simulator
from simulator.endpoints import ENDPOINTS

HERE = Path(endpoints.__file__).parent
_TRIES = 25
# Whatever the endpoints ask for by name.
_ASKED_FOR = re.compile(r'(?:\.get|text|number)\("(\w+)"')
_NAMES = sorted({name for file in HERE.glob("*.py") for name in _ASKED_FOR.findall(file.read_text("utf-8"))})
_PLAIN: list[Any] = [None, True, 0, -1, 1, 10**20, 1.5, "", "x", "1", "中文" * 40, [], [1], [[]], [None], {}]
_INNER = ("value", "articles", "list", "content", "scene", "openid", "tag_id", "name", "title", "sub_button")


def _odd(chance: Random, known: list[Any], *, depth: int = 3) -> Any:
    """Make a value of some shape, now and then one that the platform knows."""
    shape = chance.random()
    if depth == 0 or shape < 0.5:
        return chance.choice(_PLAIN + known)
    inner = [_odd(chance, known, depth=depth - 1) for _ in range(2)]
    if shape < 0.7:
        return inner
    return {chance.choice(_INNER): inner[0], chance.choice(_NAMES): inner[1]}


def test_odd_arguments_break_no_endpoint() -> None:
    app = create_simulator(SimulatorConfig(start_following=True))
    app.config["PROPAGATE_EXCEPTIONS"] = True
    simulator, chance = app.extensions["simulator"], Random(11)
    settings = simulator.settings
    openid = next(iter(simulator.state.users)).openid
    kinds = ["text", "image", "video", "news", "msgmenu", "mpnewsarticle", "newspic", "click", "view"]
    templates = [template.template_id for template in simulator.state.templates][:3]
    known = [openid, [openid, openid], *kinds, *templates, "QR_STR_SCENE", "all", "click"]
    client = app.test_client()
    answers = []
    for endpoint in ENDPOINTS.values():
        for _ in range(_TRIES):
            app_id = settings.mini_app_id if endpoint.only_mini else settings.app_id
            token = simulator.tokens.issue_stable(app_id, force_refresh=False).value
            names = ["touser", *chance.sample(_NAMES, 20)]
            body = {name: _odd(chance, known) for name in names} | {"touser": openid}
            odd = {name: str(chance.choice(_PLAIN + known)) for name in chance.sample(_NAMES, 5)}
            answer = client.open(
                endpoint.path,
                method="GET" if endpoint.method == "GET" else "POST",
                query_string=odd | {"access_token": token},
                data=None if endpoint.method == "GET" else json.dumps(body, ensure_ascii=False).encode(),
            )
            answers.append((endpoint.path, answer.status_code))
            answer.close()
    assert {found for found in answers if found[1] >= 500} == set()
