"""The morning's word: at seven everyone for whom work waits is told so, once, without its content."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence, Notice, Post
from accounts.selectors import actor_of
from accounts.services import notify
from oversight.selectors.home import work_of_today
from wards.models import WardProfile

FROM, UNTIL = time(7, 0), time(9, 0)  # a tick missed at seven is made up for until nine
KIND = "digest"


@transaction.atomic
def send_digest(*, ward_id: int, now: datetime | None = None) -> int:
    """Tell everyone in the ward who has work waiting and is not away; returns how many. For the job, in the scope.

    Once a day, however often and in however many processes it runs.
    """
    now = timezone.localtime(now)
    if not FROM <= now.time() < UNTIL:
        return 0
    WardProfile.objects.select_for_update().filter(ward_id=ward_id).first()  # two ticks at once wait for each other
    morning = datetime.combine(now.date(), FROM, now.tzinfo)
    if Notice.objects.filter(ward_id=ward_id, kind=KIND, created_at__gte=morning).exists():
        return 0
    away = set(Absence.objects.filter(ward_id=ward_id, away__contains=now).values_list("user_id", flat=True))
    held: dict[int, list[Post]] = defaultdict(list)
    for post in Post.objects.filter(ward_id=ward_id, held__contains=now, user__is_active=True).select_related("user"):
        if post.user_id not in away:
            held[post.user_id].append(post)
    told = [pk for pk, posts in held.items() if work_of_today(actor_of(posts[0].user, posts, ward_id))]
    notify(ward_id=ward_id, user_ids=sorted(told), kind=KIND, url=f"{reverse('oversight:home')}?viec=1")
    return len(told)
