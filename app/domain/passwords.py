"""Which passwords are taken: by length and by not being what everybody tries first, never by kinds of characters.

(NIST SP 800-63B, OWASP ASVS 5.0 chapter 6.)
"""

import re
import unicodedata

from app.domain.errors import Invalid

SHORTEST = 8
ADVISED = 15
LONGEST = 128

_FIRST_TRIED = (
    "password passwort passw0rd p@ssw0rd p@ssword pass1234 qwertyui qwertyuiop qwerty asdfghjk asdfghjkl zxcvbnm "
    "zxcvbnma 1q2w3e4r 1q2w3e4r5t 1qaz2wsx qazwsxedc qazwsx zaq12wsx q1w2e3r4 q1w2e3r4t5 letmein letmeinn welcome "
    "welcome1 iloveyou sunshine princess football baseball basketball superman batman trustno1 starwars whatever "
    "computer internet michelle jennifer jordan michael charlie samantha victoria elizabeth alexander benjamin "
    "christian danielle patricia nicholas jonathan jessica ashley daniel thomas andrew joshua matthew anthony "
    "william robert dragon monkey shadow master killer hunter hunter2 ranger tigger soccer hockey purple orange "
    "yellow freedom mustang corvette mercedes chocolate butterfly cheese pepper ginger cookie summer winter spring "
    "autumn january february september october november december monday friday sunday administrator administr admin "
    "admin123 root toor changeme changeit default secret secret123 access guest user username login test tester "
    "testing testtest demo temp temporary abcdefgh abcd1234 abc12345 abcdefg aaaaaaaa aa123456 a1b2c3d4 11111111 "
    "00000000 88888888 99999999 12341234 12121212 12345678 123456789 1234567890 87654321 987654321 0987654321 "
    "11223344 123123123 123321123 147258369 159753456 asdf1234 asdfasdf qwer1234 qwerasdf qwerqwer liverpool "
    "chelsea arsenal manchester barcelona pokemon nintendo playstation minecraft fortnite snoopy garfield startrek "
    "stargate matrix midnight sunflower diamond phoenix marlboro metallica slipknot nirvana blink182 greenday "
    "eminem rockstar babygirl lovely angel angels forever friends family jesus jesuschrist blessed heaven passion "
    "loveme lovelove mylove iloveu ihateyou fuckyou fuckoff asshole bullshit biteme hello hello123 helloworld hallo "
    "goodbye goodluck google facebook linkedin twitter amazon microsoft windows samsung iphone android oracle cisco "
    "docker kubernetes prometheus grafana grafana1 monitoring dashboard burnline burnline1 production staging "
    "postgres postgresql database server company corporate "
)
COMMON = frozenset(_FIRST_TRIED.split())


def normal(text: str) -> str:
    """One spelling of a password: the same signs typed on another keyboard are the same password."""
    return unicodedata.normalize("NFKC", text)


def check(text: str, *, name: str) -> None:
    """Raises Invalid for a password that cannot protect the account of that name."""
    password = normal(text)
    if not SHORTEST <= len(password) <= LONGEST:
        raise _refused(f"A password has {SHORTEST} to {LONGEST} characters; {ADVISED} or more are advised.")
    if "\x00" in password:
        raise _refused("A password holds no NUL character.")
    plain = password.lower()
    if _stem(plain) in _EASY or plain in COMMON or len(set(plain)) <= 2 or plain in _RUNS:
        raise _refused("That is one of the passwords that are tried first.")
    if len(name) > 3 and name in plain and len(plain) - len(name) < SHORTEST:
        raise _refused("A password is not the name with something added.")


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, code="password_refused", field="password", hint="A few words you will remember will do.")


def _stem(plain: str) -> str:
    """What is left without the digits and signs that are put around a word to please rules."""
    return re.sub(r"^[^a-z]+|[^a-z]+$", "", plain)


_EASY = frozenset(stem for stem in map(_stem, COMMON) if len(stem) > 3)
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm")
_RUNS = frozenset(
    row[at : at + length]
    for one in _ROWS
    for row in (one, one[::-1])
    for length in range(SHORTEST, len(one) + 1)
    for at in range(len(one) - length + 1)
)
