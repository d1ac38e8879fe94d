"""What an answer of Zalo means for a delivery, decided in one table.

A group message carries no key of ours, so sending it twice posts it twice. Only a request that certainly was not
carried out may be sent again; whatever cannot be known is ``UNKNOWN`` and goes to reconciliation and then to a person.
Codes and their meaning follow Zalo's list of Official Account errors (appendix "Mã lỗi").
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.utils.translation.trans_null import gettext_noop as _  # the plain one works without settings


class Kind(enum.StrEnum):
    SENT = "sent"  # done; ``remote_id`` is Zalo's id of it
    RETRY = "retry"  # certainly not carried out, may be sent again after a pause
    TOKEN = "token"  # refused for the access token: refresh once, send once more  # noqa: S105 - a kind, not a secret
    GROUP_REFUSED = "group_refused"  # this recipient (group or person) does not take it
    CHANNEL_DOWN = "channel_down"  # nothing of this Official Account gets through until somebody acts
    QUOTA = "quota"  # allowance used up: hold until the next period
    NIGHT = "night"  # not between 22:00 and 06:00: hold until 06:00
    UNKNOWN = "unknown"  # may or may not have been posted: never re-sent by itself
    INVALID = "invalid"  # our request is wrong: sending it again unchanged is useless


class Failure(enum.StrEnum):
    """Why there is no answer at all."""

    NOT_SENT = "not_sent"  # no connection (refused, time-out while connecting, DNS, TLS): nothing left this machine
    LOST = "lost"  # the request may have been read: time-out, reset, broken answer


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP exchange as it came back. ``payload`` is the JSON object, None when the body was something else."""

    status: int = 0
    payload: dict[str, Any] | None = None
    failure: Failure | None = None
    detail: str = ""  # class name of the network error; never its text, which may hold an address with a token
    rate_limit: int | None = None
    rate_remain: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one call.

    ``code``: Zalo's error number, None when there was none. ``remote_id``: id given by Zalo, "" when not sent.
    ``not_executed``: True when Zalo certainly did not carry the request out (it never left, or was refused by a
    documented code); False for ``SENT`` and ``UNKNOWN``. Only ``RETRY`` (and ``TOKEN`` once, after a refresh) may be
    sent again by a machine. ``message``: Zalo's own words or the name of the network error, at most 200 characters,
    untrusted. ``http_status``: 0 when no answer came. ``rate_remain``: calls left in this minute, when stated.
    """

    kind: Kind
    code: int | None = None
    remote_id: str = ""
    not_executed: bool = False
    message: str = ""
    http_status: int = 0
    rate_remain: int | None = None
    data: Any = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        return self.kind is Kind.SENT

    @property
    def hint(self) -> str:
        """English message id of what the administrator should do; pass it through ``gettext``."""
        if self.code is not None and self.code in CODES:
            return CODES[self.code][1]
        return KIND_HINTS[self.kind]


class ZaloRefused(Exception):
    """A call other than a message did not succeed; ``outcome`` says why and whether it was carried out."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.kind} {outcome.code if outcome.code is not None else outcome.message}")
        self.outcome = outcome


_RECONNECT = _("Reconnect the Official Account: open its page and go through the connection steps again.")
_TOKEN = _("The access token is no longer valid. The portal renews it by itself; if this stays, reconnect the account.")
_WRITE_FIRST = _("This person has not contacted the Official Account recently. Ask them to send it a message first.")
_CONSOLE = _("In the Zalo developer console, open the app and register this permission for the Official Account.")
_NOT_APPROVED = _("The app is not approved for this function. Activate it in the developer console.")
_DISABLED = _("The Official Account is disabled or does not exist. Check it in Zalo OA Manager.")
_STANDARDS = _("Zalo judged the content to break its standards. A person must read it before anything else is sent.")
_ASSET = _("This group slot is already used or has been disabled. Choose another one.")
_WALLET = _("Link a Zalo Cloud Account wallet with money in it to the Official Account.")
_QUOTA = _("The allowance for this period is used up. Messages wait for the next period.")

