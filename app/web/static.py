"""Static files, read once at start, under addresses that name their content and may therefore be kept for ever.

`/static/<hash>/css/base.css`: a template asks `static_url('css/base.css')` for it. Our own files share one hash,
because scripts import each other by relative address; each vendored file has its own: it is large and seldom changes.
An outdated hash still gets the file that is there now (a page rendered by the release before, or by another replica),
but not to keep. Compressed forms are made when first asked for and kept; Starlette's own StaticFiles does not negotiate
precompressed ones. Our own scripts are sent without their comments and indentation: a fifth of their compressed size.
"""

import asyncio
import gzip
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import cramjam
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
VENDORED = "vendor/"
PACKED_ALREADY = frozenset({".ico", ".png"})
LEAST_WORTH_PACKING = 512
BROTLI_BEST, BROTLI_QUICK = 11, 9  # the best takes 2.4 s for plotly, the quick 0.2 s for 8 % more
QUICK_FROM = 256 * 1024

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(slots=True)
class Asset:
    """One file; `packed` holds its compressed forms by encoding, as far as they were asked for."""

    body: bytes
    suffix: str
    hash: str
    packed: dict[str, bytes] = field(default_factory=dict)

    @property
    def worth_packing(self) -> bool:
        return self.suffix not in PACKED_ALREADY and len(self.body) >= LEAST_WORTH_PACKING

    def form(self, encoding: str) -> bytes:
        """The body in an encoding ("" is as it is)."""
        if not encoding:
            return self.body
        if encoding not in self.packed:
            self.packed[encoding] = _brotli(self.body) if encoding == "br" else gzip.compress(self.body, 9, mtime=0)
        return self.packed[encoding]


class Static:
    """All files of a folder whose type is known."""

    def __init__(self, folder: Path) -> None:
        files = {
            (name := path.relative_to(folder).as_posix()): _lean(name, path.read_bytes())
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in TYPES
        }
        ours = _hash(*(body for name, body in files.items() if not name.startswith(VENDORED)))
        self.assets = {
            name: Asset(body, Path(name).suffix, _hash(body) if name.startswith(VENDORED) else ours)
            for name, body in files.items()
        }

    def url(self, name: str) -> str:
        """Where a file is. Raises KeyError when there is none: a template that names it must not be shipped."""
        return f"/static/{self.assets[name].hash}/{name}"

    def routes(self) -> list[Route]:
        return [Route("/static/{hash}/{name:path}", self._serve)]

    async def _serve(self, request: Request) -> Response:
        asset = self.assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        encoding = _encoding(request.headers.get("accept-encoding", "")) if asset.worth_packing else ""
        etag = f'"{asset.hash}-{encoding}"'
        headers = {
            "Cache-Control": FOR_EVER if request.path_params["hash"] == asset.hash else ASK_AGAIN,
            "Content-Type": TYPES[asset.suffix],
            "ETag": etag,
            "Vary": "Accept-Encoding",
        }
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        if encoding:
            headers["Content-Encoding"] = encoding
        body = await asyncio.to_thread(asset.form, encoding)
        return Response(body, headers=headers)


def _lean(name: str, body: bytes) -> bytes:
    """A script of ours with what only its readers need left out, line by line: errors still name the right line."""
    if not name.startswith("js/"):
        return body
    lines = (line.lstrip(b" ") for line in body.split(b"\n"))
    return b"\n".join(b"" if line.startswith(b"//") else line for line in lines)


def _hash(*bodies: bytes) -> str:
    whole = blake2b(digest_size=6)
    for body in bodies:
        whole.update(len(body).to_bytes(8, "big") + body)
    return whole.hexdigest()


def _encoding(accepted: str) -> str:
    """The best form the client takes."""
    offers = {}
    for offer in accepted.lower().split(","):
        name, _, weight = offer.partition(";")
        offers[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in ("br", "gzip") if offers.get(name)), "")


def _brotli(body: bytes) -> bytes:
    level = BROTLI_QUICK if len(body) >= QUICK_FROM else BROTLI_BEST
    return bytes(cramjam.brotli.compress(body, level=level))
