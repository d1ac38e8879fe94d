"""Anything at all in any field, query parameter or word of an address: no crash, and nothing comes back as markup.

`make test` tries a few values per parameter; `make security` (pytest -m security) at least 20,000 in all. FUZZ_INPUTS
sets another number. Counts per address and parameter stand in test-results/fuzz.txt and end `make security`.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.factories import WARD_ID, NeighbourhoodFactory, OfficerAreaFactory, make_post, make_user
from tests.security.fuzzing import FOR, REFLECTED, Fuzzer, Target, recently_signed_in, texts, uploads, values
from tests.security.objects import Ward
from tests.security.test_permission_matrix import lines, person_of

pytestmark = [pytest.mark.django_db, pytest.mark.security]

BEFORE_SIGN_IN = {"account_logout post", "account_login get", "account_login post"}
# How many addresses may stay shut because their object has no picture, no file, no number yet; others test those.
SHUT = 0.1
WHOLE, SAMPLE = 20_000, 400
REPORT = Path(__file__).resolve().parent.parent.parent / "test-results" / "fuzz.txt"


@pytest.fixture
def fuzzer(ward, other_ward, settings) -> Fuzzer:
    settings.ACCOUNT_RATE_LIMITS = False
    own = Ward(WARD_ID, NeighbourhoodFactory())
    own.made["user"] = make_user()
    own.made["post"] = make_post(own["user"], "area_officer")
    OfficerAreaFactory(user=own["user"], neighbourhood=NeighbourhoodFactory())
    clients = {"": Client()}
    for who in FOR:
        clients[who] = Client()
        clients[who].force_login(person_of(who, own["neighbourhood"], own))
        recently_signed_in(clients[who])
    may = {}
    for line in lines():
        opened = [who for who in FOR if line[who] == "y"]
        # Public pages are asked by nobody; others by the first post that is let in.
        may[line["address"], line["method"]] = "" if line["signed_out"] != "l" else (opened or ["chief"])[0]
    return Fuzzer(clients, own, may)


def wanted(config: pytest.Config) -> int:
    whole = config.getoption("markexpr", "") == "security"
    return int(os.environ.get("FUZZ_INPUTS", WHOLE if whole else SAMPLE))


def clean(answer: Any, label: str) -> None:
    """No crash, no markup of ours, no header of ours."""
    assert answer.status_code < 500, f"{label}: {answer.status_code}"
    assert "X-A" not in answer.headers
    leads = urlsplit(answer.headers.get("Location", ""))
    assert leads.netloc in ("", "testserver") and leads.scheme in ("", "http", "https"), f"{label}: leads to {leads}"
    if answer.streaming or "html" not in answer.headers.get("Content-Type", "html"):
        return
    text = answer.content.decode()
    found = [piece for piece in REFLECTED if piece in text]
    assert not found, f"{label}: {found} comes back: …{text[max(0, text.find(found[0]) - 90) :][:200]}…"


def attack(fuzzer: Fuzzer, target: Target, rounds: int, seed: bool) -> None:
    """`rounds` requests to one address, each with one parameter replaced or all of them."""
    usual = list(target.words)
    parameters, normal = target.parameters(), {name: list(sample) for name, sample in target.form.items()}

    @settings(
        max_examples=max(rounds, 1),
        deadline=None,
        database=None,
        derandomize=seed,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def one(data: st.DataObject) -> None:
        # Half of the times everything is wrong, otherwise one part of what would do.
        alone = data.draw(st.integers(-1, len(parameters) - 1)) if data.draw(st.booleans()) else -1
        chosen = parameters if alone < 0 else [parameters[alone]]
        query: dict[str, Any] = {}
        form: dict[str, Any] = dict(normal)
        words: dict[str, str] = dict(data.draw(st.sampled_from(usual)) if usual else {})
        for place, name in chosen:
            if place == "path":
                if len(chosen) == 1 or data.draw(st.integers(0, 3)) == 0:
                    words[name] = data.draw(texts)
                else:
                    continue
            elif place == "file":
                form[name] = data.draw(uploads)
            else:
                (query if place == "query" else form)[name] = data.draw(values)
            fuzzer.counts[target.name, target.method, f"{place}:{name}"] += 1
        clean(fuzzer.send(target, query, form, words=words, fragment=data.draw(st.booleans())), target.label)

    one()


def test_nothing_typed_crashes_a_page_or_comes_back_as_markup(fuzzer, request):
    fuzzer.discover()
    total = wanted(request.config)
    known = sum(len(target.parameters()) for target in fuzzer.targets.values())
    broken = []
    for target in fuzzer.targets.values():
        if not target.parameters():
            continue
        cache.clear()
        rounds = math.ceil(total / known * 1.3)
        try:
            attack(fuzzer, target, rounds, seed=total < WHOLE)
        except Exception as error:
            broken.append(f"{target.label}: {type(error).__name__}: {error}"[:600])
    # What a page began to read only once something else was right had no turn yet, or too few.
    for target in fuzzer.targets.values():
        for place, name in target.parameters():
            if not fuzzer.counts[target.name, target.method, f"{place}:{name}"]:
                try:
                    attack(fuzzer, target, 4, seed=True)
                except Exception as error:
                    broken.append(f"{target.label}: {type(error).__name__}: {error}"[:600])
    report(fuzzer)
    # Whoever is sent to sign in tests nothing but the door; only the pages before it may do so.
    assert set(fuzzer.sent_away) <= BEFORE_SIGN_IN
    assert not broken, "\n" + "\n".join(broken)
    silent = [
        f"{target.label} {place}:{name}"
        for target in fuzzer.targets.values()
        for place, name in target.parameters()
        if not fuzzer.counts[target.name, target.method, f"{place}:{name}"]
    ]
    assert silent == []
    outside = sorted(target.label for target in fuzzer.targets.values() if not fuzzer.entered(target))
    assert len(outside) <= SHUT * len(fuzzer.targets), "\n" + "\n".join(outside)
    assert sum(fuzzer.counts.values()) >= total
    assert known > 300


def report(fuzzer: Fuzzer) -> None:
    """Write how many inputs each parameter got; tests/conftest.py prints it at the end of `make security`."""
    lines = [f"{count:6d}  {' '.join(key)}" for key, count in sorted(fuzzer.counts.items())]
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(fuzzer.statuses.items()))
    outside = ", ".join(sorted(target.label for target in fuzzer.targets.values() if not fuzzer.entered(target)))
    lines.append(f"never entered: {outside}")
    lines.append(f"fuzz: {sum(fuzzer.counts.values())} inputs in {len(fuzzer.counts)} parameters; answers {answers}")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/ho-dan/?q=a%00b", 400),
        ("/ban-tin/%00/", 400),
        ("/tai-khoan/khoa/?next=notices", 200),
    ],
)
def test_what_the_fuzz_once_found_stays_mended(chief, signed_in, address, status):
    assert signed_in(chief).get(address).status_code == status


def test_a_way_back_that_is_no_address_crashes_nothing(ward, fuzzer):
    household = fuzzer.ward["household"]
    answer = fuzzer.clients["chief"].post(f"/ho-dan/{household.pk}/danh-dau/", {"visit": "1", "next": "abc"})
    assert answer.headers["Location"] == "abc"


@pytest.mark.parametrize("on", ["0001-01-01", "2026-02-30", "9999-12-31", "x"])
def test_a_day_that_cannot_be_is_left_out_of_a_groups_page(ward, fuzzer, on):
    assert fuzzer.clients["chief"].get(f"/nhom/{fuzzer.ward['group'].pk}/", {"on": on}).status_code == 200


def test_a_tick_to_clear_a_file_that_was_never_chosen_is_no_file(ward, fuzzer):
    address = f"/doi-chieu/nhom/{fuzzer.ward['group'].pk}/"
    assert (
        fuzzer.clients["chief"].post(address, {"file-clear": "on", "text": "", "legal_basis": "x"}).status_code == 422
    )


@pytest.mark.parametrize("address", ["/tin-bao/cua-toi/?q=%C2%B2", "/ban-tin/soan/?bai=%C2%B2", "/nhom/?leader=%C2%B2"])
def test_a_sign_that_looks_like_a_digit_is_no_number(chief, signed_in, address):
    assert signed_in(chief).get(address).status_code in (200, 404)
