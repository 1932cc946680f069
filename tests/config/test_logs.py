"""What a log line shows, and what it never shows."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from config.logs import configure_logging, scrub


@pytest.fixture(autouse=True)
def _put_logging_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("GET /cgi-bin/user/info?access_token=77_abc-_!&openid=o1", "77_abc-_!"),
        ("/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s3cr3t", "s3cr3t"),
        ("/sns/jscode2session?js_code=0a1b&x=1", "0a1b"),
        ("https://h/h5/login?code=061xyz&state=a", "061xyz"),
        ('{"access_token": "77_abc", "expires_in": 7200}', "77_abc"),
        ("{'refresh_token': 'r1', 'openid': 'o1'}", "r1"),
        ('{"session_key":"k==", "openid":"o1"}', "k=="),
        ('{"code":"061xyz"}', "061xyz"),
        ("showqrcode?ticket=gQH_8z%3D%3D", "gQH_8z%3D%3D"),
        ("WECHAT_APP_SECRET=abcdef", "abcdef"),
        ("HTTPError(url: /x?a=1&ACCESS_TOKEN=77)", "77"),
        ("GET /admin/invitation/x1-_Y HTTP/1.1", "x1-_Y"),
        ("path=/h5/enter/x1-_Y method=POST", "x1-_Y"),
        ("username=wang&password=hidden-words&next=", "hidden-words"),
        ("{'new_password_again': 'hidden'}", "hidden"),
        ("GET /open311/requests.json?api_key=bss_x1-_Y", "bss_x1-_Y"),
        ("Authorization: Bearer x1-_Y", "x1-_Y"),
        ("csrf_token=IjEyMyI.aa.bb", "IjEyMyI.aa.bb"),
        ("Cookie: banshishi=eyJ.a.b; other=1", "banshishi=eyJ.a.b"),
        ("METRICS_TOKEN=x1y2", "x1y2"),
        ("postgresql+psycopg://user:hidden@db/name refused", "hidden"),
        ("redis://:hidden@cache:6379", "hidden"),
    ],
)
def test_scrub_strikes_out_the_value_and_nothing_else(text: str, secret: str) -> None:
    assert scrub(text) == text.replace(secret, "***")


def test_scrub_leaves_error_codes_alone() -> None:
    assert scrub("errcode: 40001, code=1, status code: 502") == "errcode: 40001, code=1, status code: 502"


def test_text_line_is_time_process_level_event_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "text", process="worker")
    structlog.get_logger().warning("notice_refused", number="2026-1121-0007", code=43004, nothing="")
    time, rest = capsys.readouterr().err.rstrip("\n").split(" ", 1)
    assert len(time) == len("15:04:05")
    assert rest == "worker 注意 notice refused  number=2026-1121-0007  code=43004"


def test_secret_in_field_nested_value_and_exception_is_struck_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")
    try:
        int("https://api.weixin.qq.com/cgi-bin/x?access_token=hidden")
    except ValueError as error:
        structlog.get_logger().exception(
            "失败", secret="hidden", body={"js_code": "hidden", "list": ["ticket=hidden"]}, error=error
        )
    text = capsys.readouterr().err
    line = json.loads(text)
    assert "hidden" not in text
    assert line["secret"] == "***"
    assert line["body"] == {"js_code": "***", "list": ["ticket=***"]}
    assert line["error"].endswith("/cgi-bin/x?access_token=***'")
    assert line["event"] == "失败"
    assert "Traceback" in line["exception"]


HOSTILE = "/a\n15:04:05 web 错误 request failed\r\x1b[2K\x9b1A\u2028x\u202ey\0"


@pytest.mark.parametrize("form", ["text", "json"])
def test_words_of_strangers_write_no_line_of_their_own_and_steer_no_terminal(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("INFO", form)
    structlog.get_logger().warning("not_found", path=HOSTILE)
    logging.getLogger("x").warning("GET %s", HOSTILE)
    try:
        {}[HOSTILE]
    except KeyError as error:
        structlog.get_logger().exception("request_failed", error=error)
    lines = capsys.readouterr().err.splitlines()

    events = [line for line in lines if not line.startswith("    ")]
    assert len(events) == 3
    assert len(lines) == 3 if form == "json" else "Traceback (most recent call last):" in lines[3]
    assert [line for line in lines if not line.isprintable()] == []
    if form == "json":
        assert json.loads(lines[0])["path"] == HOSTILE
        assert "Traceback" in json.loads(lines[2])["exception"]
    else:
        assert "path=/a\\n15:04:05 web 错误 request failed\\r\\x1b[2K\\x9b1A\\u2028x\\u202ey\\x00" in lines[0]


def test_libraries_log_in_the_same_form_without_secrets(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="werkzeug")
    logging.getLogger("werkzeug").addHandler(logging.StreamHandler())
    configure_logging("INFO", "json", process="web")
    logging.getLogger("werkzeug").info('GET /h5/login?code=%s HTTP/1.1" 200', "hidden")
    logging.getLogger("apscheduler.executors").info("Running job")
    lines = capsys.readouterr().err.splitlines()
    assert [(json.loads(line)["process"], json.loads(line)["event"]) for line in lines] == [
        ("web", 'GET /h5/login?code=*** HTTP/1.1" 200')
    ]


def test_level_hides_what_is_below(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("WARNING", "text")
    structlog.get_logger().info("不显示")
    logging.getLogger("x").info("不显示")
    assert capsys.readouterr().err == ""
