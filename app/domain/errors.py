"""Every error Burnline raises on purpose, and what each asks of the caller.

    AppError
    |-- Invalid        the request can never succeed as it is: change it
    |   `-- TooLarge   it is over a stated limit: send less at once
    |-- Unsupported    a format, encoding or version that is not spoken here
    |-- Missing        there is no such thing
    |-- Ended          what was shown held once, and does no more
    |-- Unknown        it is not known who asks: sign in, or show a token that holds
    |-- Forbidden      it is known who asks, and they may not
    |-- TooOften       nothing is wrong but the number of tries: come back later
    `-- Unavailable    nothing is wrong with the request: send it again later

`str(error)` is one sentence a user may read. Only `web` knows status codes.
"""


class AppError(Exception):
    """An error whose text is meant for a user.

    `code` is a stable machine word (`timestamp_future`), `field` names the part of the request
    that is at fault, `hint` says what to do about it.
    """

    def __init__(self, message: str, *, code: str = "error", field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.hint = hint


class Invalid(AppError):
    """The request is malformed or outside what is allowed; sending it again changes nothing."""


class TooLarge(Invalid):
    """The request is over a stated limit."""


class Unsupported(AppError):
    """The content type, encoding or protocol version is not spoken here."""


class Missing(AppError):
    """What was asked for does not exist."""


class Ended(AppError):
    """What was shown held once and holds no more: it was revoked, or has expired."""


class Unknown(AppError):
    """Nobody asks who may: no credential was shown, or one that does not hold."""


class Forbidden(AppError):
    """Who asks is known and may not; the hint names the role or scope that may."""


class TooOften(AppError):
    """Too many tries; `retry_after_seconds` is when there is another."""

    def __init__(self, message: str, *, code: str = "too_often", retry_after_seconds: int = 60) -> None:
        super().__init__(message, code=code)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(AppError):
    """A transient trouble on our side; `retry_after_seconds` is when to try again."""

    def __init__(self, message: str, *, code: str = "unavailable", retry_after_seconds: int = 2) -> None:
        super().__init__(message, code=code)
        self.retry_after_seconds = retry_after_seconds
