"""The shape of what people type about broadcasts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from broadcasts import selectors
from broadcasts.models import EmergencyText, Proof, Removal, Source
from broadcasts.selectors import audience
from broadcasts.selectors.emergency import BLANKS
from broadcasts.selectors.recurring import REPEATS
from broadcasts.services.emergency_texts import Words
from broadcasts.services.writing import Draft
from gateways.zalo.text import TEXT_LIMIT
from vikhe_portal.core.permissions import Actor

POLICE = (Post.Kind.CHIEF, Post.Kind.DEPUTY_CHIEF, Post.Kind.DUTY_OFFICER, Post.Kind.AREA_OFFICER)


def _choices(form: forms.Form, name: str, choices: list[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class ComposeForm(forms.Form):
    """A broadcast."""

    category = forms.ChoiceField(label=_("Subject"))
    title = forms.CharField(label=_("Title"), max_length=160)
    body = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 9, "data-counter": TEXT_LIMIT}),
        help_text=_(
            "Filled in per group: {tdp} neighbourhoods, {ten_cskv} area officer, {so_truc_ban} duty number, "
            "{trang_nhom} page of the group."
        ),
    )
    source_line = forms.CharField(
        label=_("Source"), max_length=160, help_text=_("Who says so: the issuing body or the document.")
    )
    legal_ground = forms.CharField(
        label=_("Legal ground"),
        max_length=200,
        required=False,
        help_text=_("Needed for wanted and missing persons: the decision or the family's request."),
    )
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    on_web = forms.BooleanField(label=_("Also in the ward's public web feed"), required=False)
    groups = forms.MultipleChoiceField(label=_("Groups"), widget=forms.CheckboxSelectMultiple, required=False)
    officers = forms.MultipleChoiceField(
        label=_("All groups led by"), widget=forms.CheckboxSelectMultiple, required=False
    )
    below = forms.IntegerField(
        label=_("Groups with coverage below (%)"),
        required=False,
        min_value=1,
        max_value=100,
        help_text=_("Groups found by leader or coverage are added to those ticked above when it is saved."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        _choices(self, "officers", [(str(pk), name) for pk, name in audience.officers(actor)])
        subjects: dict[str, list[tuple[str, str]]] = {}
        self.topics = {str(topic.pk): topic for topic in selectors.topics()}
        for key, topic in self.topics.items():
            subjects.setdefault(topic.parent.name if topic.parent else "", []).append((key, topic.name))
        _choices(self, "category", [("", "—"), *subjects.items()])
        _choices(self, "groups", [(str(row.pk), row.name) for row in selectors.groups_for_choice(actor)])

    def draft(self) -> Draft:
        """What the service takes."""
        data = self.cleaned_data
        chosen = {int(pk) for pk in data["groups"]}
        chosen |= audience.of_officers(self.actor, map(int, data["officers"]))
        if data["below"]:
            chosen |= audience.covered_below(self.actor, data["below"])
        return Draft(
            title=data["title"],
            body=data["body"],
            category=self.topics[data["category"]],
            source_line=data["source_line"],
            group_ids=sorted(chosen),
            legal_ground=data["legal_ground"],
            valid_until=data["valid_until"],
            on_web=data["on_web"],
        )


class ApproveForm(forms.Form):
    """Approving the version one has read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    accept = forms.BooleanField(label=_("I have looked at the marks; the text may be posted"), required=False)

    def __init__(self, *args: Any, marked: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not marked:
            del self.fields["accept"]


class ReasonForm(forms.Form):
    """A reason."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class MovePlanForm(forms.Form):
    """Another time."""

    at = forms.DateTimeField(
        label=_("Goes out at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M"],
    )


class ScheduleForm(MovePlanForm):
    """Now, or at a time, perhaps again and again."""

    repeat = forms.ChoiceField(label=_("Repeat"), choices=REPEATS, required=False)
    until = forms.DateField(
        label=_("Repeat until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Each time is a post of its own, with its own code. At most a year and 60 times."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].required = False
        self.fields["at"].help_text = _("Leave empty to send it out now.")


class PostedForm(forms.Form):
    """How it can be seen that the post is there."""

    kind = forms.ChoiceField(
        label=_("How do you know it is there?"),
        choices=[(Proof.Kind.CODE, _("I read its code in the group")), (Proof.Kind.PERSON, Proof.Kind.PERSON.label)],
        widget=forms.RadioSelect,
        initial=Proof.Kind.CODE,
    )
    code = forms.CharField(label=_("Code in the last line of the post"), max_length=20, required=False)
    witness = forms.ChoiceField(label=_("Who has seen it?"), required=False)

    def __init__(self, *args: Any, team: list[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = {user.pk: user.get_full_name() for user in team or []}
        _choices(self, "witness", [("", "—"), *((str(pk), name) for pk, name in people.items())])


class LimitsForm(forms.Form):
    """When groups are left alone, and how many posts a week they get."""

    quiet_from = forms.TimeField(
        label=_("Quiet from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), input_formats=["%H:%M"]
    )
    quiet_to = forms.TimeField(
        label=_("Quiet until"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
        help_text=_("May be after midnight. The same hour twice: no quiet hours."),
    )
    weekly_budget = forms.IntegerField(
        label=_("Posts a group gets in a week"),
        min_value=0,
        max_value=50,
        help_text=_("What is more waits until the group has room. 0: no limit."),
    )


class RemovedForm(forms.Form):
    """What became of a post that is to be taken down."""

    how = forms.ChoiceField(label=_("What did you do?"), widget=forms.RadioSelect, initial=Removal.State.SAID)
    reason = forms.CharField(
        label=_("Why it cannot be removed"),
        max_length=200,
        required=False,
        help_text=_("For example: the group no longer exists."),
    )

    def __init__(self, *args: Any, unsure: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        absent = [(Removal.State.ABSENT, _("I looked: it was never there"))] if unsure else []
        choices = [(Removal.State.SAID, _("I removed it")), *absent, (Removal.State.KEPT, _("It cannot be removed"))]
        _choices(self, "how", choices)


class GoneForm(forms.Form):
    """The second look."""

    gone = forms.ChoiceField(
        label=_("Is it gone?"),
        widget=forms.RadioSelect,
        choices=[("yes", _("I looked in the group: it is gone")), ("no", _("It still stands there"))],
    )


class EmergencyTextForm(forms.Form):
    """The words of an alarm and of its all-clear."""

    kind = forms.ChoiceField(label=_("Danger"), choices=EmergencyText.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=160)
    body = forms.CharField(
        label=_("Alarm"),
        widget=forms.Textarea(attrs={"rows": 7, "data-counter": 1500}),
        help_text=_(
            "Filled in when it starts: {noi} where, {gio} when, {dac_diem} how to recognise; {so_truc_ban} is the duty number."  # noqa: E501
        ),
    )
    all_clear = forms.CharField(label=_("All-clear"), widget=forms.Textarea(attrs={"rows": 4, "data-counter": 1500}))
    source_line = forms.CharField(label=_("Source"), max_length=160)

    def words(self) -> Words:
        """What the service takes."""
        return Words(**self.cleaned_data)


class EmergencyStartForm(forms.Form):
    """The blanks of an approved alarm, where it goes, and whether it is a drill."""

    groups = forms.MultipleChoiceField(label=_("Groups"), widget=forms.CheckboxSelectMultiple)
    legal_ground = forms.CharField(
        label=_("At whose request"), max_length=200, required=False, help_text=_("For a missing child: the family.")
    )
    mode = forms.ChoiceField(
        label=_("Real or drill"),
        choices=[("", "—"), ("drill", _("Drill: nothing leaves the portal")), ("real", _("REAL: it goes out at once"))],
    )

    def __init__(self, *args: Any, actor: Actor, text: EmergencyText, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.blanks = [name for name in BLANKS if "{" + name + "}" in text.body]
        chosen = [(str(row.pk), row.name) for row in selectors.groups_for_choice(actor)]
        blanks = {name: forms.CharField(label=BLANKS[name][0], max_length=BLANKS[name][1]) for name in self.blanks}
        if "gio" in blanks:
            blanks["gio"].initial = timezone.localtime().strftime("%H giờ %M ngày %d/%m")
        self.fields = blanks | self.fields
        if not text.category.needs_legal_ground:
            del self.fields["legal_ground"]
        _choices(self, "groups", chosen)
        self.fields["groups"].initial = [key for key, _name in chosen]

    def answers(self) -> dict[str, str]:
        """What was filled in."""
        return {name: self.cleaned_data[name].strip() for name in self.blanks}


class EmergencyRulesForm(forms.Form):
    """Who may start an emergency, and its clocks."""

    starters = forms.MultipleChoiceField(
        label=_("Who may start one"),
        choices=[(kind.value, kind.label) for kind in POLICE],
        widget=forms.CheckboxSelectMultiple,
    )
    confirm_minutes = forms.IntegerField(label=_("Minutes in which a second person must confirm"))
    ring_minutes = forms.IntegerField(label=_("Minutes until the next ring is called"))


class ReviewForm(forms.Form):
    """What was learnt."""

    went_well = forms.CharField(label=_("What went well"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    to_change = forms.CharField(
        label=_("What to change, by whom, by when"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class SourceForm(forms.Form):
    """A body whose texts residents should know."""

    name = forms.CharField(label=_("Body"), max_length=120)
    url = forms.CharField(label=_("Address"), max_length=500, widget=forms.URLInput)
    kind = forms.ChoiceField(label=_("Kind of source"), choices=Source.Kind.choices)
    category = forms.ChoiceField(label=_("Subject"))
    every_days = forms.IntegerField(
        label=_("Look every (days)"), initial=7, min_value=1, max_value=60, help_text=_("For pages without a feed.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics = {str(topic.pk): topic for topic in selectors.topics()}
        _choices(self, "category", [("", "—"), *((key, topic.name) for key, topic in self.topics.items())])


class FoundForm(forms.Form):
    """What was found on a page. All empty: nothing new."""

    title = forms.CharField(
        label=_("Title of the article"), max_length=160, required=False, help_text=_("Leave empty: nothing new.")
    )
    link = forms.CharField(label=_("Its address"), max_length=500, required=False, widget=forms.URLInput)
    text = forms.CharField(
        label=_("What it says"), max_length=1500, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
