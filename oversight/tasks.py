"""Recurring work: reports drafted on their day, reminders, what time takes away. A wake-up may be missed or doubled."""

from __future__ import annotations

from django.utils import timezone

from oversight.services import privacy
from oversight.services.digest import send_digest
from oversight.services.directives import remind_parts
from oversight.services.regulations import remind_of_regulation
from oversight.services.reviews import draft_due_reviews
from vikhe_portal.core.jobs import beat_seen, enqueue_on_commit, every, system_task, ward_task
from vikhe_portal.core.permissions import system_actor
from wards.selectors import active_wards


@ward_task("oversight.ward_day")
def ward_day(*, ward_id: int) -> None:
    """Draft reports due today, remind of parts, say at seven that work waits, forget what has had its time."""
    today = timezone.localdate()
    draft_due_reviews(actor=system_actor(ward_id), today=today)
    remind_parts(actor=system_actor(ward_id), today=today)
    remind_of_regulation(ward_id=ward_id)
    send_digest(ward_id=ward_id)
    privacy.apply_retention(ward_id=ward_id)


@system_task("oversight.day")
def day() -> None:
    """Wake every ward's work of the day; count the people whose data the installation holds."""
    for ward_id in active_wards().values_list("pk", flat=True):
        enqueue_on_commit("oversight.ward_day", ward_id=ward_id)
    privacy.count_people()
    beat_seen("oversight.day")


every(600, "oversight.day")
