"""Which menu a user sees: the newest conditional one whose rule fits, or the default one."""

from simulator.account_rows import ConditionalMenu
from simulator.state import State, User


def menu_for(state: State, user: User) -> ConditionalMenu | None:
    """Return the conditional menu of this user; None means the default one."""
    for menu in reversed(list(state.conditional_menus)):
        tag_id = menu.matchrule.get("tag_id")
        # Of several tags the one given last counts. Phones here are of no make, so any platform fits.
        if not tag_id or (user.tagid_list and str(user.tagid_list[-1]) == str(tag_id)):
            return menu
    return None
