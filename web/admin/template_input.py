"""The form of one message template: what was typed, and the card it would make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import Invalid
from domain.message_templates import MOST_FIELDS, SAMPLE, Mapped, PlainField, Wish
from wechat.message_fields import fit_field

_LONGEST = 200


@dataclass(frozen=True)
class FieldRow:
    """One field as the form shows it: key and label, up to two plain fields, and words for want of both."""

    key: str = ""
    label: str = ""
    first: str = ""
    second: str = ""
    text: str = ""

    @property
    def choices(self) -> list[str]:
        """What fills the field, the first that is known."""
        plain = [f"{{{name}}}" for name in (self.first, self.second) if name]
        return plain + ([self.text] if self.text else [])


@dataclass(frozen=True)
class CardLine:
    """One line of the card on the phone.

    Attributes:
        was_cut: whether the sample did not fit as it was.
    """

    label: str
    value: str
    was_cut: bool


@dataclass(frozen=True)
class TemplateForm:
    """All that the form holds; `words` is one pair a line: ours=the template's."""

    template_id: str
    title: str
    rows: list[FieldRow]
    words: str

    def wish(self) -> Wish:
        """Read the form as a wish.

        Raises:
            Invalid: a key is there twice, or a line of words is no pair.
        """
        rows = [row for row in self.rows if row.key]
        keys = [row.key for row in rows]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice:
            raise Invalid(f"字段 {twice} 写了两次。", f"key{keys.index(twice)}")
        return Wish(
            template_id=self.template_id,
            title=self.title,
            fields={row.key: row.choices for row in rows},
            labels={row.key: row.label for row in rows if row.label},
            words=_pairs(self.words),
        )

    def card(self) -> list[CardLine]:
        """Fill the fields with a sample, cut as the platform would have it."""
        try:
            words = _pairs(self.words)
        except Invalid:
            words = {}
        return [_line(row, words) for row in self.rows if row.key]


def _line(row: FieldRow, words: Mapping[str, str]) -> CardLine:
    given = next((SAMPLE.get(choice[1:-1], "") or choice for choice in row.choices), "")
    wanted = words.get(given, given)
    value = fit_field(row.key, wanted)
    return CardLine(label=row.label or row.key, value=value, was_cut=value != wanted)


def _pairs(text: str) -> dict[str, str]:
    pairs = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        ours, sign, theirs = line.replace("＝", "=").partition("=")
        if not sign or not ours.strip() or not theirs.strip():
            raise Invalid(f"「{line[:30]}」应写成：我们的词=模板的词。", "words")
        pairs[ours.strip()] = theirs.strip()
    return pairs


def typed_form(form: Mapping[str, str]) -> TemplateForm:
    """Read what was typed; lines whose key is empty are left out."""
    rows = [
        FieldRow(
            key=form.get(f"key{at}", "").strip()[:40],
            label=form.get(f"label{at}", "").strip()[:20],
            first=_plain(form.get(f"first{at}", "")),
            second=_plain(form.get(f"second{at}", "")),
            text=form.get(f"text{at}", "").strip()[:_LONGEST],
        )
        for at in range(MOST_FIELDS)
    ]
    return TemplateForm(
        template_id=form.get("template_id", "").strip()[:_LONGEST],
        title=form.get("title", "").strip()[:60],
        rows=[row for row in rows if row.key],
        words=form.get("words", "")[:2000],
    )


def _plain(name: str) -> str:
    return name if name in set(PlainField) else ""


def form_of(shown: Mapped) -> TemplateForm:
    """Show what is in use as a form."""
    template = shown.template
    if template is None:
        return TemplateForm("", "", [], "")
    rows = [row_of(key, shown.label(key), choices) for key, choices in template.fields.items()]
    words_text = "\n".join(f"{ours}={theirs}" for ours, theirs in template.words.items())
    return TemplateForm(template.id, shown.title, rows, words_text)


def row_of(key: str, label: str, choices: Sequence[str]) -> FieldRow:
    """Show what fills a field as a line of the form."""
    plain = [choice[1:-1] for choice in choices if choice.startswith("{")]
    words = [choice for choice in choices if not choice.startswith("{")]
    first, second = [*plain, "", ""][:2]
    return FieldRow(key, label, first, second, words[0] if words else "")
