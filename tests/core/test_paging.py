"""Pages of a list that is looked through once; a list to choose from written out without Django's templates."""

from __future__ import annotations

import pytest
from django import forms
from django.core.paginator import EmptyPage, PageNotAnInteger
from django.test.html import parse_html

from vikhe_portal.core.paging import OncePaginator
from vikhe_portal.core.templatetags.portal import control
from wards.models import Ward

pytestmark = pytest.mark.django_db


def test_a_page_comes_with_its_count_in_two_statements(django_assert_num_queries):
    rows = Ward.objects.order_by("-id")
    expected = list(rows[20:30])
    with django_assert_num_queries(2):
        page = OncePaginator(rows, 10).page(3)
        assert list(page) == expected
        assert page.paginator.count > 30
    assert page.paginator.count == rows.count()
    assert (page.has_previous(), page.has_next(), page.number) == (True, True, 3)


@pytest.mark.parametrize("number", [2**63, 10**22, "9" * 400])
def test_a_page_beyond_all_numbers_of_the_database_does_not_exist(number):
    with pytest.raises(EmptyPage):
        OncePaginator(Ward.objects.order_by("pk"), 10).page(number)


def test_the_last_page_is_short_and_what_lies_behind_it_does_not_exist():
    rows = Ward.objects.filter(pk__in=list(Ward.objects.values_list("pk", flat=True)[:23]))
    paginator = OncePaginator(rows.order_by("pk"), 10)
    last = paginator.page(3)
    assert (len(last), last.has_next(), paginator.num_pages) == (3, False, 3)
    with pytest.raises(EmptyPage):
        OncePaginator(rows.order_by("pk"), 10).page(4)
    with pytest.raises(PageNotAnInteger):
        OncePaginator(rows.order_by("pk"), 10).page("x")
    with pytest.raises(EmptyPage):
        OncePaginator(rows.order_by("pk"), 10).page(0)


def test_nothing_found_is_one_empty_page():
    page = OncePaginator(Ward.objects.filter(pk=-1).order_by("pk"), 10).page(1)
    assert (len(page), page.paginator.count) == (0, 0)


def test_a_known_count_is_not_counted_again(django_assert_num_queries):
    rows = Ward.objects.order_by("-id")
    expected = list(rows[30:35])
    with django_assert_num_queries(1):
        page = OncePaginator(rows, 10, known=35).page(4)
        assert list(page) == expected
    assert (page.paginator.count, page.has_next()) == (35, False)


class Choice(forms.Form):
    kind = forms.ChoiceField(choices=[("", "-"), ('x<"', "A & b"), ("More", [("1", "một"), (2, "<hai>")])])
    known = forms.NullBooleanField(required=False)


@pytest.mark.parametrize("chosen", ["", 'x<"', "2", "zz"])
def test_a_select_reads_as_django_would_write_it(chosen):
    form = Choice({"kind": chosen, "known": "true"})
    for field in form:
        field.form._errors = {}
        written = control(field)
        assert parse_html(written) == parse_html(field.as_widget(attrs={"class": "form-select"}))
    assert "<hai>" not in written