# code -> (kind, hint). Zalo answers HTTP 200 also on errors; a code that is not listed is UNKNOWN, because what it
# means for the message cannot be known.
CODES: Mapping[int, tuple[Kind, str]] = MappingProxyType(
    {
        -32: (Kind.RETRY, _("Too many calls in this minute. The portal goes on by itself in the next one.")),
        -100: (Kind.INVALID, _("An attached picture or file has expired at Zalo. It must be uploaded again.")),
        -124: (Kind.TOKEN, _TOKEN),
        -200: (Kind.UNKNOWN, _("Zalo reported a failed send. Look in the group before sending again.")),
        -201: (Kind.INVALID, _("Zalo refused a value of this request.")),
        -204: (Kind.CHANNEL_DOWN, _DISABLED),
        -205: (Kind.CHANNEL_DOWN, _DISABLED),
        -209: (
            Kind.CHANNEL_DOWN,
            _NOT_APPROVED,
        ),
        -210: (Kind.INVALID, _("The text or list is longer than Zalo allows.")),
        -211: (Kind.QUOTA, _QUOTA),
        -212: (Kind.CHANNEL_DOWN, _CONSOLE),
        -213: (Kind.GROUP_REFUSED, _("This person does not follow the Official Account.")),
        -214: (Kind.RETRY, _("Zalo is still processing the article.")),
        -216: (Kind.TOKEN, _TOKEN),
        -217: (Kind.GROUP_REFUSED, _("This person has blocked invitations from the Official Account.")),
        -218: (Kind.QUOTA, _QUOTA),
        -219: (Kind.CHANNEL_DOWN, _("The app was removed or disabled. Check it in the developer console.")),
        -220: (Kind.TOKEN, _TOKEN),
        -221: (Kind.CHANNEL_DOWN, _("Zalo must verify the Official Account first. Send the verification papers.")),
        -223: (Kind.CHANNEL_DOWN, _RECONNECT),
        -224: (Kind.CHANNEL_DOWN, _("The package of the Official Account does not include this. Upgrade it.")),
        -227: (Kind.GROUP_REFUSED, _("This account is banned or has not been used for more than 45 days.")),
        -230: (Kind.GROUP_REFUSED, _WRITE_FIRST),
        -232: (Kind.GROUP_REFUSED, _WRITE_FIRST),
        -233: (Kind.INVALID, _("Zalo does not support this kind of message here.")),
        -234: (Kind.NIGHT, _("Zalo does not deliver this between 22:00 and 06:00. It waits until 06:00.")),
        -235: (Kind.CHANNEL_DOWN, _("Zalo does not offer this function to this type of Official Account. Ask Zalo.")),
        -237: (Kind.GROUP_REFUSED, _("The group is disabled because its package has run out. Renew its slot.")),
        -238: (Kind.INVALID, _ASSET),
        -240: (Kind.INVALID, _("Zalo has shut this function down. The portal needs an update.")),
        -241: (Kind.INVALID, _ASSET),
        -242: (Kind.CHANNEL_DOWN, _("The app's secret key does not match. Enter it again on the connection page.")),
        -244: (Kind.GROUP_REFUSED, _("This person does not want this kind of message.")),
        -248: (Kind.CHANNEL_DOWN, _STANDARDS),
        -249: (Kind.CHANNEL_DOWN, _STANDARDS),
        -311: (Kind.QUOTA, _QUOTA),
        -320: (Kind.CHANNEL_DOWN, _WALLET),
        -321: (Kind.CHANNEL_DOWN, _WALLET),
        -403: (Kind.GROUP_REFUSED, _("The group does not belong to this Official Account.")),
    }
)

KIND_HINTS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.SENT: _("Delivered."),
        Kind.RETRY: _("Zalo could not be reached. Nothing was posted; the portal tries again by itself."),
        Kind.TOKEN: _TOKEN,
        Kind.GROUP_REFUSED: _("The recipient does not accept this message."),
        Kind.CHANNEL_DOWN: _("The Official Account cannot send at present. Somebody must look at its page."),
        Kind.QUOTA: _QUOTA,
        Kind.NIGHT: _("Zalo does not deliver this between 22:00 and 06:00. It waits until 06:00."),
        Kind.UNKNOWN: _("It is not known whether this was posted. Look in the group before sending again."),
        Kind.INVALID: _("This message cannot be sent as it is. Correct it and send it again."),
    }
)

