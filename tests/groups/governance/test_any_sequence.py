"""Moves, covers, leavings, plans taken back, in any order: nothing is ownerless, nothing open to who has left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.selectors import actor_for
from groups.models import Handover, OfficerArea
from groups.policies.visibility import visible_groups, visible_neighbourhoods
from groups.selectors.groups import group_lines
from groups.services import handover
from groups.services.handover_running import run_due
from tests.groups.governance.test_handover import leader_of, plan
from tests.tips.factories import make_tip
from tips.models import Tip
from vikhe_portal.core import holdings
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import system_actor

PERSON, BITS, HOURS = st.integers(0, 2), st.integers(1, 7), st.sampled_from([0, 0, 20, 50])


def test_no_sequence_leaves_work_ownerless_or_open_to_who_has_left(ward, chief, ground, person_with_post):
    people = [ground.giver, ground.taker, person_with_post("area_officer")[0]]
    tips = [make_tip(assignee=person) for person in (people[0], people[0], people[1])]
    for tip, place in zip(tips, ground.places, strict=True):
        Tip.objects.filter(pk=tip.pk).update(neighbourhood=place)
    done: set[str] = set()

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.undone = transaction.atomic()
            self.undone.__enter__()
            self.now = timezone.now()
            self.clock = time_machine.travel(self.now, tick=False)
            self.clock.start()

        def teardown(self) -> None:
            self.clock.stop()
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

        def tried(self, name: str, giver: int, taker: int, bits: int, hours: int, **more: Any) -> None:
            start = self.now + timedelta(hours=hours)
            held = OfficerArea.objects.filter(user=people[giver], held__contains=start).values_list("neighbourhood_id")
            mine = {pk for (pk,) in held}
            chosen = [place for bit, place in enumerate(ground.places) if place.pk in mine and bits >> bit & 1]
            try:
                with transaction.atomic():
                    plan(
                        chief,
                        ground,
                        from_user=people[giver],
                        to_user=people[taker],
                        places=chosen or [ground.places[0]],
                        effective_at=start,
                        **more,
                    )
                done.add(name)
            except DomainError:
                pass

        @rule(giver=PERSON, taker=PERSON, bits=BITS, hours=HOURS)
        def move(self, giver: int, taker: int, bits: int, hours: int) -> None:
            self.tried("move", giver, taker, bits, hours)

        @rule(giver=PERSON, taker=PERSON, bits=BITS, hours=HOURS, lasts=st.sampled_from([10, 40]))
        def cover(self, giver: int, taker: int, bits: int, hours: int, lasts: int) -> None:
            until = self.now + timedelta(hours=hours + lasts)
            self.tried("cover", giver, taker, bits, hours, reason="illness", until=until)

        @rule(giver=PERSON, taker=PERSON, hours=HOURS)
        def leave(self, giver: int, taker: int, hours: int) -> None:
            self.tried("leave", giver, taker, 7, hours, reason="transfer")

        @rule()
        def take_back(self) -> None:
            row = Handover.objects.filter(status="open").order_by("-pk").first()
            if row is not None:
                try:
                    with transaction.atomic():
                        handover.take_back(actor=chief, handover=row, reason="thử")
                    done.add("take back")
                except DomainError:
                    pass

        @rule(hours=st.integers(1, 60))
        def wait(self, hours: int) -> None:
            self.clock.stop()
            self.now += timedelta(hours=hours)
            self.clock = time_machine.travel(self.now, tick=False)
            self.clock.start()

        @invariant()
        def everything_has_its_owner(self) -> None:
            run_due(ward_id=ward.pk)
            run_due(ward_id=ward.pk)  # what one tick left for the next
            for ahead in (0, 15, 45, 120):
                at = self.now + timedelta(hours=ahead)
                for group in ground.groups:
                    assert len(leader_of(group, at)) <= 1
                for place in ground.places:
                    assert OfficerArea.objects.filter(neighbourhood=place, held__contains=at).count() == 1
            for line in group_lines(chief):
                assert ("leaderless" in {one.key for one in line.breaches}) == (not leader_of(line.group, self.now))
            officers = {person.pk: actor_for(person, ward.pk) for person in people}
            for tip in tips:
                tip.refresh_from_db()
                assert tip.assignee_id is not None and officers[tip.assignee_id].posts
            for person in people:
                actor = officers[person.pk]
                if not actor.posts:
                    assert not visible_groups(actor).exists() and not visible_neighbourhoods(actor).exists()
                    assert holdings.held_by(system_actor(ward.pk), person.pk) == []

    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=25, stateful_step_count=12, deadline=None, database=None, derandomize=True,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip
    assert done == {"move", "cover", "leave", "take back"}
