"""Whether those who read a stream still may: asked again and again, once for all that showed the same.

One task looks after every stream: thousands that each wake up for themselves would take more than telling does.
"""

import asyncio
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from app import logs
from app.domain.errors import Ended, Forbidden, Unavailable, Unknown
from app.web import deps
from app.web.events import Subscriber, event_of
from app.web.needs import Need

log = logs.get("live")

CHECK_SECONDS = 2.5  # with what looking up takes, a stream ends within five
SHOWN = ("cookie", "authorization", "x-api-key", "api-key", "dd-api-key")


@dataclass(slots=True)
class Alike:
    """Streams of those who showed the same for the same address."""

    connection: HTTPConnection
    need: Need
    subscribers: set[Subscriber] = field(default_factory=set)


class Rights:
    """Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._alike: dict[tuple[str, ...], Alike] = {}
        self._key_of: dict[Subscriber, tuple[str, ...]] = {}
        self._watching: asyncio.Task[None] | None = None

    def watch(self, connection: HTTPConnection, need: Need, subscriber: Subscriber) -> None:
        """End the stream when its reader has no longer what it needs."""
        settings = deps.of(connection).settings
        named = (settings.proxy_user_header or "", settings.proxy_groups_header or "")
        peer = "" if connection.client is None else connection.client.host  # a header counts only from a proxy of ours
        shown = (connection.headers.get(name, "") for name in (*SHOWN, *named) if name)
        key = (connection.scope["path"], peer if any(named) else "", *shown)
        self._alike.setdefault(key, Alike(connection, need)).subscribers.add(subscriber)
        self._key_of[subscriber] = key
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())

    def forget(self, subscriber: Subscriber) -> None:
        key = self._key_of.pop(subscriber, None)
        if key is not None:
            self._alike[key].subscribers.discard(subscriber)
            if not self._alike[key].subscribers:
                del self._alike[key]

    async def _watch(self) -> None:
        """Until nobody reads."""
        while self._alike:
            await asyncio.sleep(CHECK_SECONDS)
            for one in list(self._alike.values()):
                if not await _may_read(one):
                    for subscriber in one.subscribers:
                        subscriber.tell("bye", event_of("bye", {}))
                        subscriber.part()


async def _may_read(one: Alike) -> bool:
    try:
        await deps.admit(one.connection, one.need)
    except (Unknown, Forbidden, Ended):
        return False
    except Unavailable:
        return True  # nobody can be shut out through a database that is away
    except Exception:
        log.exception("rights_unknown")  # and the others are looked after all the same
        return False
    return True
