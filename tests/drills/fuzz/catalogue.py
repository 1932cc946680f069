"""All targets: what each tries, where it stands, and how large its share of the time is."""

from dataclasses import dataclass
from importlib import import_module

from tests.drills.fuzz.pieces import Pieces

_HERE = "tests.drills.fuzz.targets"
# What is pure and reads bytes is led by coverage.
_READING = frozenset({"platform", "words", "files"})


@dataclass(frozen=True)
class Target:
    """One thing that is tried.

    Attributes:
        words: what is tried, for the list.
        module: under `targets/`, where a function of the target's name gives its pieces.
        share: of the time, beside the others.
    """

    name: str
    words: str
    module: str
    share: int = 1

    @property
    def reads_bytes(self) -> bool:
        """Whether it is a parser that can be led by coverage."""
        return self.module in _READING

    def load(self) -> Pieces:
        """Give what it is made of."""
        pieces: Pieces = getattr(import_module(f"{_HERE}.{self.module}"), self.name)()
        return pieces


TARGETS = {
    target.name: target
    for target in (
        Target("packets", "reading what the platform pushes, XML and JSON", "platform"),
        Target("envelope", "signatures and encryption around it", "platform"),
        Target("plan_times", "times as departments write them", "words"),
        Target("plan_units", "units as departments write them", "words"),
        Target("holidays", "days off in a notice, and the office's hours", "words"),
        Target("article", "articles: words to HTML and back, and HTML of others", "words"),
        Target("search", "what is typed into a search box", "words"),
        Target("fields", "fields of template messages, texts of the chat, placeholders", "words"),
        Target("speech", "what is made of anybody's words: kinds, details, names, masks", "words"),
        Target("tables", "uploaded CSV, read as a table, a plan, a registry", "files"),
        Target("workbooks", "parts of uploaded workbooks", "files"),
        Target("documents", "parts of uploaded Word documents", "files"),
        Target("callback", "what the platform posts, both sides, plain and encrypted", "chat", share=2),
        Target("conversation", "people in the chat, jumps in time, an office at work", "chat", share=4),
        Target("complaints", "anybody tries anything on complaints, at any time", "machines", share=4),
        Target("matters", "anybody tries anything on matters, at any time", "machines", share=3),
        Target("imports", "plans and places in wild tables, the calendar, templates and replies", "imports"),
        Target("archives", "damaged backups before they are put back", "imports"),
        Target("forms", "forms of all pages with wild fields", "site", share=4),
        Target("pages", "addresses with wild parts and queries", "site", share=2),
        Target("api", "the JSON API and Open311", "site", share=2),
    )
}
