"""What the rules answer when something cannot be done.

DomainError
├── NotAllowed   this person may not do this, or not now
│   └── TooMuch  they did so much of it that they have to wait
├── TooLate      somebody was faster
├── Invalid      what was entered cannot be used
└── NotFound     there is no such thing, or not for this person
"""


class DomainError(Exception):
    """Something cannot be done.

    Attributes:
        message: a plain Chinese sentence for the person who tried.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(DomainError):
    """This person may not do this, or not in the present state."""


class TooMuch(NotAllowed):
    """This person has done so much of it that they have to wait; the sentence says until when."""


class TooLate(DomainError):
    """Somebody changed the thing after the page was drawn; nothing was overwritten."""


class Invalid(DomainError):
    """What was entered cannot be used.

    Attributes:
        field: name of the form field at fault, if one is.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(DomainError):
    """There is no such thing, or it is not for this person to know of."""
