"""For residents: is this post real? And the ward's texts as a feed."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed

from broadcasts import selectors
from vikhe_portal.core.scope import door_scope, ward_scope
from vikhe_portal.core.views import PublicView


class PostView(PublicView):
    """What stands behind a code: title, time and text, never the group."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show it, or 404."""
        parts = code.upper().split("-")
        with door_scope("-".join(parts[:2])):
            found = selectors.public_post("-".join(parts[:2]))
        words: dict[str, Any] | None = None
        if found is not None:
            with ward_scope(found["ward_id"]):
                words = selectors.public_post_words(found["id"], found["ward_id"])
        if words is None:
            raise Http404
        return render(request, "broadcasts/public_post.html", words)


class FeedView(PublicView):
    """An Atom feed of what the ward publishes on the web."""

    def get(self, request: HttpRequest, ward: int) -> HttpResponse:
        """Write the feed."""
        row = selectors.active_ward(ward)
        if row is None:
            raise Http404
        with ward_scope(row.pk):
            entries = selectors.feed_of(row.pk)
        here = request.build_absolute_uri(reverse("broadcasts:public-feed", args=[row.pk]))
        feed = Atom1Feed(title=f"Bản tin {row.name}", link=here, description="", feed_url=here, language="vi")
        for entry in entries:
            at = entry["at"] or datetime.combine(timezone.localdate(), time.min, timezone.get_default_timezone())
            feed.add_item(
                title=entry["title"],
                link=here,
                description=entry["text"],
                unique_id=f"urn:uuid:{entry['uuid']}",
                pubdate=at,
                updateddate=at,
            )
        return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
