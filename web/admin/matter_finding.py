"""Finding the matter that a page is about, for who may see it."""

from sqlalchemy.orm import Session

from domain import matters
from domain.errors import NotFound
from domain.matter_permissions import may_see_matter
from models.matter import Matter
from models.staff import Staff


def find_matter(session: Session, number: str, staff: Staff) -> Matter:
    """Give the matter of this number if this member of staff may see it.

    Raises:
        NotFound: there is none, or it is not theirs to see; both sound the same.
    """
    matter = matters.by_number(session, number)
    if not may_see_matter(matter, staff):
        raise NotFound(f"没有找到编号为 {number[:20]} 的事项。")
    return matter
