"""Model fields shared by all apps."""

from __future__ import annotations

from typing import Any

from django.db import models


class WardForeignKey(models.ForeignKey):
    """A key to another row of the same ward.

    The database constraint is the composite (ward_id, x_id) that `core.walls.WardWalls` creates, because an ordinary
    foreign key looks through row-level security and would accept another ward's row.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class WardOneToOneField(models.OneToOneField):
    """A one-to-one key to another row of the same ward; see WardForeignKey."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs
