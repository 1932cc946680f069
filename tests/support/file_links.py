"""Signs addresses of files as pages do, for whoever a test says."""

import re

from flask import Flask

from models.person import Person
from models.staff import Staff
from web.file_links import signature


def signed(app: Flask, address: str, reader: Person | Staff) -> str:
    """Give the address as a page of this reader would hold it."""
    found = re.search(r"/attachments/(\d+)", address)
    assert found is not None
    name = "p" if isinstance(reader, Person) else "s"
    with app.app_context():
        return f"{address}?t={signature(int(found[1]), f'{name}{reader.id}')}"
