"""Where a link from the chat may lead."""

from urllib.parse import urlsplit

HOME = "/h5/complaints"


def phone_path(wanted: str) -> str:
    """Give the path if it is one of the phone pages, else that of the person's list.

    Browsers read `//host`, `/\\host` and paths with control characters as other hosts.
    """
    if not wanted.startswith("/h5/") or "\\" in wanted or not wanted.isprintable() or "/.." in wanted:
        return HOME
    parts = urlsplit(wanted)
    return HOME if parts.scheme or parts.netloc else wanted
