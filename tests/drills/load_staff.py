"""Colleagues of the mixed load, signed in to their pages: they assign, accept, report, resolve, and push."""

from bs4 import BeautifulSoup

from tests.drills.browser_of_drills import Browser, GaveUp, fields_of
from tests.drills.fault_product import Product
from tests.drills.ledger import Ledger
from tests.support.factories import PASSWORD

_TRIES = 8


class Colleague:
    """One member of staff at a desk."""

    def __init__(self, product: Product, ledger: Ledger, username: str) -> None:
        self._ledger, self.username = ledger, username
        self._browser = Browser(product.base, ledger, Accept="text/html")
        self._team = str(product.inhabitants.office.team.id)

    def sign_in(self) -> None:
        """Sign in."""
        for _ in range(_TRIES):
            fields = fields_of(self._browser.page("/admin/sign-in").select_one("form"))
            fields |= {"username": self.username, "password": PASSWORD}
            _, answer = self._browser.ask("POST", "/admin/sign-in", data=fields)
            if answer is not None and answer.status_code == 303:
                return
        raise GaveUp(f"{self.username} cannot sign in")

    def act(self, number: str, step: str, **entered: str) -> bool:
        """Do an act in its form; the same form is sent again until it is answered.

        Returns:
            Whether it is done, now or by a try whose answer was lost.
        """
        address = f"/admin/complaints/{number}/acts/{step}"
        fields = fields_of(self._browser.page(address).select_one("form.act-form"))
        if not fields:
            return False
        name = self._ledger.name("s")
        fields |= {"words": f"情况已核实（{name}）", **entered}
        if step == "assign":
            fields["team"] = self._team
        answer = self._browser.until_answered(
            name,
            lambda: self._browser.ask("POST", address, data=fields),
            kind="act",
            number=number,
            step=step,
            staff=self.username,
        )
        return answer.status_code in {303, 409, 403}

    def propose_push(self) -> int:
        """Put the digest before a colleague; gives the push's id."""
        before = self._runs()
        for _ in range(_TRIES):
            form = self._browser.page("/admin/pushes/new").select_one("form[action$='/pushes/new']")
            fields = {**fields_of(form), "kind": "digest", "when": "now"}
            _, answer = self._browser.ask("POST", "/admin/pushes/new", data=fields)
            if answer is not None and "/runs/" in answer.headers.get("Location", ""):
                return int(answer.headers["Location"].rsplit("/", 1)[1])
            found = self._runs() - before
            if found:
                return max(found)
        raise GaveUp("no push can be proposed")

    def _runs(self) -> set[int]:
        page = self._browser.page("/admin/pushes")
        found = (str(link["href"]).rsplit("/runs/", 1) for link in page.select("a[href*='/pushes/runs/']"))
        return {int(parts[1]) for parts in found if parts[1].isdecimal()}

    def approve_push(self, run_id: int) -> None:
        """Let a push of somebody else go."""
        for _ in range(_TRIES):
            page: BeautifulSoup = self._browser.page(f"/admin/pushes/runs/{run_id}")
            fields = fields_of(page.select_one("form[action$='/approve']"))
            if not fields:
                return
            self._browser.ask("POST", f"/admin/pushes/runs/{run_id}/approve", data=fields)
