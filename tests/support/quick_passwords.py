"""Passwords at little cost: tests of signing in are about the door, not about the weight of the lock."""

from argon2 import PasswordHasher

from domain import staff_accounts
from web import even_time

QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def compare_passwords_quickly() -> None:
    """Let passwords of this process be hashed and compared in a thousandth of the time, and refused at once.

    What both cost in earnest: tests/domain/test_staff_accounts.py, tests/drills/sign_in_times.py.
    """
    staff_accounts._hasher = QUICK_HASHER
    staff_accounts._NOBODYS_HASH = QUICK_HASHER.hash("nobody has this password")
    even_time.SECONDS = 0.001
