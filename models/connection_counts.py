"""How many connections to the database a process uses, counted while it runs."""

from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from config import metrics
from models.database import Database


def count_connections(database: Database, process: str) -> None:
    """Count the connections that are in use.

    Args:
        database: this process's own.
        process: a word for what the process does.
    """
    pool = database.engine.pool
    if not isinstance(pool, QueuePool):
        return
    metrics.CONNECTIONS_MOST.labels(process).set(pool.size())
    in_use = metrics.CONNECTIONS_IN_USE.labels(process)

    def note(*_: object) -> None:
        in_use.set(pool.checkedout())

    event.listen(database.engine, "checkout", note)
    event.listen(database.engine, "checkin", note)
