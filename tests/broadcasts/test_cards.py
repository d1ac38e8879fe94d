"""Posting by hand, by one of two people, with proof; the pages; the public check."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from broadcasts import selectors
from broadcasts.models import Broadcast, Delivery, Proof
from broadcasts.services import cards
from tests.broadcasts.factories import gone_out, make_group
from tests.factories import AppointmentFactory, NeighbourhoodFactory
from vikhe_portal.core import figures, holdings
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.figures import Period

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def card(chief, deputy_chief, area_officer):
    """A card of a group the area officer leads."""
    gone_out(chief, deputy_chief, [make_group(area_officer)], on_web=True)
    return Delivery.objects.get()


@pytest.fixture
def group_deputy(person_with_post, card):
    """A deputy of the card's group."""
    place = NeighbourhoodFactory()
    _user, actor = person_with_post("group_deputy", neighbourhood=place, capacity="security_head")
    AppointmentFactory(group=card.group, user=actor.user, role="security_head", neighbourhood=place)
    return actor


def test_two_people_at_once_make_one_record(card, area_officer, group_deputy):
    assert cards.mark_posted(actor=area_officer, delivery_id=card.pk, kind="code", code=card.code)
    assert not cards.mark_posted(actor=group_deputy, delivery_id=card.pk, kind="code", code=card.code)
    card.refresh_from_db()
    assert (card.state, card.done_by_id) == ("done_by", area_officer.id)
    assert Proof.objects.count() == 1
    assert Broadcast.objects.get().status == "done"
    card.group.refresh_from_db()
    assert card.group.last_post_at is not None


def test_a_wrong_code_proves_nothing(card, area_officer):
    with pytest.raises(DomainError):
        cards.mark_posted(actor=area_officer, delivery_id=card.pk, kind="code", code="VK-000000")
    card.refresh_from_db()
    assert card.state == "handed_to"


def test_a_second_person_must_be_another_of_the_team(card, area_officer, group_deputy, chief):
    for witness in (area_officer.id, chief.id, 0):
        with pytest.raises(DomainError):
            cards.mark_posted(actor=area_officer, delivery_id=card.pk, kind="person", witness_id=witness)
    assert cards.mark_posted(actor=area_officer, delivery_id=card.pk, kind="person", witness_id=group_deputy.id)


def test_strangers_do_not_post(card, person_with_post, duty_officer):
    stranger = person_with_post("area_officer")[1]
    with pytest.raises(Delivery.DoesNotExist):
        cards.mark_posted(actor=stranger, delivery_id=card.pk, kind="code", code=card.code)
    with pytest.raises(Refused):
        cards.mark_posted(actor=duty_officer, delivery_id=card.pk, kind="code", code=card.code)


def test_deputies_see_a_card_once_it_is_overdue(card, group_deputy):
    assert selectors.cards_for(group_deputy) == []
    Delivery.objects.update(deputies_from=timezone.now() - timedelta(minutes=1))
    assert [item.delivery.pk for item in selectors.cards_for(group_deputy)] == [card.pk]


def test_a_card_moves_with_a_handover(card, area_officer, chief, person_with_post):
    successor = person_with_post("area_officer")[1]
    held = holdings.held_by(chief, area_officer.id)
    assert ("broadcasts.cards", card.pk) in {(item.kind, item.id) for item in held}
    for _time in range(2):
        holdings.move(
            chief,
            kind="broadcasts.cards",
            holding_id=card.pk,
            from_user_id=area_officer.id,
            to_user_id=successor.id,
            reason="Bàn giao",
        )
    card.refresh_from_db()
    assert card.holder_id == successor.id


def test_figures_equal_the_rows_they_open(card, chief, signed_in):
    today = timezone.localdate()
    period = Period(today, today)
    Delivery.objects.update(deputies_from=timezone.now() - timedelta(minutes=1))
    for key in ("broadcasts_sent", "deliveries_open", "cards_overdue", "deliveries_unknown"):
        figure = figures.figure(key)
        page = signed_in(chief).get(figure.rows_url(chief, period))
        assert page.context["page_obj"].paginator.count == figure.value(chief, period), key
    assert figures.figure("cards_overdue").value(chief, period) == 1


def test_pages_answer_and_the_card_is_posted_from_the_phone(card, area_officer, chief, signed_in):
    client = signed_in(area_officer)
    page = client.get(f"/the-dang/{card.pk}/")
    assert card.code in page.content.decode()
    assert client.post(f"/the-dang/{card.pk}/", {"kind": "code", "code": "x"}).status_code == 422
    assert client.post(f"/the-dang/{card.pk}/", {"kind": "code", "code": card.code}).status_code == 302
    assert client.get(f"/the-dang/{card.pk}/").status_code == 302
    client = signed_in(chief)
    row = Broadcast.objects.get()
    for url in (
        "/ban-tin/",
        "/ban-tin/soan/",
        "/ban-tin/luot-dang/",
        "/ban-tin/chua-ro/",
        f"/ban-tin/{row.uuid}/",
        f"/ban-tin/{row.uuid}/tien-do/",
    ):
        assert client.get(url).status_code == 200, url
    assert client.post("/ban-tin/xem-truoc/", {"title": "A", "body": "tuyệt mật"}).status_code == 200


def test_residents_check_a_code_and_read_the_feed(card, area_officer, client, chief, signed_in):
    assert client.get(f"/bt/{card.code}/").status_code == 404  # not posted yet
    cards.mark_posted(actor=area_officer, delivery_id=card.pk, kind="code", code=card.code)
    words = client.get(f"/bt/{card.code.lower()}/").content.decode()
    assert "Cảnh báo lừa đảo" in words
    assert card.group.name not in words
    assert client.get("/bt/VK-ZZZZZZ/").status_code == 404
    feed = client.get("/phuong/13972/ban-tin.atom")
    assert "Cảnh báo lừa đảo" in feed.content.decode()
    assert client.get("/phuong/1/ban-tin.atom").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_query_counts_do_not_grow(count, chief, deputy_chief, area_officer, signed_in, assert_queries):
    groups = [make_group(area_officer) for _number in range(count)]
    gone_out(chief, deputy_chief, groups)
    row = Broadcast.objects.get()
    client = signed_in(chief)
    client.get("/ban-tin/")
    with assert_queries("broadcasts.list"):
        client.get("/ban-tin/")
    with assert_queries("broadcasts.detail"):
        client.get(f"/ban-tin/{row.uuid}/")
    client = signed_in(area_officer)
    with assert_queries("broadcasts.cards"):
        client.get("/the-dang/")
