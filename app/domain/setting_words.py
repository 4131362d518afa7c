"""How an operator writes down where things are and how much of them: texts, each read or refused with a ValueError."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

MIB = 1024 * 1024


def database(text: str) -> str:
    if re.fullmatch(r"sqlite:///[^?#:][^?#]*", text):
        return text
    parts = urlsplit(text)
    if parts.scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or parts.path in {"", "/"}:
        raise ValueError(text)
    _ = parts.port  # raises ValueError when it is not a number
    return f"postgresql+psycopg{text[len(parts.scheme) :]}"


def host(text: str) -> str:
    if not re.fullmatch(r"(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text):
        ip_address(text)
    return text


def is_this_machine(name: str) -> bool:
    """Whether a host name or address means the machine itself."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65_535:
        raise ValueError(text)
    return int(text)


def public_url(text: str) -> str:
    parts = urlsplit(text)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise ValueError(text)
    _ = parts.port  # raises ValueError when it is not a number
    return text.rstrip("/")


def networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(","))


def size(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,6})(MiB|GiB)", text)
    if match is None:
        raise ValueError(text)
    return int(match[1]) * {"MiB": MIB, "GiB": 1024 * MIB}[match[2]]


def address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError(text)
    _ = parts.port  # raises ValueError when it is not a number
    return text


def issuer(text: str) -> str:
    """As it stands: an issuer is compared sign by sign, a slash at its end among them."""
    public_url(text)
    return text


def count(text: str) -> int:
    """A whole number, with blanks or underscores between its digits if that reads better."""
    digits = re.sub("[ _]", "", text)
    if not re.fullmatch("[0-9]{1,9}", digits):
        raise ValueError(text)
    return int(digits)
