"""Tips for tests: made through the services, then turned into whatever the test needs."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from tests.factories import WARD_ID
from tips.models import Tip
from tips.services import intake, receipts
from tips.services.intake import Receipt, Report
from vikhe_portal.core.scope import ward_scope

WORDS = "Nhà tôi bị mất xe máy để ngoài sân lúc nửa đêm."


def send(about: str = "matter", text: str = WORDS, *, ward_id: int = WARD_ID, **fields: Any) -> Receipt:
    """Send the public form; returns the receipt."""
    report = {name: fields.pop(name) for name in list(fields) if name in Report.__dataclass_fields__}
    fields.setdefault("submission", receipts.new_submission())
    return intake.submit_public_tip(ward_id=ward_id, about=about, report=Report(text=text, **report), **fields)


def make_tip(about: str = "matter", *, ward_id: int = WARD_ID, assignee: User | None = None, **fields: Any) -> Tip:
    """A tip as the public form makes it; `assignee` puts it into somebody's hands."""
    receipt = send(about, ward_id=ward_id, **fields)
    with ward_scope(ward_id):
        tip = Tip.objects.get(uuid=receipt.tip_uuid)
        if assignee is not None:
            tip.assignee, tip.status = assignee, Tip.Status.ASSIGNED
            tip.save()
        return tip
