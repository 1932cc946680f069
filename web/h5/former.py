"""The mark of somebody who had themselves deleted: made of their openid, with a key of ours."""

from web.parts import parts


def mark_of(openid: str) -> str:
    """Compute the mark; the same openid gives the same one, and it gives no openid back."""
    return parts().secret_box.digest(openid, owner="former person")
