"""Finding every parameter the portal reads, and what to put into it.

Nothing is listed by hand: an address comes from the URL configuration, a parameter from what the code behind it really
looks up in the query, the form or the files of a request (`listening`), and from the forms standing on the pages.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from unittest import mock
from urllib.parse import quote, unquote, urlsplit

from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils.datastructures import MultiValueDict
from hypothesis import strategies as st

from tests.meta.test_pages import patterns, view_of
from tests.security.objects import Ward, arguments_of

MARK = "fz9q"  # nothing of the portal contains it
# What must not come back as it is: an element of ours, or an attribute that left its quotes.
REFLECTED = (
    f"<{MARK}",
    f'{MARK}" onfocus=',
    f"{MARK}' onfocus=",
    f'href="javascript:{MARK}',
    f'src="javascript:{MARK}',
    f'action="javascript:{MARK}',
)
ALWAYS = "csrfmiddlewaretoken"  # read before any view; the tests' client skips its check

# Addresses that end the test's own session or belong to no person: still fuzzed, but not with what they say of success.
FOR = ("chief", "ward_admin", "committee_head", "area_officer_own", "neighbourhood_head", "province_viewer")

NASTY = (
    f"<{MARK}>", f'"><{MARK} x="', f"'><{MARK}>", f'{MARK}" onfocus="{MARK}', f"{MARK}' onfocus='{MARK}",
    f"</script><{MARK}>", f"</textarea><{MARK}>", f"javascript:{MARK}", f"{{{{ {MARK} }}}}", "{% debug %}",
    "' OR 1=1 --", "'; SELECT 1; --", "%", "_", "%s %d %(x)s", "{0.__class__}", "\\", "\x00", "a\x00b", "\r\nX-A: b",
    "../../../../etc/passwd", "..\\..\\x", "/", "//example.org", "https://example.org/", "?a=b&c=d#e", ".", "",
    " ", "\t\n", "0", "-0", "-1", "1", "1.5", "1e400", "NaN", "Infinity", "0x1f", "²", "٣", "1_000", "９",
    str(2**31), str(2**63), str(-(2**63) - 1), "9" * 400, "null", "None", "true", "[]", "{}", "[1", '{"a":1}',
    "2026-02-30", "2026-02-28", "0001-01-01", "9999-12-31", "99999-01-01", "31/02/2026", "24/11/2026",
    "2026-11-24T10:00",     "2026-11-24T25:61", "0000-00-00", "10:00", "25:00", "00000000-0000-4000-8000-000000000000",
    "xxx-xxx", "x" * 5000,
    "é" * 300, "e\u0301" * 200, "\u202egnp.exe", "\ufeff", "\u200b", "\U0001f600" * 20, "Nguyễn Văn Mẫu", "0912345678",
    "+84 912 345 678", "a@b", "MẬT", "TUYỆT MẬT", "=1+1", "@SUM(A1)", "-created_at", "name", "?", "id,pk",
)  # fmt: skip

texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.integers().map(str),
    st.dates().map(str),
    st.builds(
        lambda words, nasty: words + nasty, st.text(st.characters(codec="utf-8"), max_size=8), st.sampled_from(NASTY)
    ),
)
# Mostly one value; now and then several under one name, or none.
values = st.one_of(*[texts.map(lambda text: [text])] * 8, st.lists(texts, max_size=3))
HEADS = (
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"PK\x03\x04",
    b"%PDF-1.7",
    b"<svg onload=1>",
    b"RIFF",
)
file_names = st.sampled_from(
    ["a.jpg", "a.png", "a.xlsx", "a.csv", "a.exe", f"<{MARK}>.xlsx", f'"><{MARK}>.jpg', ".jpg.",
     "x" * 250 + ".png", "\u202e.xlsx"]
)  # fmt: skip
uploads = st.builds(
    lambda name, head, rest: SimpleUploadedFile(name, head + rest),
    file_names,
    st.sampled_from(HEADS),
    st.binary(max_size=200),
)


@dataclass
class Target:
    """One address and method, who asks, and the parameters found so far."""

    name: str
    method: str
    wanted: list[str]
    who: str
    query: set[str] = field(default_factory=set)
    form: dict[str, list[str]] = field(default_factory=dict)  # name → values that would do
    files: set[str] = field(default_factory=set)
    text_arguments: list[str] = field(default_factory=list)
    words: list[dict[str, str]] = field(default_factory=list)  # words that links and forms of the pages put there

    @property
    def label(self) -> str:
        return f"{self.name} {self.method}"

    def parameters(self) -> list[tuple[str, str]]:
        """(place, name) of every parameter."""
        found = [("path", name) for name in self.text_arguments] + [("query", name) for name in self.query]
        if self.method == "post":
            found += [("form", name) for name in self.form] + [("file", name) for name in self.files]
        return sorted(found)


class FormsOfPage(HTMLParser):
    """The forms of a page: where they lead, by which method, with which fields and the values already in them."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self.here, self.found, self.form, self.select, self.links = here, [], None, "", []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if "href" in of:
            self.links.append(of["href"])
        address = of.get("action") or of.get("hx-post") or of.get("hx-get") or of.get("formaction")
        if tag == "form":
            self.form = {
                "action": address or self.here,
                "method": of.get("method", "get").lower(),
                "fields": {},
                "files": set(),
            }
            if "hx-post" in of:
                self.form["method"] = "post"
            self.found.append(self.form)
        elif address and "hx-post" in of:
            self.found.append({"action": address, "method": "post", "fields": {}, "files": set()})
        if self.form is None:
            return
        name = of.get("name", "")
        if tag == "option" and self.select:
            if of.get("value"):
                self.form["fields"].setdefault(self.select, [])
                self.form["fields"][self.select] = self.form["fields"][self.select] or [of["value"]]
        elif name and tag in ("input", "textarea", "button", "select"):
            if of.get("type") == "file":
                self.form["files"].add(name)
                return
            self.form["fields"].setdefault(name, [])
            self.select = name if tag == "select" else ""
            if tag != "select" and not self.form["fields"][name]:
                sample = {"date": "2026-11-30", "datetime-local": "2026-11-30T10:00", "number": "1"}.get(
                    of.get("type", ""), ""
                )
                self.form["fields"][name] = [of.get("value") or sample or "Nội dung thử cho đủ dài"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        if tag == "select":
            self.select = ""


@contextmanager
def listening() -> Iterator[list[tuple[int, str]]]:
    """Note every name that is looked up in a query, a form or the files of a request."""
    heard: list[tuple[int, str]] = []
    item, getlist = MultiValueDict.__getitem__, MultiValueDict._getlist

    def noted_item(self: Any, key: Any) -> Any:
        heard.append((id(self), key))
        return item(self, key)

    def noted_list(self: Any, key: Any, *args: Any, **kwargs: Any) -> Any:
        heard.append((id(self), key))
        return getlist(self, key, *args, **kwargs)

    def noted_contains(self: Any, key: Any) -> bool:
        heard.append((id(self), key))
        return dict.__contains__(self, key)

    with (
        mock.patch.object(MultiValueDict, "__getitem__", noted_item),
        mock.patch.object(MultiValueDict, "_getlist", noted_list),
        mock.patch.object(MultiValueDict, "__contains__", noted_contains, create=True),
    ):
        yield heard


class Fuzzer:
    """Sends requests for one kind of person each and takes back whatever they did."""

    def __init__(self, clients: dict[str, Client], ward: Ward, may: dict[tuple[str, str], str]) -> None:
        self.clients, self.ward, self.may = clients, ward, may
        self.targets = {target.label: target for target in self._addresses()}
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.statuses: Counter[int] = Counter()
        self.sent_away: Counter[str] = Counter()
        self.answers: dict[str, Counter[int]] = {}

    def _addresses(self) -> Iterator[Target]:
        for name, entry in patterns():
            view, converters = view_of(entry), entry.pattern.converters
            words = [
                key for key, kind in converters.items() if type(kind).__name__ in ("StringConverter", "SlugConverter")
            ]
            for method in ("get", "post"):
                if hasattr(view, method) or not isinstance(view, type):
                    yield Target(
                        name, method, list(converters), self.may.get((name, method), "chief"), text_arguments=words
                    )

    def address(self, target: Target, words: dict[str, str] | None = None) -> str:
        """The address with its objects; text arguments may be replaced."""
        if target.name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
            return reverse(target.name, kwargs={"pk": 1})
        arguments = arguments_of(target.name, target.wanted, self.ward)
        arguments.update(self.ward.real_words(target.name, target.wanted))
        address = reverse(target.name, kwargs=arguments | {name: f"uuu{name}uuu" for name in words or {}})
        for name, word in (words or {}).items():
            address = address.replace(f"uuu{name}uuu", quote(word, safe=""))
        return address

    def send(
        self, target: Target, query: dict[str, list[str]], form: dict[str, Any], *, words: dict[str, str] | None = None,
        fragment: bool = False,
    ) -> Any:  # fmt: skip
        """One request, undone; parameters it looked up join the target's."""
        client = self.clients[target.who]
        kept = SimpleCookie(client.cookies)
        address = self.address(target, words)
        extra = {"HTTP_HX_REQUEST": "true"} if fragment else {}
        with transaction.atomic(), listening() as heard:
            if target.method == "get":
                answer = client.get(address, query_params=query, **extra)
            else:
                answer = client.post(address, form, query_params=query, **extra)
            client.cookies = kept  # signing out is undone too
            request = answer.wsgi_request
            places = {id(request.GET): "query", id(request.POST): "form", id(request.FILES): "file"}
            for where, key in heard:
                place = places.get(where)
                if not isinstance(key, str) or not key or MARK in key or len(key) > 60 or place is None:
                    continue
                if place == "query":
                    target.query.add(key)
                elif place == "form" and key != ALWAYS:
                    target.form.setdefault(key, [])
                elif place == "file":
                    target.files.add(key)
            transaction.set_rollback(True)
        if target.who and "dang-nhap" in answer.headers.get("Location", ""):
            self.sent_away[target.label] += 1
        self.statuses[answer.status_code] += 1
        self.answers.setdefault(target.label, Counter())[answer.status_code] += 1
        return answer

    def entered(self, target: Target) -> bool:
        """Whether any answer came from inside the page, not from a door before it."""
        return any(status not in (403, 404, 405, 429) for status in self.answers[target.label])

    def discover(self) -> None:
        """Open everything once, learn the forms of the pages, then send them as they stand."""
        for target in self.targets.values():
            if target.method == "get":
                self._forms(self.send(target, {}, {}), self.address(target))
        for target in self.targets.values():
            if target.method == "post":
                self._forms(self.send(target, {}, dict(target.form)), self.address(target))
        for target in self.targets.values():
            target.files = {name for name in target.files if name not in target.form or name in self._file_fields}
            for name in target.files & set(target.form):
                del target.form[name]

    _file_fields: set[str] = set()

    def _forms(self, answer: Any, here: str) -> None:
        if answer.streaming or "html" not in answer.headers.get("Content-Type", ""):
            return
        page = FormsOfPage(here)
        page.feed(answer.content.decode())
        for link in page.links:
            self._target(link, "get", here)
        for form in page.found:
            target = self._target(form["action"], form["method"], here)
            if target is None:
                continue
            self._file_fields = self._file_fields | form["files"]
            for name, sample in form["fields"].items():
                if form["method"] == "get":
                    target.query.add(name)
                elif name != ALWAYS:
                    target.form[name] = target.form.get(name) or sample
            target.files |= form["files"]

    def _target(self, address: str, method: str, here: str) -> Target | None:
        """Where a link or form leads; the words in its address are remembered."""
        try:
            found = resolve(unquote(urlsplit(address).path) or here)
        except Resolver404:
            return None
        target = self.targets.get(f"{found.view_name} {method}")
        if target is not None:
            words = {name: str(found.kwargs[name]) for name in target.text_arguments if name in found.kwargs}
            if words and words not in target.words and len(target.words) < 20:
                target.words.append(words)
        return target


def recently_signed_in(client: Client) -> None:
    """The pages of second factors ask for the password again unless it was given a moment ago."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = session["_auth_user_id"]
    session["began"] = session["seen"] = int(time.time())
    session.save()
