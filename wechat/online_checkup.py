"""Whether the account works as this installation needs it, for `app.py check-config --online`.

Nothing is changed and nothing is left behind: our own callback address reads the probe and keeps no row.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import xmltodict
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings, WeChatMode
from config.wechat_templates import load_templates
from domain import message_templates
from models.database import Database
from models.enums import NoticeChannel
from wechat.callback import PROBE
from wechat.checkup import Finding
from wechat.envelope import Envelope, Opened, signature
from wechat.errors import WeChatError, WeChatFailure, WeChatUnreachable
from wechat.path_names import path_name
from wechat.replies import cdata
from wechat.sides import Side, mini_program_side, official_side
from wechat.transport import BoundedSession, read_json
from wechat.troubles import remedy_for_code

CLOCK_MAY_BE_OFF = timedelta(minutes=5)
CALLBACK_SECONDS = (3, 6)
_QUOTAS = ("/cgi-bin/message/template/send", "/cgi-bin/message/custom/send")
_ALERT_FROM = 0.8
_MINI_PROGRAM_REMEDY = "请核对 MINIPROGRAM_APP_ID 和 MINIPROGRAM_SECRET（小程序后台：开发管理 → 开发设置）。"


@dataclass
class _Platform:
    """Calls with one token, without the database: this must work before anything else does."""

    settings: Settings
    now: datetime
    session: BoundedSession = field(default_factory=BoundedSession)
    token: str = ""
    time: datetime | None = None

    def sign_in(self) -> None:
        """Fetch the stable token, and learn the platform's time on the way."""
        self.token = self.token_of(
            self.settings.wechat_app_id, self.settings.wechat_app_secret.get_secret_value()
        )

    def token_of(self, app_id: str, secret: str) -> str:
        """Fetch the stable token of an account."""
        body = {
            "grant_type": "client_credential",
            "appid": app_id,
            "secret": secret,
            "force_refresh": False,
        }
        response = self.session.post(f"{self.settings.wechat_api_base}cgi-bin/stable_token", json=body)
        self.time = _moment(response.headers.get("Date", ""))
        answer = read_json(response)
        code = int(answer.get("errcode", 0))
        if code:
            raise WeChatError(40125 if code == 40001 else code, str(answer.get("errmsg", "")))
        return str(answer.get("access_token", ""))

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call an address below the base; a body makes it a POST."""
        url, parameters = self.settings.wechat_api_base + path, {"access_token": self.token}
        if body is None:
            response = self.session.get(url, params=parameters)
        else:
            response = self.session.post(url, params=parameters, json=body)
        answer = dict(read_json(response))
        if answer.get("errcode"):
            raise WeChatError(int(answer["errcode"]), str(answer.get("errmsg", "")))
        return answer


def check_online(settings: Settings, *, now: datetime) -> list[Finding]:
    """Look at the account, our address and the clocks; what depends on a token is left out without one."""
    platform = _Platform(settings, now)
    found = [_look("接口凭证", lambda: _token(platform))]
    if platform.time is not None:
        found.append(_clock(platform.time, now))
    if platform.token:
        found += [
            _look("模板消息权限", lambda: _templates(platform)),
            _look("菜单权限", lambda: _menu(platform), warns=True),
            *_quotas(platform),
            _look("微信服务器地址", lambda: _addresses(platform), warns=True),
        ]
    if settings.has_mini_program:
        found.append(_look("小程序凭证", lambda: _mini_program(platform)))
    for door in _doors(settings):
        found += _callback(door, at=platform.time or now)
    return found


def _look(name: str, look: Callable[[], str], *, warns: bool = False) -> Finding:
    """Do one look; a refusal becomes its cause and its remedy."""
    try:
        return Finding(name, fine=True, words=look())
    except WeChatError as error:
        words = f"{error}。{remedy_for_code(error.code, error.message)}"
    except WeChatUnreachable as error:
        words = f"{error}。请检查服务器能否访问 api.weixin.qq.com（出口防火墙、代理、WECHAT_API_BASE）。"
    except _MismatchError as mismatch:
        words = str(mismatch)
    return Finding(name, fine=warns, words=words, warns=warns)


class _MismatchError(Exception):
    """Two things that should agree do not; the text says which and what to do."""


def _token(platform: _Platform) -> str:
    platform.sign_in()
    return "能取到（AppID 和 AppSecret 正确，服务器 IP 在白名单里）"


def _mini_program(platform: _Platform) -> str:
    known = platform.settings
    try:
        platform.token_of(known.miniprogram_app_id, known.miniprogram_secret.get_secret_value())
    except WeChatError as error:
        raise _MismatchError(f"{error}。{_MINI_PROGRAM_REMEDY}") from None
    return "能取到（MINIPROGRAM_APP_ID 和 MINIPROGRAM_SECRET 正确）"


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None


def _clock(theirs: datetime, ours: datetime) -> Finding:
    off = abs(ours - theirs)
    if off <= CLOCK_MAY_BE_OFF:
        return Finding("时钟", fine=True, words="和微信一致")
    way = "快" if ours > theirs else "慢"
    minutes = round(off.total_seconds() / 60)
    cause = f"本机比微信{way} {minutes} 分钟，微信推来的消息会被拒收。"
    remedy = "请打开自动对时（如 timedatectl set-ntp true）。"
    return Finding("时钟", fine=False, words=cause + remedy)


def _templates(platform: _Platform) -> str:
    listed = platform.ask("cgi-bin/template/get_all_private_template").get("template_list", [])
    account = {str(row.get("template_id")) for row in listed}
    used = _mapped(platform.settings)
    if any(way is NoticeChannel.SUBSCRIPTION for way, _ in used):
        rows = platform.ask("wxaapi/newtmpl/gettemplate").get("data", [])
        account |= {str(row.get("priTmplId")) for row in rows}
    wanted = {template_id for way, template_id in used if way is not NoticeChannel.MINI_SUBSCRIPTION}
    missing = sorted(wanted - account)
    if missing:
        raise _MismatchError(
            f"公众号里没有这些模板：{'、'.join(missing)}。请在后台「消息模板」用「从公众号导入」换成公众号里的。"
        )
    return f"有，用到的 {len(wanted)} 个模板都在公众号里"


def _mapped(settings: Settings) -> set[tuple[NoticeChannel, str]]:
    """Give the templates in use: the pages' word before the file's, or the file alone without a database."""
    book = load_templates(settings.wechat_templates_file)
    try:
        database = Database(settings.database_url, pool_size=1)
        with database.reading() as session:
            used = message_templates.in_use(session, book)
        database.close()
    except SQLAlchemyError:
        return {(NoticeChannel(one.channel), one.id) for one in book.templates.values()}
    return {(one.channel, one.template.id) for one in used if one.template}


def _menu(platform: _Platform) -> str:
    try:
        platform.ask("cgi-bin/menu/get")
    except WeChatError as error:
        if error.code != 46003:
            raise
        return "有；还没有菜单，可在后台「公众号菜单」发布"
    return "有，菜单已发布"


def _quotas(platform: _Platform) -> Iterator[Finding]:
    for path in _QUOTAS:
        name = f"今天剩余次数（{path_name(path)}）"
        try:
            quota = platform.ask("cgi-bin/openapi/quota/get", {"cgi_path": path})["quota"]
        except WeChatFailure as error:
            yield Finding(name, fine=True, words=f"查不到：{error}", warns=True)
            continue
        used, limit = int(quota["used"]), int(quota["daily_limit"])
        if used >= limit:
            words = f"{limit} 次已用完，零点后恢复；急用可到公众平台清零（每月 10 次）。"
            yield Finding(name, fine=False, words=words)
        else:
            words = f"还有 {limit - used} 次，共 {limit} 次"
            yield Finding(name, fine=True, words=words, warns=used >= limit * _ALERT_FROM)


def _addresses(platform: _Platform) -> str:
    found = [str(ip) for ip in platform.ask("cgi-bin/getcallbackip").get("ip_list", [])]
    shown = "、".join(found[:3]) + ("……" if len(found) > 3 else "")
    return f"共 {len(found)} 个（{shown}），防火墙只放行指定来源时要加上"


@dataclass(frozen=True)
class _Door:
    """An address of ours that the platform calls, with what it is called on the settings page."""

    side: Side
    url: str
    name: str
    token: str
    secrets: str


def _doors(settings: Settings) -> Iterator[_Door]:
    names = "WECHAT_AES_KEY 和 WECHAT_APP_ID"
    yield _Door(official_side(settings), f"{settings.base_url}wechat", "", "WECHAT_TOKEN", names)
    if settings.takes_mini_program_pushes:
        names, url = "MINIPROGRAM_AES_KEY 和 MINIPROGRAM_APP_ID", f"{settings.base_url}wechat/mini"
        yield _Door(mini_program_side(settings), url, "小程序", "MINIPROGRAM_TOKEN", names)


def _callback(door: _Door, *, at: datetime) -> Iterator[Finding]:
    """Call our own address as the platform would, at the platform's time."""
    envelope, url = door.side.envelope, door.url
    name = f"{door.name}回调地址"
    echo, nonce, timestamp = secrets.token_hex(8), secrets.token_hex(5), str(int(at.timestamp()))
    signed = signature(envelope.token, timestamp, nonce)
    query = {"signature": signed, "timestamp": timestamp, "nonce": nonce}
    answer = _answer_to("GET", url, query | {"echostr": echo})
    if isinstance(answer, str):
        yield Finding(name, fine=False, words=f"{url} 连不上（{answer}）。请确认网页服务在运行、{_PROXY}。")
        return
    if answer.status_code != 200 or answer.text != echo:
        yield Finding(name, fine=False, words=f"{url} {_refused(answer, door.token)}")
        return
    yield Finding(name, fine=True, words=f"{url} 能打开，令牌（Token）一致")
    if envelope.mode is WeChatMode.PLAIN:
        return
    name = f"{door.name}消息加密"
    probe, query = _probe(envelope, query, at=at)
    answer = _answer_to("POST", url, query, probe)
    if isinstance(answer, str) or answer.status_code != 200:
        words = answer if isinstance(answer, str) else _refused(answer, door.secrets)
        yield Finding(name, fine=False, words=words)
    else:
        yield Finding(name, fine=True, words="试发一条加密消息，能解开")


