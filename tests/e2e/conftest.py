"""A real browser against the live server; people sign in by a session cookie, residents do not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings

from tests.factories import WARD_ID, never_quiet
from wards import services as ward_services

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's synchronous interface runs an event loop in this thread

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def chromium():
    """Headless Chromium for the whole run."""
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def ward(transactional_db):
    """The ward, committed and without an open scope: the server's own connections must see it."""
    row = ward_services.activate_ward(ward_id=WARD_ID, demonstration=True)
    never_quiet(WARD_ID)
    return row


@pytest.fixture
def visit(chromium, live_server, client):
    """A function opening a page: visit(actor or None, size=…, dark=…, scripts=…) → a page with `.problems`."""
    contexts = []

    def open_page(actor=None, *, size=PHONE, dark=False, scripts=True):
        context = chromium.new_context(
            viewport=size, locale="vi-VN", color_scheme="dark" if dark else "light", java_script_enabled=scripts,
            base_url=live_server.url,
        )  # fmt: skip
        contexts.append(context)
        if actor is not None:
            client.cookies.clear()  # or signing in would end the session of the page opened before
            client.force_login(actor.user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: page.problems.append(line.text) if line.type == "error" else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