# Bot platform: error_code of {"ok": false}. 403 reads "Internal server error" there and 408 is a time-out, so both are
# unknown for a message.
BOT_CODES: Mapping[int, Kind] = MappingProxyType(
    {400: Kind.INVALID, 401: Kind.CHANNEL_DOWN, 404: Kind.CHANNEL_DOWN, 429: Kind.QUOTA}
)


def as_id(value: Any) -> str:
    """An id as text. Zalo's ids exceed 2^53; some documented samples carry them as JSON integers, which is accepted.

    Anything that is neither text nor an integer is "" (a float has already lost digits).
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ""


def as_int(value: Any, default: int | None = None) -> int | None:
    """A count or a code that Zalo writes as ``8`` in one place and ``"8"`` in another."""
    if isinstance(value, bool):
        return default
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) < 20:
        try:
            return int(value)
        except ValueError:
            return default
    return default


def classify(reply: Reply, id_field: str | None = None) -> Outcome:
    """Judge an answer of the Open API.

    ``id_field`` names the member of ``data`` that proves the call was carried out (``message_id`` for messages); an
    answer of success without it is UNKNOWN. None: ``error`` 0 is enough.
    """
    early = _judge_http(reply)
    if early is not None:
        return early
    payload = reply.payload or {}
    code = as_int(payload.get("error"))
    words = str(payload.get("message") or "")[:200]
    if code == 0:
        data = payload.get("data")
        remote_id = as_id(data.get(id_field)) if id_field and isinstance(data, dict) else ""
        if id_field and not remote_id:
            return _outcome(reply, Kind.UNKNOWN, 0, f"no {id_field}")
        return Outcome(Kind.SENT, 0, remote_id, False, words, reply.status, reply.rate_remain, data)
    if code is None or code not in CODES:
        return _outcome(reply, Kind.UNKNOWN, code, words)
    return _outcome(reply, CODES[code][0], code, words)


def classify_bot(reply: Reply, id_field: str | None = None) -> Outcome:
    """Judge an answer of the Bot platform (``{"ok": …, "result": …}``); ``id_field`` as in :func:`classify`."""
    early = _judge_http(reply)
    if early is not None:
        return early
    payload = reply.payload or {}
    if payload.get("ok") is True:
        result = payload.get("result")
        remote_id = as_id(result.get(id_field)) if id_field and isinstance(result, dict) else ""
        if id_field and not remote_id:
            return _outcome(reply, Kind.UNKNOWN, None, f"no {id_field}")
        return Outcome(Kind.SENT, None, remote_id, False, "", reply.status, None, result)
    code = as_int(payload.get("error_code"))
    words = str(payload.get("description") or "")[:200]
    return _outcome(reply, BOT_CODES.get(code or 0, Kind.UNKNOWN), code, words)


def refused_here(message: str) -> Outcome:
    """The verdict on a message that was not even sent because it is wrong; ``message`` says why."""
    return Outcome(Kind.INVALID, not_executed=True, message=message)


def not_started(message: str) -> Outcome:
    """The verdict on a message that was held back here, before any connection."""
    return Outcome(Kind.RETRY, not_executed=True, message=message)


def _judge_http(reply: Reply) -> Outcome | None:
    if reply.failure is Failure.NOT_SENT:
        return _outcome(reply, Kind.RETRY, None, reply.detail)
    if reply.failure is Failure.LOST:
        return _outcome(reply, Kind.UNKNOWN, None, reply.detail)
    if reply.status == 429:
        return _outcome(reply, Kind.RETRY, None, "HTTP 429")
    if reply.status >= 500 or reply.status < 200 or 300 <= reply.status < 400:
        return _outcome(reply, Kind.UNKNOWN, None, f"HTTP {reply.status}")
    if reply.payload is None:
        return _outcome(reply, Kind.UNKNOWN, None, "not JSON")
    return None


def _outcome(reply: Reply, kind: Kind, code: int | None, message: str) -> Outcome:
    executed_for_sure_not = kind is not Kind.UNKNOWN
    return Outcome(kind, code, "", executed_for_sure_not, message, reply.status, reply.rate_remain)
