"""Sources: name them, read them, and decide on what they bring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadcasts.feeds.fetching import Fetched, FetchRefused, fetch, refuse_address
from broadcasts.feeds.parsing import Item, NotAFeed, key_of, parse, plain
from broadcasts.models import Broadcast, Category, Source, SourceItem
from broadcasts.policies import visible_broadcasts
from vikhe_portal.core import audit, content_guard, transitions
from vikhe_portal.core.content_guard import Severity
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.scope import ward_scope

READ_EVERY = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=24)
UNREAD_FOR = timedelta(days=14)
State = SourceItem.State


def add(*, actor: Actor, name: str, url: str, kind: str, category: Category, every_days: int = 7) -> Source:
    """Name a source. Raises DomainError for an address that is not a public web address, or known already."""
    require(actor, "broadcasts.sources")
    url = url.strip()
    try:
        refuse_address(url)
    except FetchRefused:
        raise DomainError(_("Give the full public web address, beginning with https://."), field="url") from None
    try:
        with transaction.atomic():
            row = Source.objects.create(
                ward_id=actor.ward_id, name=name.strip(), url=url, kind=kind, category=category, every_days=every_days
            )
            audit.record(actor=actor, action="broadcasts.source_added", target=row, values={"kind": kind})
    except IntegrityError as error:
        raise DomainError(_("This address is a source already."), field="url") from error
    return row


@transaction.atomic
def switch(*, actor: Actor, source: Source, active: bool) -> Source:
    """Read a source, or no longer. Beginning again forgets old failures."""
    require(actor, "broadcasts.sources")
    row = Source.objects.select_for_update().get(ward_id=actor.ward_id, pk=source.pk)
    row.active, row.failures, row.problem, row.next_at = active, 0, "", timezone.now()
    row.save()
    audit.record(actor=actor, action="broadcasts.source_switched", target=row, values={"active": active})
    return row


def due() -> list[tuple[int, int]]:
    """Ward and id of feeds to read now. For the worker, which may sweep this table."""
    rows = Source.objects.filter(active=True, kind=Source.Kind.FEED, next_at__lte=timezone.now())
    return list(rows.order_by("next_at").values_list("ward_id", "pk")[:200])


def wards_with_sources() -> list[int]:
    """Wards that have sources. For the worker."""
    return list(Source.objects.order_by("ward_id").values_list("ward_id", flat=True).distinct())


def read(*, ward_id: int, source_id: int) -> int:
    """Read one feed; returns how many items are new. Claim, fetch, keep: no transaction is open while it waits."""
    with ward_scope(ward_id):
        now = timezone.now()
        mine = Source.objects.filter(ward_id=ward_id, pk=source_id, active=True, next_at__lte=now)
        row = mine.first()
        if row is None or not mine.filter(next_at=row.next_at).update(next_at=now + READ_EVERY):
            return 0
    try:
        got = fetch(row.url, etag=row.etag, modified=row.modified)
        items = [] if got.unchanged else parse(got.content)
    except FetchRefused as refusal:
        _failed(ward_id, source_id, refusal.code)
        return 0
    except NotAFeed:
        _failed(ward_id, source_id, "format")
        return 0
    return _keep(ward_id, source_id, got, items)


def _failed(ward_id: int, source_id: int, code: str) -> None:
    with ward_scope(ward_id):
        row = Source.objects.select_for_update().get(ward_id=ward_id, pk=source_id)
        row.failures, row.problem, row.checked_at = min(row.failures + 1, 1000), code, timezone.now()
        row.next_at = timezone.now() + min(LONGEST_PAUSE, READ_EVERY * 2 ** min(row.failures, 5))
        row.save()


def _keep(ward_id: int, source_id: int, got: Fetched, items: list[Item]) -> int:
    with ward_scope(ward_id):
        row = Source.objects.select_for_update().get(ward_id=ward_id, pk=source_id)
        row.etag, row.modified, row.checked_at = got.etag, got.modified, timezone.now()
        row.failures, row.problem = 0, ""
        row.save()
        before = SourceItem.objects.filter(ward_id=ward_id, source=row).count()
        rows = [_item(row, item) for item in items if not _forbidden(item)]
        SourceItem.objects.bulk_create(rows, ignore_conflicts=True)
        return SourceItem.objects.filter(ward_id=ward_id, source=row).count() - before


def _forbidden(item: Item) -> bool:
    """A text with a secrecy mark is not kept, whoever published it."""
    return any(mark.severity == Severity.BLOCK for mark in content_guard.check(f"{item.title}\n{item.text}"))


def _item(source: Source, item: Item) -> SourceItem:
    return SourceItem(
        ward_id=source.ward_id,
        source=source,
        key=item.key,
        title=item.title,
        text=item.text,
        link=item.link,
        published_at=item.published,
    )


@transaction.atomic
def found_on_page(
    *, actor: Actor, source: Source, title: str = "", link: str = "", text: str = ""
) -> SourceItem | None:
    """Answer "look at the page": nothing new (no title), or what was found there, as a draft. Raises DomainError."""
    require(actor, "broadcasts.write")
    row = Source.objects.select_for_update().get(ward_id=actor.ward_id, pk=source.pk)
    row.checked_at = timezone.now()
    row.next_at = row.checked_at + timedelta(days=row.every_days)
    row.save()
    item = None
    if title.strip():
        if urlsplit(link.strip()).scheme not in ("http", "https"):
            raise DomainError(_("Paste the full web address of what you found."), field="link")
        found = Item(key_of(link.strip(), title), plain(title, 160), plain(text, 1500), link.strip()[:500], None)
        if _forbidden(found):
            raise DomainError(_("This text carries a mark of secrecy and was not kept."), field="text")
        if SourceItem.objects.filter(ward_id=row.ward_id, key=found.key).exists():
            raise DomainError(_("This article is among the drafts already."), field="link")
        item = _item(row, found)
        item.save()
    audit.record(actor=actor, action="broadcasts.page_looked_at", target=row, values={"found": item is not None})
    return item


def _lock(actor: Actor, item: SourceItem) -> SourceItem:
    return SourceItem.objects.select_for_update(of=("self",)).get(ward_id=actor.ward_id, pk=item.pk)


@transaction.atomic
def put_aside(*, actor: Actor, item: SourceItem) -> SourceItem:
    """Not for our residents. Raises DomainError when it was decided already."""
    require(actor, "broadcasts.write")
    row = _lock(actor, item)
    transitions.move(row, State.ASIDE, field="state")
    row.handled_by_id, row.handled_at = actor.id, timezone.now()
    row.save()
    return row


@transaction.atomic
def mark_used(*, actor: Actor, item_id: Any, broadcast: Broadcast) -> None:
    """Note which broadcast came of an item. An item that is gone or used already changes nothing."""
    require(actor, "broadcasts.write", visible_broadcasts(actor).get(pk=broadcast.pk))
    row = SourceItem.objects.select_for_update(of=("self",)).filter(ward_id=actor.ward_id, pk=item_id).first()
    if row is None or State.USED not in SourceItem.TRANSITIONS[row.state]:
        return
    row.state, row.broadcast, row.handled_by_id, row.handled_at = State.USED, broadcast, actor.id, timezone.now()
    row.save()


def expire(*, ward_id: int) -> int:
    """Unread drafts grow old; returns how many did. Their text goes, the key stays so that they do not come back."""
    with ward_scope(ward_id):
        old = SourceItem.objects.filter(ward_id=ward_id, state=State.NEW, found_at__lt=timezone.now() - UNREAD_FOR)
        return old.update(state=State.EXPIRED, text="", handled_at=timezone.now())
