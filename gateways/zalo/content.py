"""The account itself: what it is, what it may still send, its uploads, articles and broadcasts."""

from typing import Any

from gateways.zalo.calls import Caller
from gateways.zalo.outcomes import Kind, Outcome, ZaloRefused, as_id
from gateways.zalo.records import MessageQuota, OfficialAccount, ReplyQuota, rows
from gateways.zalo.text import normalise

IMAGE_LIMIT = 1024 * 1024
FILE_LIMIT = 5 * 1024 * 1024
TITLE_LIMIT, AUTHOR_LIMIT, DESCRIPTION_LIMIT = 150, 50, 300

_PDF, _DOC = "application/pdf", "application/msword"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class UploadRefused(ValueError):
    """Zalo does not take this file. ``reason``: ``too_large`` or ``wrong_type``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def image_type(content: bytes) -> str:
    """MIME type of a picture Zalo takes (JPEG or PNG, ≤ 1 MB), judged by its bytes. Raises UploadRefused."""
    if len(content) > IMAGE_LIMIT:
        raise UploadRefused("too_large")
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    raise UploadRefused("wrong_type")


def file_type(content: bytes, name: str) -> str:
    """MIME type of a file Zalo takes (PDF, DOC, DOCX, ≤ 5 MB), judged by bytes and ending. Raises UploadRefused."""
    if len(content) > FILE_LIMIT:
        raise UploadRefused("too_large")
    ending = name.lower().rpartition(".")[2]
    known = {
        "pdf": (b"%PDF-", _PDF),
        "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _DOC),
        "docx": (b"PK\x03\x04", _DOCX),
    }
    if ending in known and content.startswith(known[ending][0]):
        return known[ending][1]
    raise UploadRefused("wrong_type")


class ContentCalls(Caller):
    async def account(self) -> OfficialAccount:
        """The account as Zalo knows it (``getoa``)."""
        return OfficialAccount.read(await self._get("/v2.0/oa/getoa"))

    async def reply_quota(self, user_id: str) -> ReplyQuota:
        """Whether a person may still be answered, and how often free of charge."""
        return ReplyQuota.read(await self._write("/v3.0/oa/quota/message", {"user_id": user_id}))

    async def message_quotas(self, *, product_type: str = "cs", quota_type: str = "sub_quota") -> list[MessageQuota]:
        body = {"quota_owner": "OA", "product_type": product_type, "quota_type": quota_type}
        return [MessageQuota.read(row) for row in rows(await self._write("/v3.0/oa/quota/message", body))]

    async def upload_image(self, content: bytes, name: str) -> str:
        """Upload a picture; returns its ``attachment_id``, valid for 7 days. Raises UploadRefused before sending."""
        mime = image_type(content)
        return await self._upload("/v2.0/oa/upload/image", content, name=name, mime=mime, id_field="attachment_id")

    async def upload_file(self, content: bytes, name: str) -> str:
        """Upload a file; returns its ``token``, valid for 7 days. Raises UploadRefused before sending."""
        mime = file_type(content, name)
        return await self._upload("/v2.0/oa/upload/file", content, name=name, mime=mime, id_field="token")

    async def create_article(
        self, *, title: str, author: str, description: str, cover_url: str, body: list[dict[str, Any]]
    ) -> str:
        """Hand in an article; returns the token for :meth:`verify_article`.

        ``body``: parts ``{"type": "text", "content": …}`` or ``{"type": "image", "url": …, "caption": …}``.
        Raises ValueError when a text is too long (title 150, author 50, description 300).
        """
        texts = {"title": (title, TITLE_LIMIT), "author": (author, AUTHOR_LIMIT)}
        texts["description"] = (description, DESCRIPTION_LIMIT)
        clean = {}
        for key, (text, limit) in texts.items():
            clean[key] = normalise(text)
            if len(clean[key]) > limit:
                raise ValueError(f"{key} is longer than {limit} characters")
        article = {
            "type": "normal",
            **clean,
            "cover": {"cover_type": "photo", "photo_url": cover_url, "status": "show"},
            "body": body,
            "status": "show",
            "comment": "show",
        }
        return _member(await self._write("/v2.0/article/create", article), "token")

    async def verify_article(self, token: str) -> str | None:
        """The article's id, or None while Zalo is still processing it (-214): ask again later."""
        outcome = await self._post("/v2.0/article/verify", {"token": token}, id_field="id")
        if outcome.code == -214:
            return None
        if not outcome.ok:
            raise ZaloRefused(outcome)
        return outcome.remote_id

    async def broadcast_article(self, article_id: str, *, target: dict[str, str] | None = None) -> Outcome:
        """Send an article to followers (06:00–21:59, monthly quota; there is no targeting by ward)."""
        recipient = {"target": target or {"gender": "0"}}
        element = {"media_type": "article", "attachment_id": article_id}
        payload = {"template_type": "media", "elements": [element]}
        message = {"attachment": {"type": "template", "payload": payload}}
        return await self._post("/v2.0/oa/message", {"recipient": recipient, "message": message}, id_field="message_id")


def _member(data: Any, key: str) -> str:
    value = as_id(data.get(key)) if isinstance(data, dict) else ""
    if not value:
        raise ZaloRefused(Outcome(Kind.UNKNOWN, 0, message=f"no {key}"))
    return value
