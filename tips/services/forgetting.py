"""What time takes from closed tips: words, pictures and sealed parts go; number, kind, dates and outcome stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from tips.models import Attachment, SealedReporter, Tip, TipEvent, TipMessage
from tips.services import sealing
from tips.services.story import tell

BATCH = 200


def _closed(ward_id: int, before: datetime, transferred: bool) -> list[int]:
    """Ids of closed tips past their time that still hold something."""
    own = {"ward_id": ward_id, "tip": OuterRef("pk")}
    holding = Q(content__isnull=False)
    holding |= Q(Exists(TipMessage.objects.filter(**own)))
    holding |= Q(Exists(Attachment.objects.filter(**own)))
    holding |= Q(Exists(SealedReporter.objects.filter(**own)))
    rows = Tip.objects.filter(holding, ward_id=ward_id, status=Tip.Status.CLOSED, closed_at__lt=before)
    return list(rows.filter(transferred_at__isnull=not transferred).values_list("pk", flat=True)[:BATCH])


def forget_words(*, ward_id: int, before: datetime, transferred: bool) -> int:
    """Destroy words, messages, pictures and identities of tips closed before a moment; return how many tips.

    The tip stays in the register with its steps: what was done must remain answerable, what was said must not.
    """
    done = 0
    for pk in _closed(ward_id, before, transferred):
        with transaction.atomic():
            tip = Tip.objects.select_for_update().filter(ward_id=ward_id, pk=pk, closed_at__lt=before).first()
            if tip is None:  # taken up again a moment ago
                continue
            sealing.destroy_words(tip)
            tip.save(update_fields=["content", "updated_at"])
            tell(tip, TipEvent.Kind.ERASED, actor=None, action="tips.erased", facts={"because": "time"})
            done += 1
    return done


def forget_pictures(*, ward_id: int, before: datetime) -> int:
    """Destroy pictures and sealed originals of tips handed over and closed before a moment; return how many tips."""
    pictures = Attachment.objects.filter(ward_id=ward_id, tip=OuterRef("pk"))
    rows = Tip.objects.filter(Exists(pictures), ward_id=ward_id, status=Tip.Status.CLOSED, closed_at__lt=before)
    done = 0
    for pk in list(rows.filter(transferred_at__isnull=False).values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            tip = Tip.objects.select_for_update().filter(ward_id=ward_id, pk=pk, closed_at__lt=before).first()
            if tip is None:
                continue
            sealing.destroy_pictures(tip)
            tell(tip, TipEvent.Kind.ERASED, actor=None, action="tips.erased", facts={"because": "time"})
            done += 1
    return done
