"""Uploaded pictures: what they really are, and a copy of their pixels that tells nothing about who took them.

Saving a picture again with Pillow keeps comments and colour profiles, so the copy is made from the bare pixels
(`Image.frombytes`): no EXIF, GPS, XMP, IPTC, comment, profile, embedded thumbnail or trailing bytes can come along.
The original is evidence and is somebody else's business (sealed); here it is only measured and digested.
Nothing here writes to disk or to a log.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 2560  # of the display copy: enough to read a number plate on a phone picture
THUMBNAIL_SIDE = 320
_QUALITY = 88
_WHITE = (255, 255, 255)

# Leading bytes of the formats that are taken. WEBP is RIFF with a name of its own further on.
_SIGNATURES = {"jpeg": (b"\xff\xd8\xff",), "png": (b"\x89PNG\r\n\x1a\n",), "gif": (b"GIF87a", b"GIF89a")}
# What makes a picture another file as well. Looked for without regard to case.
_FOREIGN = (b"<script", b"<html", b"<!doctype", b"<svg", b"<?php", b"<iframe")
_PDF_REACH = 1024 * 8  # readers accept "%PDF-" this far into a file, with some margin

_MESSAGES: dict[str, Promise] = {
    "empty": _("The file is empty."),
    "too_large": _("The picture is too large. Send one of at most 20 MB."),
    "not_a_picture": _("This is not a picture we can take. Send a JPG, PNG, WEBP or GIF picture."),
    "two_files_in_one": _("This picture hides another file inside, so it was not taken. Send a newly taken picture."),
    "too_many_pixels": _("The picture has too many pixels. Send a smaller one (at most 40 million)."),
    "broken": _("The picture is damaged and cannot be opened. Send it again."),
}


class PictureError(Exception):
    """A picture that is not taken. `code` is one of the keys above, `message` says why in the reader's language."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def message(self) -> Promise:
        return _MESSAGES[self.code]


@dataclass(frozen=True, slots=True)
class Picture:
    """`display` and `thumbnail` are JPEG bytes without any metadata; `sha256` is the hex digest of the original."""

    kind: str  # of the original: jpeg, png, webp or gif
    sha256: str
    width: int  # of the display copy, upright
    height: int
    display: bytes
    thumbnail: bytes


DISPLAY_TYPE = "image/jpeg"


def sniff(content: bytes) -> str | None:
    """The kind of picture the content is, by its first bytes only: jpeg, png, webp, gif, or None."""
    for kind, starts in _SIGNATURES.items():
        if content.startswith(starts):
            return kind
    return "webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def prepare(content: bytes) -> Picture:
    """Measure an uploaded picture and make its display copy and thumbnail.

    Of a moving picture the first frame is taken; the picture is turned upright as its camera noted; transparency
    becomes white; colours are taken as sRGB. The file name and declared type of the upload play no part.
    Raises PictureError (empty, too_large, not_a_picture, two_files_in_one, too_many_pixels, broken).
    """
    kind = check_content(content)
    pixels = _bare_pixels(content, kind)
    display = _fitted(pixels, MAX_SIDE)
    return Picture(
        kind=kind,
        sha256=hashlib.sha256(content).hexdigest(),
        width=display.width,
        height=display.height,
        display=_jpeg(display),
        thumbnail=_jpeg(_fitted(display, THUMBNAIL_SIDE)),
    )


def check_content(content: bytes) -> str:
    """The kind of picture, decided without decoding it. Raises PictureError as `prepare` does, except "broken"."""
    if not content:
        raise PictureError("empty")
    if len(content) > MAX_BYTES:
        raise PictureError("too_large")
    kind = sniff(content)
    if kind is None:
        raise PictureError("not_a_picture")
    lowered = content.lower()
    if (
        b"%pdf-" in lowered[:_PDF_REACH]
        or any(mark in lowered for mark in _FOREIGN)
        or zipfile.is_zipfile(io.BytesIO(content))
    ):
        raise PictureError("two_files_in_one")
    return kind


def _bare_pixels(content: bytes, kind: str) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=[kind.upper()]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureError("too_many_pixels")
            image.seek(0)
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # JPEG only: decodes at a reduced size, saving memory
            image.load()
            upright = ImageOps.exif_transpose(image)
            flat = _on_white(upright)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError("too_many_pixels") from None
    except Exception:  # Pillow's decoders raise nearly anything on damaged data (struct, zlib, Syntax…)
        raise PictureError("broken") from None
    return Image.frombytes("RGB", flat.size, flat.tobytes())


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256, "L") if image.mode == "I;16" else image.convert("I")
    if image.mode == "I":
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    coloured = image.convert("RGBA")
    ground = Image.new("RGB", coloured.size, _WHITE)
    ground.paste(coloured, mask=coloured.getchannel("A"))
    return ground


def _fitted(image: Image.Image, side: int) -> Image.Image:
    """A copy that fits into a square of `side` pixels; never enlarged."""
    if max(image.size) <= side:
        return image
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=_QUALITY, optimize=True)
    return target.getvalue()
