"""Signs addresses of files as pages do, for whoever a test says."""

import re

from flask import Flask

from models.person import Person
from models.staff import Staff
from web.file_links import ALL, signature


def signed(app: Flask, address: str, reader: Person | Staff) -> str:
    """Give the address as a page of this reader would hold it; that of a public photo is the same for all."""
    found = re.search(r"/(?:attachments|photos)/(\d+)", address)
    assert found is not None
    name = "p" if isinstance(reader, Person) else "s"
    whose = ALL if address.startswith("/h5/matters/") else f"{name}{reader.id}"
    with app.app_context():
        return f"{address}?t={signature(int(found[1]), whose)}"
