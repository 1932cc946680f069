"""What the pretend platform must pass before it is relied on, and which tests hold each line."""

import ast
import importlib.util
from pathlib import Path

import pytest

from simulator.endpoints import ENDPOINTS
from simulator.pipeline import Endpoint
from simulator.server import RunningSimulator
from tests.simulator.conftest import Platform

HERE = Path(__file__).parent
SIMULATOR = HERE.parents[1] / "simulator"

HELD_BY: dict[str, tuple[str, ...]] = {
    "WeChat's published examples of signature, message and reply come out the same": (
        "test_crypto::test_signature_is_that_of_the_official_example",
        "test_crypto::test_official_push_is_decrypted",
        "test_crypto::test_official_push_is_made_again_from_its_parts",
        "test_crypto::test_official_reply_is_made_again_from_its_parts",
    ),
    "an unrelated implementation (npm @wecom/crypto) reads what it writes, and back": (
        "test_wecom_crypto::test_wecom_crypto_reads_what_the_platform_writes",
        "test_wecom_crypto::test_platform_reads_what_wecom_crypto_writes",
    ),
    "wechatpy works as a client of every endpoint it covers": (
        "test_wechatpy_client::test_token_is_fetched_and_renewed_when_it_dies",
        "test_wechatpy_client::test_template_messages",
        "test_wechatpy_client::test_custom_messages",
        "test_wechatpy_client::test_subscription_messages",
        "test_wechatpy_client::test_mass_messages",
        "test_wechatpy_client::test_drafts_and_publishing",
        "test_wechatpy_client::test_material",
        "test_wechatpy_client::test_files",
        "test_wechatpy_client::test_codes",
        "test_wechatpy_client::test_users",
        "test_wechatpy_client::test_tags_and_blacklist",
        "test_wechatpy_client::test_menu",
        "test_wechatpy_client::test_conditional_menus",
        "test_wechatpy_client::test_templates_for_subscriptions",
        "test_wechatpy_client::test_ticket_for_pages",
        "test_wechatpy_client::test_web_login",
        "test_wechatpy_client::test_every_packet_is_understood_and_answered_by_the_library",
    ),
    "a client that is not Python (npm co-wechat-api) works too": (
        "test_co_wechat_api::test_token_is_fetched_once_and_again_when_it_dies",
        "test_co_wechat_api::test_template_and_custom_messages_reach_the_phone",
        "test_co_wechat_api::test_refusal_carries_the_code",
        "test_co_wechat_api::test_menu_goes_live_and_away",
        "test_co_wechat_api::test_codes_are_made_and_shown",
        "test_co_wechat_api::test_files_come_back_as_they_went",
        "test_co_wechat_api::test_users_and_tags",
        "test_co_wechat_api::test_mass_send_reaches_the_followers",
    ),
    "any bytes survive being sealed and opened, with every padding from 1 to 32": (
        "test_crypto::test_any_message_comes_back",
        "test_crypto::test_every_padding_from_1_to_32_is_written_and_read",
    ),
    "the app's own cryptography has no part in it": (
        "test_acceptance::test_it_imports_nothing_of_the_app_nor_of_wechatpy",
    ),
    "it listens on this machine alone": ("test_acceptance::test_it_listens_on_this_machine_alone",),
    "unknown addresses are refused, and known ones check method, token and permission": (
        "test_acceptance::test_every_endpoint_checks_method_token_and_permission",
        "test_api_checks::test_unknown_address_is_an_invalid_url",
    ),
}


@pytest.mark.parametrize("line", HELD_BY)
def test_every_line_is_held_by_tests_that_exist(line: str) -> None:
    missing = []
    for place in HELD_BY[line]:
        module, name = place.split("::")
        tree = ast.parse((HERE / f"{module}.py").read_text(encoding="utf-8"))
        if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
            missing.append(place)
    assert missing == []


def test_it_imports_nothing_of_the_app_nor_of_wechatpy() -> None:
    foreign = {"config", "models", "domain", "wechat", "web", "jobs", "wechatpy", "xmltodict"}
    found = set()
    for path in SIMULATOR.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found |= {name.split(".")[0] for name in names} & foreign
    assert found == set()
    assert importlib.util.find_spec("simulator.crypto") is not None


def test_it_listens_on_this_machine_alone() -> None:
    with RunningSimulator() as running:
        assert running.base_url.startswith("http://127.0.0.1:")


def test_readme_names_every_endpoint() -> None:
    readme = (SIMULATOR / "README.md").read_text(encoding="utf-8")
    unnamed = [path for path in ENDPOINTS if path.rsplit("/", 1)[-1] not in readme]
    assert unnamed == []


def _code(platform: Platform, endpoint: Endpoint, token: str) -> int:
    body = None if endpoint.method == "GET" else {}
    return platform.code(endpoint.path, body, access_token=token)


def test_every_endpoint_checks_method_token_and_permission(platform: Platform) -> None:
    asked = [row for row in ENDPOINTS.values() if row.needs_token]
    strict = [row for row in asked if row.method != "ANY"]
    wrong = {row.path: platform.code(row.path, {} if row.method == "GET" else None) for row in strict}
    assert wrong == {row.path: 43001 if row.method == "GET" else 43002 for row in strict}
    assert {_code(platform, row, "") for row in asked} == {41001}
    platform.post("/settings", permissions=[])
    token = platform.live_token()
    assert {_code(platform, row, token) for row in asked} == {48001}
