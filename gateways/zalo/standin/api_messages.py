"""Messages: to groups, to one person, to followers, to phones; and what may still be sent."""

from typing import Any

from gateways.zalo.standin.api_groups import own_group
from gateways.zalo.standin.server import Call, Standin
from gateways.zalo.standin.world import DAY, Person, Refuse, World
from gateways.zalo.text import TEXT_LIMIT

FREE_REPLIES = 8


def _recipient(call: Call, key: str) -> str:
    recipient = call.args.get("recipient")
    value = recipient.get(key) if isinstance(recipient, dict) else None
    if value is None or value == "":
        raise Refuse(-201, f"{key} is invalid!")
    return str(value)


def _content(world: World, call: Call) -> tuple[str, str, str]:
    """(kind, text, attachment) of ``message``; the attachment must be an upload of this account that still lives."""
    message = call.args.get("message")
    if not isinstance(message, dict):
        raise Refuse(-201, "message is invalid!")
    text, attachment = message.get("text", ""), message.get("attachment")
    if not isinstance(text, str):
        raise Refuse(-201, "text is invalid!")
    if len(text) > TEXT_LIMIT:
        raise Refuse(-210, "Parameter exceeds allowable limit")
    if attachment is None:
        if not text.strip():
            raise Refuse(-201, "text is invalid!")
        return "text", text, ""
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    if not isinstance(payload, dict):
        raise Refuse(-201, "attachment is invalid!")
    if attachment.get("type") == "file":
        return "file", text, _living(world, call, payload.get("token"))
    elements = payload.get("elements")
    if attachment.get("type") != "template" or payload.get("template_type") != "media":
        raise Refuse(-201, "attachment is invalid!")
    if not isinstance(elements, list) or len(elements) != 1 or not isinstance(elements[0], dict):
        raise Refuse(-201, "elements is invalid!")
    element = elements[0]
    if element.get("media_type") not in ("image", "gif", "sticker"):
        raise Refuse(-201, "media_type is invalid!")
    if bool(element.get("url")) == bool(element.get("attachment_id")):
        raise Refuse(-201, "attachment_id is invalid!")
    if element.get("url"):
        return "image", text, str(element["url"])
    return "image", text, _living(world, call, element["attachment_id"])


def _living(world: World, call: Call, upload_id: Any) -> str:
    upload = world.uploads.get(str(upload_id or ""))
    if upload is None or upload.oa_id != call.account.oa_id or upload.expires < world.clock.now():
        raise Refuse(-100, "attachment_id was expired")
    return upload.upload_id


async def group_message(standin: Standin, call: Call) -> Any:
    group_id = _recipient(call, "group_id")
    group = own_group(standin, call, group_id)
    kind, text, attachment = _content(standin.world, call)
    post = await standin.post(
        group,
        src=0,
        sender_id=call.account.oa_id,
        text=text,
        kind=kind,
        attachment=attachment,
        fault=call.fault,
    )
    standin.emit(
        call.account,
        f"oa_send_group_{kind}",
        {
            "sender": {"id": call.account.oa_id},
            "recipient": {"id": group_id},
            "oa_id": call.account.oa_id,
            "message": {"text": text, "msg_id": post.message_id},
        },
    )
    return {"message_id": post.message_id, "group_id": group_id}


def _person(world: World, user_id: Any) -> Person:
    person = world.people.get(str(user_id or ""))
    if person is None:
        raise Refuse(-201, "user_id is invalid!")
    return person


