"""The account, its uploads and its articles."""

from typing import Any

from gateways.zalo.content import FILE_LIMIT, IMAGE_LIMIT, UploadRefused, file_type, image_type
from gateways.zalo.standin.server import Call, Standin
from gateways.zalo.standin.world import DAY, UPLOAD_SECONDS, Refuse, Upload

UPLOADS_PER_MONTH = 5000
ARTICLE_SECONDS = 3.0


async def get_account(standin: Standin, call: Call) -> Any:
    account, world = call.account, standin.world
    return {
        "oaid": account.oa_id,
        "name": account.name,
        "description": "",
        "oa_alias": "",
        "is_verified": account.verified,
        "oa_type": account.oa_type,
        "cate_name": "Cơ quan nhà nước",
        "num_follower": sum(person.follows for person in world.people.values()),
        "avatar": "",
        "cover": "",
        "package_name": "Nâng cao" if account.has_package else "",
        "package_valid_through_date": world.clock.date(world.clock.now() + 180 * DAY),
        "package_auto_renew_date": "",
        "linked_ZCA": "",
    }


def _count_upload(standin: Standin, call: Call, kind: str) -> None:
    month = f"{kind} {standin.world.clock.local():%Y-%m}"
    used = call.account.uploads.get(month, 0)
    if used >= UPLOADS_PER_MONTH:
        raise Refuse(-211, "Out of quota")
    call.account.uploads[month] = used + 1


def _store(standin: Standin, call: Call, kind: str) -> str:
    if call.upload is None:
        raise Refuse(-201, "file is invalid!")
    name, content = call.upload
    limit = IMAGE_LIMIT if kind == "image" else FILE_LIMIT
    if len(content) > limit:
        raise Refuse(-210, "Parameter exceeds allowable limit")
    try:
        mime = image_type(content) if kind == "image" else file_type(content, name)
    except UploadRefused:
        raise Refuse(-201, "file is invalid!") from None
    _count_upload(standin, call, kind)
    world = standin.world
    upload = Upload(world.token(), call.account.oa_id, kind, name, mime, content, world.clock.now() + UPLOAD_SECONDS)
    world.uploads[upload.upload_id] = upload
    return upload.upload_id


async def upload_image(standin: Standin, call: Call) -> Any:
    return {"attachment_id": _store(standin, call, "image")}


async def upload_file(standin: Standin, call: Call) -> Any:
    return {"token": _store(standin, call, "file")}


async def create_article(standin: Standin, call: Call) -> Any:
    for key, limit in (("title", 150), ("author", 50), ("description", 300)):
        value = call.args.get(key)
        if not isinstance(value, str) or not value or len(value) > limit:
            raise Refuse(-201, f"{key} is invalid!")
    body = call.args.get("body")
    if not isinstance(body, list) or not body or call.args.get("type") != "normal":
        raise Refuse(-201, "body is invalid!")
    world = standin.world
    token = world.token()
    world.articles[token] = {
        "id": world.hex_id(),
        "oa_id": call.account.oa_id,
        "title": call.args["title"],
        "ready": world.clock.now() + ARTICLE_SECONDS,
    }
    return {"token": token}


async def verify_article(standin: Standin, call: Call) -> Any:
    article = standin.world.articles.get(str(call.args.get("token", "")))
    if article is None or article["oa_id"] != call.account.oa_id:
        raise Refuse(-201, "token is invalid!")
    if article["ready"] > standin.world.clock.now():
        raise Refuse(-214, "Article is being processed")
    return {"id": article["id"]}


async def shut_down(standin: Standin, call: Call) -> Any:
    """Old addresses that Zalo no longer serves."""
    raise Refuse(-240, "MessageV2 API has been shut down")
