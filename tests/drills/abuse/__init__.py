"""Abuse of every way in, while ordinary people go on: `python -m tests.drills.abuse`."""
