"""Webhooks of the stand-in: signed as documented, repeated when the connection fails, switched off in the end."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from gateways.zalo.standin.clock import Clock
from gateways.zalo.transport import is_loopback
from gateways.zalo.webhook import sign

RETRY_AFTER = (30, 300, 900, 1800, 3600)  # seconds; then the webhook is off until it is switched on by hand
ANSWER_LIMIT = 2.0
OLD_NAMES = {
    "accept_request_join_group": "react_request_join_group",
    "user_out_group": "user_leave_group",
    "delete_group": "disperse_group",
}
# How a delivery may be spoilt, each a chance between 0 and 1:
SPOILS = ("duplicate", "out_of_order", "wrong_mac", "no_users", "alias_names", "numbers", "extra_fields", "delay")


@dataclass
class Hook:
    """The webhook of one app. ``events``: the ticked kinds, empty for all."""

    app_id: str
    oa_secret: str
    url: str
    events: set[str] = field(default_factory=set)
    enabled: bool = True
    spoil: dict[str, float] = field(default_factory=dict)


@dataclass
class Delivery:
    hook: Hook
    raw: bytes
    headers: dict[str, str]
    due: float
    tries: int = 0


class Hooks:
    """Queue of deliveries. ``log`` keeps one entry per try: event, try, status or error, seconds."""

    def __init__(self, clock: Clock, random_source: Any) -> None:
        self._clock, self._random = clock, random_source
        self.by_app: dict[str, Hook] = {}
        self.log: list[dict[str, Any]] = []
        self._queue: list[Delivery] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        timeout = aiohttp.ClientTimeout(total=10, sock_connect=2)
        self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def save(self, hook: Hook) -> bool:
        """Register an address on this machine. It is tried with an unsigned ``{}`` first and must answer 200."""
        host = aiohttp.client.URL(hook.url).host or ""
        if not is_loopback(host):
            raise ValueError("the stand-in calls addresses on this machine only")
        ok = await self._post(hook.url, b"{}", {}, "probe", 0) == 200
        if ok:
            self.by_app[hook.app_id] = hook
        return ok

    def wake(self) -> None:
        """Look at the queue again, e.g. after the clock was moved."""
        self._wake.set()

    def pending(self) -> int:
        return len(self._queue)

    def emit(self, app_id: str, body: dict[str, Any]) -> None:
        """Queue one event; ``app_id`` and ``timestamp`` are added."""
        hook = self.by_app.get(app_id)
        if hook is None or not hook.enabled or (hook.events and body["event_name"] not in hook.events):
            return
        body = {**body, "app_id": app_id, "timestamp": str(self._clock.ms())}
        self._spoil_body(hook, body)
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        mac = sign(app_id=app_id, raw=raw, timestamp=str(body["timestamp"]), oa_secret=hook.oa_secret)
        if self._chance(hook, "wrong_mac"):
            mac = mac[::-1]
        headers = {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={mac}"}
        due = self._clock.now() + (5.0 if self._chance(hook, "delay") else 0.0)
        copies = 2 if self._chance(hook, "duplicate") else 1
        for _copy in range(copies):
            delivery = Delivery(hook, raw, headers, due)
            if self._queue and self._chance(hook, "out_of_order"):
                self._queue.insert(0, delivery)
            else:
                self._queue.append(delivery)
        self._wake.set()

    def _chance(self, hook: Hook, name: str) -> bool:
        chance = hook.spoil.get(name, 0.0)
        return chance > 0 and self._random.random() < chance

    def _spoil_body(self, hook: Hook, body: dict[str, Any]) -> None:
        if self._chance(hook, "no_users"):
            body.pop("users", None)
        if self._chance(hook, "alias_names"):
            body["event_name"] = OLD_NAMES.get(body["event_name"], body["event_name"])
        if self._chance(hook, "numbers"):
            for key in ("oa_id", "app_id"):
                if str(body.get(key, "")).isdigit():
                    body[key] = int(body[key])
        if self._chance(hook, "extra_fields"):
            body["not_documented"] = {"level": 1}

    async def _run(self) -> None:
        while True:
            now = self._clock.now()
            ready = [delivery for delivery in self._queue if delivery.due <= now]
            self._queue = [delivery for delivery in self._queue if delivery.due > now]
            for delivery in ready:
                await self._deliver(delivery)
            if not ready:
                self._wake.clear()
                wait = min([delivery.due - now for delivery in self._queue], default=60.0)
                try:
                    await asyncio.wait_for(self._wake.wait(), timeout=max(0.01, wait))
                except TimeoutError:
                    continue

    async def _deliver(self, delivery: Delivery) -> None:
        if not delivery.hook.enabled:
            return
        headers = dict(delivery.headers)
        if delivery.tries:
            headers["num_retry"] = str(delivery.tries)
        name = str(json.loads(delivery.raw)["event_name"])
        status = await self._post(delivery.hook.url, delivery.raw, headers, name, delivery.tries)
        if status is not None:
            return  # an answer of any kind, late or wrong, is reported and not repeated
        if delivery.tries >= len(RETRY_AFTER):
            delivery.hook.enabled = False
            return
        delivery.due = self._clock.now() + RETRY_AFTER[delivery.tries]
        delivery.tries += 1
        self._queue.append(delivery)

    async def _post(self, url: str, raw: bytes, headers: dict[str, str], name: str, tries: int) -> int | None:
        """HTTP status, 0 when the answer was lost, None when no connection could be opened."""
        if self._session is None:
            raise RuntimeError("hooks are not started")
        began, status, error = time.monotonic(), None, ""
        try:
            async with self._session.post(url, data=raw, headers=headers, allow_redirects=False) as response:
                status = response.status
        except aiohttp.ClientConnectorError as problem:
            error = type(problem).__name__
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            status, error = 0, type(problem).__name__
        seconds = time.monotonic() - began
        late = seconds > ANSWER_LIMIT
        self.log.append(
            {"event": name, "try": tries, "status": status, "error": error, "seconds": round(seconds, 3), "late": late}
        )
        return status
