"""Feeds the product what nobody would send, for as long as it is given, and keeps what it fell over.

`python -m tests.drills.fuzz --help` says how; what is tried stands in `catalogue.py` and `targets/`.
"""
