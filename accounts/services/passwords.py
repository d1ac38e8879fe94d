"""How strong a password must be. Used by Django's password validation (AUTH_PASSWORD_VALIDATORS)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import selectors
from vikhe_portal.core.text import search_key

WITH_FACTOR, BEFORE_FACTOR, WITHOUT_FACTOR, CLASSES = 8, 12, 14, 4

# Words that a guesser of this place would try first; a password must be more than one of them with digits around it.
GUESSABLE = (
    *(
        "matkhau",
        "password",
        "anhyeuem",
        "emyeuanh",
        "congan",
        "canhsat",
        "vietnam",
        "vikhe",
        "phuongvikhe",
        "ninhbinh",
    ),
    *("namdinh", "zaloantt", "anninh", "anninhtrattu", "antt", "cskv", "canhsatkhuvuc", "todanpho"),
    *("quantri", "admin", "administrator", "hanoi", "qwerty", "iloveyou", "bocongan", "tinbao", "togiac"),
)


def classes_of(password: str) -> int:
    """How many of the four classes (small letters, capitals, digits, other signs) stand in the password."""
    tests = (str.islower, str.isupper, str.isdigit, lambda sign: not sign.isalnum())
    return sum(any(test(sign) for sign in password) for test in tests)


class StrengthByFactorValidator:
    """TCVN 14423:2026, 4.6.2.2: at least 8 signs with a second factor; without, at least 14 signs of all four classes.

    A person whose second factor is still to come (first sign-in on an installation that demands one) chooses at least
    12 signs: the set-up page is the next page they see.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError with what is missing."""
        if user is not None and user.pk and selectors.has_second_factor(user.pk):
            shortest, classes = WITH_FACTOR, 1
        elif settings.REQUIRE_SECOND_FACTOR:
            shortest, classes = BEFORE_FACTOR, 1
        else:
            shortest, classes = WITHOUT_FACTOR, CLASSES
        if len(password) < shortest:
            raise ValidationError(
                _("Use at least %(number)s characters.") % {"number": shortest}, code="password_too_short"
            )
        if classes_of(password) < classes:
            raise ValidationError(
                _("Use small letters, capitals, digits and signs, or set up a second factor first."),
                code="password_too_plain",
            )

    def get_help_text(self) -> str:
        """The rule in a sentence."""
        if settings.REQUIRE_SECOND_FACTOR:
            return _("At least 12 characters; 8 are enough once a second factor is set up.")
        return _("At least 14 characters with small letters, capitals, digits and signs; 8 with a second factor.")


class GuessableWordsValidator:
    """Refuses the words of this place and trade with a few digits or signs around them."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when little is left after taking the guessable words away."""
        left = "".join(sign for sign in search_key(password) if sign.isalpha())
        found = False
        for word in sorted(GUESSABLE, key=len, reverse=True):
            if word in left:
                found, left = True, left.replace(word, "")
        if found and len(left) < 4:
            raise ValidationError(
                _("This password is among the first that others would try. Choose unrelated words."),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        """The rule in a sentence."""
        return _("Not the name of the ward, the police, or a common word with digits.")
