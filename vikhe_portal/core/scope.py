"""The ward wall's door: which ward's rows this transaction may see.

The database keeps the wall (row-level security, forced). This module is the only place that sets the scope, always
for the running transaction only, so that a pooled connection can never carry a scope into the next request.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# Settings of the transaction that policies read. A missing one fails closed: no rows.
WARD, ACTOR, PROVINCE, DOOR = "app.ward", "app.actor", "app.province", "app.door"


def _read(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [name])
        row = cursor.fetchone()
    return (row[0] or "") if row else ""


def set_values(values: dict[str, str]) -> None:
    """Set transaction-local settings. For the request middleware and the scopes below, nothing else."""
    columns = ", ".join(["set_config(%s, %s, true)"] * len(values))
    parameters = [part for pair in values.items() for part in pair]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", parameters)


@contextmanager
def _scope(values: dict[str, str]) -> Iterator[None]:
    # Outside a transaction nothing is set yet and the commit forgets what is set here: nothing to read or give back.
    if not connection.in_atomic_block:
        with transaction.atomic():
            set_values(values)
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT " + ", ".join(["current_setting(%s, true)"] * len(values)),
                list(values),
            )
            row = cursor.fetchone() or ()
        before = {name: value or "" for name, value in zip(values, row, strict=True)}
        set_values(values)
        yield
        # A value set inside a savepoint survives its release: give the outer block its own value back. After an
        # exception the rollback does that, and a statement here would only hide what went wrong.
        if not connection.needs_rollback and not connection.closed_in_transaction:
            set_values(before)


@contextmanager
def ward_scope(ward_id: int | None, *, actor_id: int | None = None) -> Iterator[None]:
    """Open a transaction in which the rows of ward `ward_id` (and no other's) can be read and written.

    `actor_id` lets a person's own posts be read before their ward is known. Nested scopes restore the outer one.
    """
    values = {WARD: str(ward_id) if ward_id is not None else ""}
    if actor_id is not None:
        values[ACTOR] = str(actor_id)
    with _scope(values):
        yield


@contextmanager
def actor_scope(actor_id: int) -> Iterator[None]:
    """Open a transaction that may read this person's own posts in every ward, and nothing else that is walled."""
    with _scope({WARD: "", ACTOR: str(actor_id)}):
        yield


@contextmanager
def province_scope(province_id: int) -> Iterator[None]:
    """Open a transaction that may read the rolled-up figures (counts only) of a province's wards."""
    with _scope({PROVINCE: str(province_id)}):
        yield


@contextmanager
def door_scope(secret: str) -> Iterator[None]:
    """Open a transaction that may read exactly the row whose public token or receipt hash is `secret`.

    This is how a resident's QR code or receipt finds its ward without a directory that could be walked.
    """
    with _scope({DOOR: secret}):
        yield


def current_ward_id() -> int | None:
    """Return the ward of the running scope, or None."""
    value = _read(WARD)
    return int(value) if value else None
