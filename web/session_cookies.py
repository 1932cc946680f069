"""Session cookies that outlive a clock that is set back.

A cookie that seems to come from the future was signed by us all the same: by this machine before its clock
was put right, or by another one whose clock is a second ahead. Flask would sign everybody out.
"""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

# How far ahead the clock may have been.
AHEAD = timedelta(days=2)


class _PatientSigner(TimestampSigner):
    def unsign(
        self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False
    ) -> Any:  # noqa: ANN401 (as the base class)
        """Check the signature, and that it is not too old."""
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        if max_age is not None:
            self._check_age(value, signed_at, max_age)
        return (value, signed_at) if return_timestamp else value

    def _check_age(self, value: bytes, signed_at: datetime, max_age: int) -> None:
        age = self.get_timestamp() - int(signed_at.timestamp())
        if not -AHEAD.total_seconds() <= age <= max_age:
            raise SignatureExpired(f"Signature age {age} seconds", payload=value, date_signed=signed_at)


class PatientSessions(SecureCookieSessionInterface):
    """Flask's own sessions, by this signer."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give what signs and reads cookies."""
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = _PatientSigner
        return serializer
