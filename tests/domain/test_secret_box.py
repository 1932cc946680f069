"""Small secrets in the database: readable with the key alone, and in their own row alone."""

import pytest

from domain.secret_box import SecretBox, Unreadable

KEY = "one-secret-key-of-the-server-0001"


def test_a_sealed_text_opens_with_the_same_key_for_the_same_owner() -> None:
    sealed = SecretBox(KEY).seal("秘密 42", owner="a")

    assert SecretBox(KEY).open(sealed, owner="a") == "秘密 42"
    assert "秘密" not in sealed
    assert sealed.isascii()


@pytest.mark.parametrize(
    ("key", "owner", "touch"),
    [
        ("another-secret-key-of-the-server-2", "a", str),
        (KEY, "b", str),
        (KEY, "a", lambda sealed: ("B" if sealed[0] == "A" else "A") + sealed[1:]),
        (KEY, "a", lambda sealed: sealed[:-4]),
        (KEY, "a", lambda _: ""),
        (KEY, "a", lambda _: "not base64!"),
    ],
)
def test_nothing_opens_with_another_key_for_another_owner_or_when_touched(
    key: str, owner: str, touch: object
) -> None:
    sealed = SecretBox(KEY).seal("秘密", owner="a")

    with pytest.raises(Unreadable):
        SecretBox(key).open(touch(sealed), owner=owner)  # type: ignore[operator]


def test_a_digest_depends_on_key_and_owner() -> None:
    digests = [
        SecretBox(KEY).digest("code", owner="a"),
        SecretBox(KEY).digest("code", owner="b"),
        SecretBox(KEY + "x").digest("code", owner="a"),
    ]

    assert len(set(digests)) == 3
    assert digests[0] == SecretBox(KEY).digest("code", owner="a")
    assert len(digests[0]) == 64
