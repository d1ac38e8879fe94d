"""One HTTP exchange with Zalo: known hosts only, bounded in time and size, never repeated, never redirected."""

import ipaddress
import json
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from gateways.zalo.outcomes import Failure, Reply, as_int

OFFICIAL_HOSTS = frozenset(
    {"oauth.zaloapp.com", "openapi.zalo.me", "business.openapi.zalo.me", "bot-api.zaloplatforms.com"}
)
MAX_ANSWER_BYTES = 4 * 1024 * 1024


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and the addresses 127.0.0.0/8 and ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The four base addresses. HTTPS to Zalo's own hosts, or any scheme to this machine (the stand-in).

    ``extra_hosts`` admits further HTTPS hosts (a relay run by the province). Raises ValueError on anything else, so
    that a wrong setting cannot send tokens somewhere else.
    """

    oauth: str = "https://oauth.zaloapp.com"
    openapi: str = "https://openapi.zalo.me"
    business: str = "https://business.openapi.zalo.me"
    bot: str = "https://bot-api.zaloplatforms.com"
    extra_hosts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("oauth", "openapi", "business", "bot"):
            parts = urlsplit(getattr(self, name))
            host = parts.hostname or ""
            allowed = host in OFFICIAL_HOSTS or host in self.extra_hosts
            if parts.username or parts.query or parts.fragment or parts.path.strip("/"):
                raise ValueError(f"{name}: only scheme, host and port belong in a base address")
            if not (is_loopback(host) and parts.scheme in ("http", "https")) and not (
                allowed and parts.scheme == "https"
            ):
                raise ValueError(f"{name}: {host or 'no host'} is not a known Zalo host over https")

    @classmethod
    def at(cls, base_url: str) -> Self:
        """All four hosts at one address: the stand-in server."""
        base = base_url.rstrip("/")
        return cls(oauth=base, openapi=base, business=base, bot=base)


class GuardedResolver(ThreadedResolver):
    """Refuses a public name that resolves to an inner address (DNS rebinding), and the reverse for localhost."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        inner = is_loopback(host)
        for entry in found:
            address = ipaddress.ip_address(entry["host"].partition("%")[0])
            if (inner and not address.is_loopback) or (not inner and not address.is_global):
                raise OSError(None, f"{host} resolves to a forbidden address")
        return found


class Transport:
    """A shared connection pool. Use as ``async with Transport(Endpoints()) as transport``.

    ``limit``: connections at a time. ``connect``: seconds for waiting for a free connection, DNS, TCP and TLS together;
    past it nothing has been sent. ``total``: seconds for the whole exchange. Both ends in an answer, not an exception.
    aiohttp repeats a request by itself only for idempotent methods on a stale connection, that is for our reads,
    never for a POST.
    """

    def __init__(self, endpoints: Endpoints, *, limit: int = 100, connect: float = 3.0, total: float = 10.0) -> None:
        self.endpoints = endpoints
        self._limit = limit
        self._timeout = aiohttp.ClientTimeout(total=total, connect=connect, sock_connect=connect)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # A connection idle for 10 s is closed here, well before a server does it: a POST that meets a closing
        # connection would have an unknown outcome.
        connector = aiohttp.TCPConnector(limit=self._limit, resolver=GuardedResolver(), keepalive_timeout=10)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            headers={"User-Agent": "vikhe-portal"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection. A call after it raises RuntimeError."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
        json_body: Any = None,
        form: dict[str, str] | aiohttp.FormData | None = None,
        total: float | None = None,
    ) -> Reply:
        """Make one exchange and report it. Network failures come back as ``Reply.failure``; nothing is retried."""
        if self._session is None:
            raise RuntimeError("the transport is not open")
        data: Any = form
        if json_body is not None:
            data = json.dumps(json_body, ensure_ascii=False, separators=(",", ":")).encode()
            headers = {**(headers or {}), "Content-Type": "application/json"}
        timeout = self._timeout
        if total is not None:
            timeout = aiohttp.ClientTimeout(total=total, connect=timeout.connect, sock_connect=timeout.sock_connect)
        try:
            async with self._session.request(
                method, url, headers=headers, params=params, data=data, allow_redirects=False, timeout=timeout
            ) as response:
                raw = await _read_bounded(response)
                status, found = response.status, response.headers
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            return Reply(failure=Failure.NOT_SENT, detail=type(error).__name__)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Reply(failure=Failure.LOST, detail=type(error).__name__)
        return Reply(
            status,
            _json_object(raw),
            rate_limit=as_int(found.get("X-RateLimit-Limit")),
            rate_remain=as_int(found.get("X-RateLimit-Remain")),
        )


async def _read_bounded(response: aiohttp.ClientResponse) -> bytes:
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise aiohttp.ClientPayloadError("answer too large")
        chunks.append(chunk)
    return b"".join(chunks)


def _json_object(raw: bytes) -> dict[str, Any] | None:
    """The body as a JSON object whatever its declared type; integers keep every digit. None when it is none."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
