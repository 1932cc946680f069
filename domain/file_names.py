"""Names of files as people see them, freed of what could mislead: folders, line ends, unseen signs.

No file is ever kept under the name it came with; see `domain/file_store.py`.
"""

import re
import unicodedata

_BLANKS = re.compile(r"\s+")


def safe_name(name: str, *, longest: int) -> str:
    """Give the last part of a name, on one line, without signs that are not seen or turn the text around.

    Args:
        longest: so many characters are kept, the last ones, so that one still sees what it is.
    """
    last = re.split(r"[/\\]", name)[-1]
    seen = (sign for sign in _BLANKS.sub(" ", last) if not unicodedata.category(sign).startswith("C"))
    return "".join(seen).strip(" .")[-longest:]
