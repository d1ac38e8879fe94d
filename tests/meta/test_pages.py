"""Every address is either a page with a known permission or on the short list of public ones."""

from __future__ import annotations

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from vikhe_portal.core.permissions import is_defined
from vikhe_portal.core.views import PortalView, PublicView

pytestmark = pytest.mark.security

# Adding a line here is a decision: say in the review why anyone may open it.
PUBLIC = {
    "health",
    "groups:public-group",
    "groups:public-group-qr",
    "groups:public-join",
    "groups:public-report",
    "groups:public-check",
    "groups:public-badge",
    "tips:public-form",
    "tips:ward-form",
    "tips:receipt",
    "broadcasts:public-feed",
    "broadcasts:public-post",
    "gateways:zalo-webhook",
    "oversight:privacy-notice",
    "accounts:key-accept",
}
# django-allauth's own pages: they ask for a signed-in person themselves where they need one.
ALLAUTH_MODULES = ("allauth.",)


def patterns(resolver=None, namespace=""):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from patterns(entry, inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", entry


def view_of(entry: URLPattern):
    return getattr(entry.callback, "view_class", entry.callback)


def test_every_page_names_a_known_permission_or_is_public_by_decision():
    wrong = []
    for name, entry in patterns():
        view = view_of(entry)
        if view.__module__.startswith(ALLAUTH_MODULES) or name in {"account_change_password", "account_logout"}:
            continue
        if isinstance(view, type) and issubclass(view, PortalView):
            if not is_defined(view.permission):
                wrong.append(f"{name}: {view.__name__} names no known permission")
        elif isinstance(view, type) and issubclass(view, PublicView):
            if name not in PUBLIC:
                wrong.append(f"{name}: {view.__name__} is public but not on the list")
        else:
            wrong.append(f"{name}: {view} is no portal page")
    assert wrong == []


def test_the_public_list_names_only_pages_that_exist():
    existing = {name for name, _entry in patterns()}
    assert PUBLIC - existing == set()


@pytest.mark.django_db
def test_signed_out_people_are_sent_to_sign_in_everywhere(client):
    leaks = []
    for name, entry in patterns():
        view = view_of(entry)
        if not (isinstance(view, type) and issubclass(view, PortalView)):
            continue
        address = "/" + _sample_address(entry, name)
        for method in ("get", "post"):
            answer = getattr(client, method)(address)
            if answer.status_code != 302 or "dang-nhap" not in answer["Location"]:
                leaks.append(f"{method} {address}: {answer.status_code}")
    assert leaks == []


def _sample_address(entry: URLPattern, name: str) -> str:
    import uuid

    from django.urls import reverse

    samples = {
        "int": 1,
        "str": "abc",
        "slug": "abc",
        "uuid": uuid.UUID(int=1),
        "path": "abc",
    }
    arguments = {}
    for key, converter in entry.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        arguments[key] = samples.get(kind, "abc")
    return reverse(name, kwargs=arguments).lstrip("/")


def test_no_list_to_narrow_by_offers_dashes():
    from django_filters import FilterSet
    from django_filters.conf import settings as filter_settings

    from accounts import filters as _accounts  # noqa: F401  (each module declares its filter sets)
    from broadcasts import filters as _broadcasts  # noqa: F401
    from groups import filters as _groups  # noqa: F401
    from tips import filters as _tips  # noqa: F401

    def below(kind: type) -> list[type]:
        return [one for child in kind.__subclasses__() for one in (child, *below(child))]

    own = [one for one in below(FilterSet) if not one.__module__.startswith("django_filters")]
    assert len(own) >= 4
    words = [
        (f"{one.__name__}.{name}", str(part.extra.get("empty_label", filter_settings.EMPTY_CHOICE_LABEL)))
        for one in own
        for name, part in one.base_filters.items()
    ]
    dashes = [name for name, word in words if word.startswith("-")]
    assert dashes == []
