"""Which addresses a webhook may lead to: https, somewhere in the world, and not into our own network.

Whoever types an address makes this machine call it. So what it leads to is looked at twice: as it is typed,
and, by the sender, as the name is resolved right before it connects (`jobs/webhook_http.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from domain.acts import cleaned
from domain.errors import Invalid

LONGEST_URL = 500
_TRANSLATED = IPv6Network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class AddressRules:
    """What the settings allow beyond the rule.

    Attributes:
        allow_http: also without encryption.
        private_hosts: names and addresses that may lie in the network of our own, in lower case.
    """

    allow_http: bool = False
    private_hosts: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, *, allow_http: bool, private_hosts: Iterable[str]) -> "AddressRules":
        """Make them from settings."""
        return cls(allow_http, frozenset(host.lower() for host in private_hosts))


def check_url(url: str, *, rules: AddressRules) -> str:
    """Give an address as it is kept.

    Raises:
        Invalid: it is none that we call; says why.
    """
    url = cleaned(url)
    if not url or len(url) > LONGEST_URL:
        raise Invalid(f"请填写推送网址，最多 {LONGEST_URL} 个字符。", "url")
    if not url.isascii() or any(character.isspace() for character in url):
        raise Invalid("网址里不能有空格和中文，中文域名请用 xn-- 开头的写法。", "url")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"https", "http"}:
        raise Invalid("请填写完整的网址，如 https://portal.example.edu.cn/webhook。", "url")
    if parts.scheme == "http" and not rules.allow_http:
        raise Invalid("只推送到 https:// 开头的网址；内容在路上不能被别人读到或改动。", "url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Invalid("网址里不要写用户名、密码和 # 后面的部分；对方凭签名核对来源。", "url")
    literal = _literal(host)
    if literal is not None and not is_allowed(host, literal, rules=rules):
        raise Invalid("这个地址在内部网络里，不能推送。确实需要，请写进设置 WEBHOOK_PRIVATE_HOSTS。", "url")
    return url


def is_allowed(host: str, address: Address, *, rules: AddressRules) -> bool:
    """Tell whether a host may be called at the address its name was resolved to."""
    return host.lower() in rules.private_hosts or is_public(address)


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the world, also when it is wrapped in another kind of address."""
    if isinstance(address, IPv6Address):
        for inner in _inside(address):
            if not is_public(inner):
                return False
    return address.is_global and not address.is_multicast


def _inside(address: IPv6Address) -> Iterable[IPv4Address]:
    """Give the addresses of the old kind that one of the new kind is sent on to."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _TRANSLATED:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
