"""Views a person keeps of a list: for themselves, of filters only, at the address that shows them."""

from __future__ import annotations

import pytest

from tests import factories as make
from vikhe_portal.core import saved_views
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import SavedView
from vikhe_portal.core.scope import ward_scope

LIST = "/ho-dan/"


@pytest.fixture
def place(ward):
    return make.NeighbourhoodFactory()


def test_a_choice_of_filters_is_kept_under_a_name_and_led_back_to(chief, place, signed_in):
    client = signed_in(chief)
    answer = client.post(f"{LIST}?joined=no&neighbourhood={place.pk}&order=street&page=3", {"view": " Tổ tôi "})
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("Tổ tôi", f"neighbourhood={place.pk}&joined=no")
    assert answer["Location"] == f"{LIST}?{view.query}"
    shown = client.get(answer["Location"]).content.decode()
    assert f'href="{LIST}?neighbourhood={place.pk}&amp;joined=no" aria-current="true"' in shown
    assert 'aria-current="true"' not in client.get(LIST, {"joined": "no"}).content.decode().split("saved-views")[1]


def test_words_of_a_search_are_never_kept(chief, place, signed_in):
    client = signed_in(chief)
    answer = client.post(f"{LIST}?q=nguyen+van+an", {"view": "Ông An"}, follow=True)
    assert not SavedView.objects.exists() and "không được lưu" in answer.content.decode()
    client.post(f"{LIST}?q=nguyen+van+an&joined=no", {"view": "Chưa vào"})
    assert SavedView.objects.get().query == "joined=no"


def test_the_same_name_takes_the_new_choice_and_there_is_an_end(chief, ward):
    for number in range(saved_views.MOST):
        saved_views.keep_view(actor=chief, page="x", name=f"n{number}", query="a=1")
    with pytest.raises(DomainError, match="bỏ bớt"):
        saved_views.keep_view(actor=chief, page="x", name="one more", query="a=1")
    saved_views.keep_view(actor=chief, page="x", name="n0", query="a=2")
    saved_views.keep_view(actor=chief, page="y", name="elsewhere", query="a=1")
    assert [view.query for view in saved_views.views_of(chief, "x")][:2] == ["a=2", "a=1"]
    for name, query in (("", "a=1"), ("  ", "a=1"), ("n", ""), ("n", "a=" + "x" * 500)):
        with pytest.raises(DomainError):
            saved_views.keep_view(actor=chief, page="z", name=name, query=query)


def test_nobody_sees_or_removes_anothers_views(chief, person_with_post, place, signed_in, other_ward):
    _user, deputy = person_with_post("deputy_chief")
    view = saved_views.keep_view(actor=chief, page="groups:households", name="Của tôi", query="joined=no")
    client = signed_in(deputy)
    assert "Của tôi" not in client.get(LIST).content.decode()
    client.post(LIST, {"remove": view.pk})
    client.post(LIST, {"remove": "9" * 40})
    assert SavedView.objects.exists()
    with ward_scope(other_ward.pk):
        assert not SavedView.objects.exists()
    answer = signed_in(chief).post(f"{LIST}?joined=no", {"remove": view.pk})
    assert answer["Location"] == f"{LIST}?joined=no" and not SavedView.objects.exists()


def test_a_neighbourhood_that_cannot_be_chosen_is_not_kept(chief, place, signed_in):
    signed_in(chief).post(f"{LIST}?neighbourhood=999999&joined=no&gap=%3Cb%3E", {"view": "Lạ"})
    assert SavedView.objects.get().query == "joined=no"
