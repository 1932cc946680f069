"""An S3-compatible store to test against: a server of its own in this process, on a port of its own."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.session import get_session

BUCKET = "photos"
ACCESS_KEY, SECRET_KEY = "test-access-key", "sim-bucket-secret-0000"


@contextmanager
def bucket_server() -> Iterator[str]:
    """Give the address of a store with one empty, private bucket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = client_of(address)
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield address
    server.stop()


def client_of(address: str) -> Any:
    """Give a client that may do anything."""
    return get_session().create_client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )


def bucket_settings(address: str) -> dict[str, str]:
    """Give the settings that name the store."""
    return {
        "s3_endpoint": address,
        "s3_bucket": BUCKET,
        "s3_access_key": ACCESS_KEY,
        "s3_secret_key": SECRET_KEY,
    }
