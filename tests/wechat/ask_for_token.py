"""Run as a process of its own by test_tokens.py: twenty threads ask for the token at the same moment."""

import sys
import threading

from config.settings import load_settings
from models.database import Database
from wechat.client import build_client


def main() -> None:
    settings = load_settings()
    database = Database(settings.database_url)
    client = build_client(settings, database)
    start, tokens = threading.Barrier(20), []

    def ask() -> None:
        start.wait()
        tokens.append(client.access_token)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    sys.stdin.readline()  # the word to go
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("\n".join(tokens))  # noqa: T201 (this is how it answers)


if __name__ == "__main__":
    main()
