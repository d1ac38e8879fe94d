"""Receipt codes and the tokens of public forms: nothing in an address, nothing in a cookie.

A receipt code has 16 digits (53 random bits), in four groups that can be read aloud. It is derived from the form's own
number with a key of the installation, so that the same form sent twice shows the same code; only its hash is stored.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from django.core import signing

from vikhe_portal.core import crypto

DIGITS = 16
FORM_SALT, PASS_SALT = "tips.form", "tips.pass"
FORM_HOURS = 24
PASS_MINUTES = 30
FASTEST_SECONDS = 3


def new_submission() -> str:
    """The number of a freshly shown form: 160 random bits in hex."""
    return secrets.token_hex(20)


def code_for(submission: str) -> str:
    """The receipt code of a form: 16 digits."""
    number = int(crypto.keyed_hash(submission, purpose="receipt-code"), 16) % 10**DIGITS
    return f"{number:0{DIGITS}d}"


def grouped(code: str) -> str:
    """A code in groups of four: "1234 5678 9012 3456"."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def cleaned(typed: str) -> str:
    """The digits of a typed code, or "" when there are not 16 of them."""
    digits = re.sub(r"\D", "", typed)
    return digits if len(digits) == DIGITS else ""


def receipt_hash(code: str) -> str:
    """What is stored and looked up."""
    return crypto.keyed_hash(code, purpose="receipt")


def submission_hash(submission: str) -> str:
    """What is stored of a form's number: enough to know it again, useless for finding its code."""
    return crypto.keyed_hash(submission, purpose="submission")


@dataclass(frozen=True)
class FormToken:
    """What a shown form carries: its number, what it is about, where it was opened, how old it is (seconds)."""

    submission: str
    about: str
    place: str
    age: float = 0.0


def form_token(*, about: str, place: str, submission: str = "") -> str:
    """Sign a form's number, subject and place, with the time."""
    return signing.TimestampSigner(salt=FORM_SALT).sign_object(
        {"s": submission or new_submission(), "a": about, "p": place}
    )


def read_form_token(token: str, *, place: str) -> FormToken | None:
    """The token of a form opened at `place`, or None when it is forged, older than a day or from another page."""
    signer = signing.TimestampSigner(salt=FORM_SALT)
    try:
        data = signer.unsign_object(token, max_age=FORM_HOURS * 3600)
    except signing.BadSignature:
        return None
    if data.get("p") != place:
        return None
    try:
        signer.unsign_object(token, max_age=FASTEST_SECONDS)
        age = 0.0
    except signing.SignatureExpired:
        age = float(FASTEST_SECONDS)
    return FormToken(data["s"], data["a"], data["p"], age)


def give_pass(*, ward_id: int, tip_uuid: object) -> str:
    """A pass for writing back, valid for half an hour and for this tip only; it stands in the page, not in a cookie."""
    return signing.TimestampSigner(salt=PASS_SALT).sign_object(
        {"w": ward_id, "t": str(tip_uuid), "n": new_submission()}
    )


@dataclass(frozen=True)
class Pass:
    """Who holds a pass may read this tip's answers and write back; `number` makes a message sent twice one message."""

    ward_id: int
    tip_uuid: str
    number: str


def read_pass(token: str) -> Pass | None:
    """The pass, or None when forged or older than half an hour."""
    try:
        data = signing.TimestampSigner(salt=PASS_SALT).unsign_object(token, max_age=PASS_MINUTES * 60)
    except signing.BadSignature:
        return None
    return Pass(data["w"], data["t"], data["n"])
