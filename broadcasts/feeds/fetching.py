"""One bounded GET of an address somebody typed. It can never reach this machine or its network.

Every name is resolved once, each address is looked at, and the connection goes to the address that was looked at: a
name that answers differently the second time (DNS rebinding) gains nothing. Redirects are followed by hand, each
looked at again. No cookies, no credentials, no proxies from the environment.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

MAX_BYTES = 2 * 1024 * 1024
MAX_REDIRECTS = 3
SECONDS = 15
PORTS = {"http": 80, "https": 443}


class FetchRefused(Exception):
    """Why nothing was fetched: `code` is address, size, status, network or redirects."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Fetched:
    """What came. `content` is empty when nothing changed since the marks we sent."""

    content: bytes
    content_type: str
    etag: str
    modified: str
    unchanged: bool = False


def is_public(address: str) -> bool:
    """Whether an IP address lies in the public Internet (a mapped or tunnelled one is judged by what it hides)."""
    try:
        found: Any = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    for hidden in (getattr(found, "ipv4_mapped", None), getattr(found, "sixtofour", None)):
        if hidden is not None:
            found = hidden
    teredo = getattr(found, "teredo", None)
    return bool(found.is_global) and not found.is_multicast and teredo is None


def refuse_address(url: str) -> None:
    """Raise FetchRefused("address") for anything but http(s) to a public host on its usual port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FetchRefused("address") from None
    host = parts.hostname or ""
    if parts.scheme not in PORTS or not host or parts.username or parts.password:
        raise FetchRefused("address")
    if port not in (None, PORTS[parts.scheme]):
        raise FetchRefused("address")
    literal = host.strip("[]")
    if ":" in literal or literal.replace(".", "").isdigit():
        if not is_public(literal):
            raise FetchRefused("address")
    elif "." not in host or host.endswith((".local", ".internal", ".localhost", ".lan")):
        raise FetchRefused("address")


class PublicResolver(AbstractResolver):
    """Resolves a name and refuses it altogether when any of its addresses is not public."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses, all public. Raises FetchRefused."""
        found = await self._inner.resolve(host, port, family)
        if not found or not all(is_public(row["host"]) for row in found):
            raise FetchRefused("address")
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._inner.close()


def fetch(url: str, *, etag: str = "", modified: str = "", limit: int = MAX_BYTES) -> Fetched:
    """Fetch an address within time and size. Raises FetchRefused. Must run outside any transaction."""
    return asyncio.run(_fetch(url, etag, modified, limit))


async def _fetch(url: str, etag: str, modified: str, limit: int) -> Fetched:
    headers = {"User-Agent": "vikhe-portal", "Accept": "application/atom+xml, application/rss+xml, */*;q=0.5"}
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    connector = aiohttp.TCPConnector(resolver=PublicResolver(), use_dns_cache=False, force_close=True)
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    ) as session:
        for _step in range(MAX_REDIRECTS + 1):
            refuse_address(url)
            try:
                async with session.get(url, headers=headers, allow_redirects=False) as answer:
                    if answer.status in (301, 302, 303, 307, 308):
                        url = urljoin(url, answer.headers.get("Location", ""))
                        continue
                    return await _read(answer, limit)
            except FetchRefused:
                raise
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise _why(error) from None
    raise FetchRefused("redirects")


def _why(error: BaseException) -> FetchRefused:
    while error is not None:
        if isinstance(error, FetchRefused):
            return error
        error = error.__cause__ or error.__context__  # type: ignore[assignment]  # the chain ends in None
    return FetchRefused("network")


async def _read(answer: aiohttp.ClientResponse, limit: int) -> Fetched:
    etag, modified = answer.headers.get("ETag", "")[:200], answer.headers.get("Last-Modified", "")[:60]
    if answer.status == 304:
        return Fetched(b"", "", etag, modified, unchanged=True)
    if answer.status != 200:
        raise FetchRefused("status")
    content = bytearray()
    async for piece in answer.content.iter_chunked(16_384):  # counted after unpacking: a bomb ends here
        content += piece
        if len(content) > limit:
            raise FetchRefused("size")
    return Fetched(bytes(content), answer.content_type, etag, modified)