_PROXY = "域名和反向代理指向这台服务器、BASE_URL 没有写错"


def _answer_to(method: str, url: str, query: dict[str, str], body: str = "") -> requests.Response | str:
    try:
        return requests.request(
            method,
            url,
            params=query,
            data=body.encode() or None,
            timeout=CALLBACK_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return type(error).__name__


def _refused(answer: requests.Response, setting: str) -> str:
    if answer.status_code == 403:
        return (
            f"拒收：{answer.text[:100]}如果刚改过 {setting}，请重启网页服务；"
            "公众平台「服务器配置」里也要填同一个值。"
        )
    if answer.status_code in {301, 302, 307, 308}:
        return f"跳转到了别处，微信不会跟着跳。请确认{_PROXY}。"
    return f"回答 HTTP {answer.status_code}，内容不是本系统的。请确认{_PROXY}。"


def _probe(envelope: Envelope, query: dict[str, str], *, at: datetime) -> tuple[str, dict[str, str]]:
    """Make an encrypted event that the callback reads and forgets."""
    xml = (
        f"<xml><ToUserName>{cdata('check-config')}</ToUserName><FromUserName>{cdata('check-config')}"
        f"</FromUserName><CreateTime>{int(at.timestamp())}</CreateTime><MsgType>{cdata('event')}</MsgType>"
        f"<Event>{cdata(PROBE)}</Event><EventKey>{cdata(query['nonce'])}</EventKey></xml>"
    )
    sealed = envelope.seal(Opened(b"", query["nonce"], envelope.keys[0]), xml, now=at)
    signed = str(xmltodict.parse(sealed)["xml"]["MsgSignature"])
    return sealed, query | {"encrypt_type": "aes", "msg_signature": signed}
