"""Errors of the domain: a code for programs, an HTTP status, a sentence for people."""

from __future__ import annotations

from http import HTTPStatus


class DomainError(Exception):
    """Something asked for cannot be done; ``message`` tells the user what to do instead.

    ``code`` is stable and machine-readable, ``status`` is the HTTP status an API answers with.
    """

    code = "domain_error"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(DomainError):
    """A value is outside what the field accepts."""

    code = "invalid_input"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotFound(DomainError):
    """No such row, or not one the asker may see."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND


class Gone(DomainError):
    """It was there and is deleted for good."""

    code = "gone"
    status = HTTPStatus.GONE


class Conflict(DomainError):
    """Somebody else changed the same thing first."""

    code = "conflict"
    status = HTTPStatus.CONFLICT


class Forbidden(DomainError):
    """The signed-in person may not do this."""

    code = "forbidden"
    status = HTTPStatus.FORBIDDEN


class NotSignedIn(DomainError):
    """No valid session came with the request."""

    code = "not_signed_in"
    status = HTTPStatus.UNAUTHORIZED


class TooManyAttempts(DomainError):
    """A rate limit was reached."""

    code = "too_many_attempts"
    status = HTTPStatus.TOO_MANY_REQUESTS


class Unavailable(DomainError):
    """A part that this action needs is down; the rest goes on."""

    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class IllegalTransition(Conflict):
    """A status does not allow this trigger."""

    code = "illegal_transition"


class OffDuty(Conflict):
    """Nobody is on duty where an order should go; the asker may insist."""

    code = "off_duty"


class SetupError(Exception):
    """A wrong setting or a missing part: one sentence that says what to do, then exit."""
