"""What each of the platform's codes asks of us."""

import re

import pytest

from wechat.error_codes import ERROR_CODES, Action, explain_code
from wechat.errors import WeChatError

UNCONFIRMED_IP = (89501, 89503, 89506, 89507)


@pytest.mark.parametrize(
    ("codes", "action"),
    [
        ([40001, 40014, 42001], Action.REFRESH_TOKEN),
        ([-1, 268487001, 268487002, 268488001], Action.BACK_OFF),
        ([45011, 45066, 42010], Action.WAIT_MINUTE),
        ([45009, 45028], Action.WAIT_DAY),
        (
            [43004, 43101, 40003, 45015, 45047, 48002, 43019, 46004, 49003, 50005, 70000],
            Action.NEXT_CHANNEL,
        ),
        ([45065], Action.ALREADY_DONE),
        (
            [
                47001,
                47003,
                40033,
                40035,
                40036,
                40039,
                45002,
                45008,
                40249,
                87014,
                44002,
                44004,
                41030,
                40097,
            ],
            Action.BAD_CONTENT,
        ),
        ([40007, 41005, 44001, 45001, *range(40004, 40007), *range(40009, 40013)], Action.MEDIA_GONE),
        (
            [40013, 40125, 40164, 40243, 41002, 41004, 48004, 50002, 50004, 50007, *UNCONFIRMED_IP],
            Action.ACCOUNT_STOPPED,
        ),
        ([48001], Action.NO_RIGHT),
        ([43116, 200011, 200013, 40037], Action.TEMPLATE_STOPPED),
        ([40029, 40163, 41008, 42003, 42002, 40030, 42007, 40226], Action.LOGIN_AGAIN),
        ([89504, 89505], Action.AWAIT_ADMIN),
        ([123456], Action.UNKNOWN),
    ],
)
def test_code_asks_for_its_action(codes: list[int], action: Action) -> None:
    assert {code: explain_code(code).action for code in codes} == dict.fromkeys(codes, action)


def test_only_what_passes_by_itself_is_tried_again() -> None:
    assert {action for action in Action if not action.permanent} == {
        Action.REFRESH_TOKEN,
        Action.BACK_OFF,
        Action.WAIT_MINUTE,
        Action.WAIT_DAY,
    }


def test_one_code_stands_for_the_limit_of_a_minute_and_of_a_day() -> None:
    assert explain_code(45009, "reach max api daily quota limit").action is Action.WAIT_DAY
    assert explain_code(45009, "reach max api minute quota limit").action is Action.WAIT_MINUTE


def test_every_meaning_is_plain_chinese() -> None:
    assert [
        code for code, known in ERROR_CODES.items() if not re.search(r"[\u4e00-\u9fff]{2}", known.meaning)
    ] == []


@pytest.mark.parametrize(
    ("call", "codes"),
    [
        ("custom/send", [-1, 40001, 40003, 40013, 45008, 45015, 45047, 48001, 48002, 43019, 70000]),
        (
            "template/send",
            [-1, 40001, 40003, 40008, 40013, 40036, 40037, 40039, 40249, 43004, 43116, 45009, 47003],
        ),
        (
            "menu",
            [*range(40016, 40021), *range(40023, 40028), 40033, 40054, 40055, 46003, 48001],
        ),
        ("qrcode/create", [-1, 40052, 40053, 48001]),
        ("media/get", [-1, 40001, 40004, 40005, 40006, 40007, 40009, 41005]),
        (
            "stable_token",
            [-1, 40002, 40013, 40125, 40164, 41002, 41004, 43002, 45009, 45011, 89503, 89506, 89507],
        ),
        ("user/info", [40001, 40003, 40013, 48001]),
    ],
)
def test_refusals_that_the_pages_of_our_calls_list_are_known(call: str, codes: list[int]) -> None:
    assert [code for code in codes if code not in ERROR_CODES] == [], call


def test_text_of_a_refusal_holds_no_secret() -> None:
    error = WeChatError(
        40013, "invalid appid, https://h/x?access_token=77_abc rid: 5f3a7906-0c594b15-679286ae"
    )
    assert "77_abc" not in str(error)
    assert error.rid == "5f3a7906-0c594b15-679286ae"
