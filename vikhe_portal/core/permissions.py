"""The permission engine: rules by name, refusal by default.

Each app's `policies` module registers its rules with `@rule("app.verb")`. Views name a permission, services ask again
on the locked row. Roles are the posts a person holds today in the ward of the request (see `accounts`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from vikhe_portal.core.errors import Refused


@dataclass(frozen=True)
class HeldPost:
    """A post as held today: its kind (accounts.models.Post.Kind), its ward and, for some kinds, its neighbourhood."""

    id: int
    kind: str
    ward_id: int
    neighbourhood_id: int | None = None
    capacity: str = ""


@dataclass(frozen=True)
class Actor:
    """Who acts, in which ward, by which posts. Made per request or job; never stored.

    `ward_id` is 0 for a person without a post today: no ward has that number, so nothing is found.
    """

    user: Any
    ward_id: int
    posts: tuple[HeldPost, ...] = ()
    system: bool = False
    facts: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)

    @property
    def id(self) -> int:
        """The user's id; 0, which is nobody's, for the portal itself."""
        return 0 if self.user is None else self.user.pk

    @property
    def user_id(self) -> int | None:
        """The user's id to write into a row; None for the portal itself, since a foreign key knows no user 0."""
        return None if self.user is None else self.user.pk

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of the posts held in the actor's ward."""
        return frozenset(post.kind for post in self.posts)

    def has(self, *kinds: str) -> bool:
        """Whether one of these posts is held in the ward of the request."""
        return any(post.kind in kinds for post in self.posts)

    def neighbourhood_ids(self, *kinds: str) -> frozenset[int]:
        """Neighbourhoods that posts of these kinds are bound to (group deputies)."""
        return frozenset(
            post.neighbourhood_id for post in self.posts if post.kind in kinds and post.neighbourhood_id is not None
        )

    def remember(self, key: str, find: Callable[[], Any]) -> Any:
        """Return a fact found once per request, such as the neighbourhoods of an officer's area."""
        if key not in self.facts:
            self.facts[key] = find()
        return self.facts[key]


def system_actor(ward_id: int) -> Actor:
    """The portal itself acting in a job: allowed what rules grant to `actor.system`, and named so in the audit."""
    return Actor(user=None, ward_id=ward_id, system=True)


Rule = Callable[[Actor, Any], bool]


@dataclass(frozen=True)
class Permission:
    """One line of the table "who may do what": the rule and the sentence shown to the chief."""

    name: str
    rule: Rule
    label: Any


_permissions: dict[str, Permission] = {}


def rule(name: str, label: Any = "") -> Callable[[Rule], Rule]:
    """Register a permission. The rule is called with the actor and the object, or None when only the page is known.

    Raises ImproperlyConfigured when the name is taken.
    """

    def register(function: Rule) -> Rule:
        if name in _permissions:
            raise ImproperlyConfigured(f"permission {name!r} is defined twice")
        _permissions[name] = Permission(name, function, label)
        return function

    return register


def is_defined(name: str) -> bool:
    """Whether a rule of this name exists."""
    return name in _permissions


def all_permissions() -> list[Permission]:
    """Every permission, by name."""
    return [_permissions[name] for name in sorted(_permissions)]


def allows(actor: Actor | None, name: str, obj: Any = None) -> bool:
    """Whether the actor may. Unknown names are programming errors; a missing or inactive person is always refused."""
    if name not in _permissions:
        raise ImproperlyConfigured(f"unknown permission {name!r}")
    if actor is None:
        return False
    if not actor.system and (actor.user is None or not actor.user.is_active or not actor.posts):
        return False
    if obj is not None and getattr(obj, "ward_id", actor.ward_id) != actor.ward_id:
        return False
    return bool(_permissions[name].rule(actor, obj))


def require(actor: Actor | None, name: str, obj: Any = None) -> None:
    """Raise Refused unless the actor may."""
    if not allows(actor, name, obj):
        raise Refused(name)
