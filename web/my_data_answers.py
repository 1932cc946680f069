"""Everything we hold of a person as one file, and forgetting them: for the phone pages and the API alike."""

from urllib.parse import quote

import structlog
from flask import Response, render_template
from sqlalchemy.orm import Session

from domain import deletion_ledger, my_data, my_data_deletion
from domain.my_data_package import package
from domain.working_time import local_time
from models.person import Person
from web.clock import now
from web.parts import parts

log = structlog.get_logger(__name__)


def file_answer(session: Session, person: Person) -> Response:
    """Send all we hold of the person, packed while it is sent."""
    moment = now()
    data = my_data.collect(session, person, box=parts().secret_box, now=moment)
    readable = render_template("h5/my_data_file.html", content=data.content)
    answer = Response(package(data, readable, parts().file_store, now=moment), mimetype="application/zip")
    name = quote(f"我的数据-{local_time(moment):%Y%m%d}.zip")
    answer.headers["Content-Disposition"] = f"attachment; filename=my-data.zip; filename*=UTF-8''{name}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def delete_for_good(person_id: int) -> None:
    """Delete a person in a transaction of its own: the files go when it is kept, and not before."""
    moment = now()
    with parts().database.transaction() as writing:
        person = writing.get_one(Person, person_id, with_for_update=True)
        gone = my_data_deletion.delete_person(writing, person, box=parts().secret_box, now=moment)
    try:
        ledger = deletion_ledger.ledger_of(parts().settings, parts().file_store)
        ledger.add(gone.marks, now=moment)
    except OSError as error:  # they are gone; housekeeping writes the line as soon as it can
        log.exception("deletion_not_in_ledger", error=error)
    for key in gone.file_keys:
        parts().file_store.delete(key)
