"""The menu under the chat: what is live, what putting another there would change, and doing so.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
"""

from domain.menu_buttons import Buttons, for_platform
from domain.menus import Difference, differences
from wechat.client import PlatformClient


def compare_with_live(client: PlatformClient, buttons: Buttons, *, base_url: str) -> list[Difference]:
    """Tell what pushing these buttons would change; a menu made on WeChat's own pages counts for none.

    Raises:
        WeChatFailure: the live menu could not be read.
    """
    return differences(client.get_menu(), for_platform(buttons, base_url=base_url))


def push(client: PlatformClient, buttons: Buttons, *, base_url: str) -> None:
    """Put these buttons under the chat in place of the present ones; people see them within a day.

    Raises:
        WeChatFailure: WeChat refused, or did not answer; then it may have taken them all the same.
    """
    client.create_menu(for_platform(buttons, base_url=base_url))