async def cs_message(standin: Standin, call: Call) -> Any:
    world = standin.world
    person = _person(world, _recipient(call, "user_id"))
    if person.banned:
        raise Refuse(-227, "User is banned or inactive for more than 45 days")
    age = world.clock.now() - person.last_interaction
    if age > 7 * DAY:
        raise Refuse(-230, "User has not interacted with the OA in the past 7 days")
    kind, text, attachment = _content(world, call)
    message_id = world.hex_id()
    world.private.append(
        {"to": person.user_id, "kind": kind, "text": text, "attachment": attachment, "message_id": message_id}
    )
    answer: dict[str, Any] = {"message_id": message_id, "user_id": person.user_id}
    if age <= 2 * DAY and person.free_replies_used < FREE_REPLIES:
        person.free_replies_used += 1
        remain = FREE_REPLIES - person.free_replies_used
        answer["quota"] = {"quota_type": "reply", "remain": str(remain), "total": str(FREE_REPLIES)}
    standin.emit(
        call.account,
        f"oa_send_{kind}",
        {
            "sender": {"id": call.account.oa_id},
            "recipient": {"id": person.user_id},
            "message": {"text": text, "msg_id": message_id},
            "user_id_by_app": person.user_id,
        },
    )
    return answer


async def quota_message(standin: Standin, call: Call) -> Any:
    world = standin.world
    if "user_id" in call.args:
        person = _person(world, call.args["user_id"])
        open_window = world.clock.now() - person.last_interaction <= 2 * DAY
        remain = FREE_REPLIES - person.free_replies_used if open_window else 0
        return {
            "last_interaction": str(int(person.last_interaction * 1000)),
            "cs_reply": {"remain": remain, "total": FREE_REPLIES},
            "promotion": {"daily_remain": 0, "daily_total": 0, "monthly_remain": 0, "monthly_total": 0},
        }
    if call.args.get("quota_owner") not in ("OA", "APP"):
        raise Refuse(-201, "quota_owner is invalid!")
    return [
        {
            "asset_id": "6ca1bd3f0f0c2a1b9d77",
            "product_type": str(call.args.get("product_type", "cs")),
            "quota_type": str(call.args.get("quota_type", "sub_quota")),
            "valid_through": world.clock.date(world.clock.now() + 30 * DAY),
            "total": 500,
            "remain": 500,
        }
    ]


async def broadcast(standin: Standin, call: Call) -> Any:
    """``/v2.0/oa/message``: an article to followers, by day, as often a month as the package says."""
    recipient = call.args.get("recipient")
    if not isinstance(recipient, dict) or "target" not in recipient:
        raise Refuse(-240, "MessageV2 API has been shut down")
    try:
        element = call.args["message"]["attachment"]["payload"]["elements"][0]
        article_id = str(element["attachment_id"])
    except (KeyError, IndexError, TypeError):
        raise Refuse(-201, "attachment is invalid!") from None
    if not any(article["id"] == article_id for article in standin.world.articles.values()):
        raise Refuse(-201, "attachment_id is invalid!")
    if standin.world.clock.is_night():
        raise Refuse(-234, "This message type cannot be sent at night")
    if call.account.broadcasts_left <= 0:
        raise Refuse(-211, "Out of quota")
    call.account.broadcasts_left -= 1
    message_id = standin.world.hex_id()
    standin.world.private.append(
        {"to": "followers", "kind": "article", "text": "", "attachment": article_id, "message_id": message_id}
    )
    return {"message_id": message_id}


async def template_message(standin: Standin, call: Call) -> Any:
    """business host: an approved template to a phone number."""
    phone = call.args.get("phone")
    if not isinstance(phone, str) or not phone.startswith("84") or not phone.isdigit() or len(phone) != 11:
        raise Refuse(-108, "Phone number is invalid")
    if not call.args.get("template_id"):
        raise Refuse(-109, "Template ID is invalid")
    if not isinstance(call.args.get("template_data"), dict):
        raise Refuse(-1122, "Body data is missing parameter")
    message_id = standin.world.hex_id()
    standin.world.private.append(
        {"to": phone, "kind": "template", "text": "", "attachment": "", "message_id": message_id}
    )
    return {
        "msg_id": message_id,
        "sent_time": str(standin.world.clock.ms()),
        "sending_mode": "1",
        "quota": {"dailyQuota": "500", "remainingQuota": "499"},
    }
