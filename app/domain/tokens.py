"""The text of a token: `bl_`, an id that may be seen, a secret of 256 bits, and a checksum over all of it.

The prefix lets scanners of leaked secrets know it, the checksum lets a mistyped or made-up one be refused without a
look at the database. What is stored is the id and a digest of the secret. All of it is letters and digits, so that a
double click takes it whole.
"""

import hashlib
import hmac
import re
import zlib
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX = "bl_"
ID_LENGTH = 8
SECRET_LENGTH = 43  # of 62 signs: just over 256 bits
CHECKSUM_LENGTH = 6
ENTROPY_BYTES = 6 + 32
LENGTH = len(PREFIX) + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH
FORM = re.compile(
    rf"{PREFIX}([0-9A-Za-z]{{{ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token taken apart."""

    id: str
    secret: str

    @property
    def digest(self) -> bytes:
        """What is stored of the secret. It has 256 bits of its own, so that one round of a hash is enough."""
        return hashlib.sha256(self.secret.encode()).digest()

    def __str__(self) -> str:
        """The whole token, to be shown once."""
        body = f"{PREFIX}{self.id}_{self.secret}"
        return body + _checksum(body)

    def __repr__(self) -> str:
        return f"TokenText({self.id})"


def mint(entropy: bytes) -> TokenText:
    """A new token of ENTROPY_BYTES random bytes."""
    id_bytes, secret = entropy[:6], entropy[6:ENTROPY_BYTES]
    return TokenText(_written(id_bytes, ID_LENGTH), _written(secret, SECRET_LENGTH))


def parse(text: str) -> TokenText | None:
    """A token out of its text, None when it is none: not of that form, or with another checksum."""
    match = FORM.fullmatch(text) if len(text) == LENGTH else None
    if match is None or not hmac.compare_digest(_checksum(text[:-CHECKSUM_LENGTH]), match[3]):
        return None
    return TokenText(match[1], match[2])


def is_same(digest: bytes, other: bytes) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(digest, other)


def _checksum(body: str) -> str:
    return _written(zlib.crc32(body.encode()).to_bytes(4), CHECKSUM_LENGTH)


def _written(data: bytes, length: int) -> str:
    """Bytes as a number in base 62, the last `length` digits of it."""
    number, digits = int.from_bytes(data), []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
