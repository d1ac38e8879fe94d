"""Who looked at what: for the chief and the committee head, without the rows hidden from the reader."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.selectors.actions import ACTIONS
from accounts.selectors.trail import trail_of
from tests.core.test_audit import as_owner, chained  # noqa: F401  (a fixture)
from tests.factories import WARD_ID, make_post, make_user
from vikhe_portal.core import audit
from vikhe_portal.core.errors import Refused
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.scope import ward_scope

pytestmark = pytest.mark.security


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["deputy_chief", "duty_officer", "area_officer", "ward_admin", "group_deputy"])
def test_others_may_not_read_the_trail(person_with_post, signed_in, kind, ward):
    from tests.factories import NeighbourhoodFactory

    extra = {"neighbourhood": NeighbourhoodFactory(), "capacity": "security_head"} if kind == "group_deputy" else {}
    _user, actor = person_with_post(kind, **extra)
    assert signed_in(actor).get(reverse("accounts:trail")).status_code == 403
    with pytest.raises(Refused):
        trail_of(actor)


@pytest.mark.django_db
def test_reading_is_itself_recorded_with_the_filters_used_and_not_what_was_typed(chief, signed_in):
    signed_in(chief).get(reverse("accounts:trail"), {"number": "123456789012", "since": "2026-01-01"})
    event = AuditEvent.objects.get(action="audit.read")
    assert (event.actor_id, event.values) == (chief.id, {"filters": ["number", "since"]})


@pytest.mark.django_db
def test_the_filters_narrow_by_person_action_object_and_day(chief, person_with_post, signed_in):
    _user, officer = person_with_post("duty_officer")
    audit.record(actor=officer, action="tips.read", target=None)
    audit.record(actor=chief, action="accounts.appointed", target=officer.user)
    client, url = signed_in(chief), reverse("accounts:trail")

    def actions(**query):
        return [
            line.action for line in client.get(url, query).context["lines"] if line.action != str(ACTIONS["audit.read"])
        ]

    read, appointed = ACTIONS["tips.read"], ACTIONS["accounts.appointed"]
    assert actions(person=officer.id) == [str(read)]
    assert actions(action="accounts.appointed") == [str(appointed)]
    assert actions(group="reads", person=officer.id) == [str(read)]
    assert actions(thing="accounts.user", number=str(officer.id)) == [str(appointed)]
    assert actions(until="2020-01-01") == []
    officer_line = client.get(url, {"person": officer.id}).context["lines"][0]
    assert officer_line.who == officer.user.get_full_name()


@pytest.mark.django_db
def test_what_is_hidden_from_the_reader_leaves_no_trace_in_page_count_filters_or_file(
    chief, person_with_post, signed_in
):
    _user, head = person_with_post("committee_head")
    client, url = signed_in(chief), reverse("accounts:trail")

    def seen():
        AuditEvent.objects.filter(action="never").count()
        page = client.get(url, {"group": "identity"})
        form = client.get(reverse("accounts:trail-export") + "?group=identity")
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page.content.decode() + form.content.decode())
        return text

    before = seen()
    audit.record(actor=head, action="tips.identity_opened", hidden_from=[chief.id])
    assert seen() == before
    assert trail_of(chief).filter(action="tips.identity_opened").count() == 0
    assert trail_of(head).filter(action="tips.identity_opened").count() == 1


@pytest.mark.django_db
def test_another_wards_trail_does_not_exist_here(chief, other_ward, signed_in):
    stranger = make_user(full_name="Người Phường Khác")
    make_post(stranger, "chief", ward_id=other_ward.pk)
    with ward_scope(other_ward.pk):
        audit.record(actor=None, action="tips.read", ward_id=other_ward.pk)
    page = signed_in(chief).get(reverse("accounts:trail"), {"action": "tips.read"})
    assert page.context["page_obj"].paginator.count == 0
    assert "Người Phường Khác" not in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 30])
def test_the_page_costs_the_same_for_any_number_of_lines(chief, signed_in, rows, assert_queries):
    for _number in range(rows):
        person = make_user()
        audit.record(actor=Actor(user=person, ward_id=WARD_ID), action="tips.read", target=person)
    client = signed_in(chief)
    client.get(reverse("accounts:notices"))
    with assert_queries("accounts:trail"):
        client.get(reverse("accounts:trail"))


@pytest.mark.django_db
def test_a_file_needs_a_purpose_holds_the_filtered_lines_and_is_recorded(chief, signed_in):
    audit.record(actor=chief, action="tips.read", reason="=cmd|x")
    audit.record(actor=chief, action="tips.closed")
    url = reverse("accounts:trail-export") + "?action=tips.read"
    client = signed_in(chief)
    assert client.post(url, {"purpose": "ngắn"}).status_code == 422
    answer = client.post(url, {"purpose": "Kiểm tra định kỳ tháng 11"})
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    assert len(rows) == 2
    assert rows[1][4] == "'=cmd|x"
    event = AuditEvent.objects.get(action="audit.exported")
    assert (event.reason, event.values) == ("Kiểm tra định kỳ tháng 11", {"rows": 1})


# --- anchors ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    return settings.AUDIT_ANCHORS


def test_the_head_of_each_chain_is_appended_once_and_only_when_it_moved(chained, folder):  # noqa: F811
    from accounts.tasks import write_anchors

    write_anchors()
    write_anchors()
    lines = (folder / f"{WARD_ID}.txt").read_text().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(f" 5:{chained().head}")
    with ward_scope(WARD_ID):
        audit.record(actor=None, action="later", ward_id=WARD_ID)
    with ward_scope(WARD_ID):
        audit.link_events(WARD_ID)
    write_anchors()
    assert (folder / f"{WARD_ID}.txt").read_text().splitlines()[0] == lines[0]
    assert len((folder / f"{WARD_ID}.txt").read_text().splitlines()) == 2


def test_a_cut_tail_is_found_by_the_command_through_the_file(chained, folder, capsys):  # noqa: F811
    audit.write_anchors()
    call_command("audit_verify", str(WARD_ID))
    assert "compared with 1 anchors" in capsys.readouterr().out
    as_owner(
        "DELETE FROM core_auditlink WHERE seq > 3",
        "DELETE FROM core_auditevent WHERE action IN ('a3', 'a4')",
    )
    with pytest.raises(CommandError, match="anchor outside is at 5"):
        call_command("audit_verify", str(WARD_ID))


def test_an_edited_file_of_anchors_does_not_pass_for_an_empty_one(chained, folder):  # noqa: F811
    audit.write_anchors()
    file = folder / f"{WARD_ID}.txt"
    file.write_text(file.read_text().replace(":", ";"))
    with pytest.raises(CommandError, match="is no anchor"):
        call_command("audit_verify", str(WARD_ID))


@pytest.mark.django_db
def test_the_anchor_is_printed_by_the_administrator_and_not_shown_to_readers_of_the_trail(
    chief, person_with_post, signed_in, folder
):
    user, admin = person_with_post("ward_admin")
    page = signed_in(admin).get(reverse("accounts:trail-anchor"))
    assert f"0:{'0' * 64}" in page.content.decode()
    assert f"{timezone.localtime():%d/%m/%Y}</dd>" in page.content.decode()
    assert AuditEvent.objects.filter(action="audit.anchor_printed", actor_id=user.pk).exists()
    assert signed_in(chief).get(reverse("accounts:trail-anchor")).status_code == 403
