import hashlib
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from vikhe_portal.core import pictures
from vikhe_portal.core.pictures import PictureError, prepare, sniff

pytestmark = pytest.mark.security

CANARY = b"CANARY-7f3a"
WORD = CANARY.decode()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + CANARY + b"</x:xmpmeta>"
KINDS = ["jpeg", "png", "webp", "gif"]


def drawing(size=(64, 48), mode="RGB") -> Image.Image:
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, size[0] // 2, size[1] // 2))  # a blue top left corner
    return image.convert(mode)


def exif() -> Image.Exif:
    data = Image.Exif()
    data[0x010F] = data[0x0131] = data[0x9286] = WORD
    data.get_ifd(0x8825).update({1: "N", 2: (20.0, 25.0, 0.0), 29: WORD})
    return data


def profile() -> bytes:
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return bytes(content) + CANARY


def loaded(kind: str) -> bytes:
    """A picture of this kind with the canary in every place its format offers, and after its end."""
    target = io.BytesIO()
    image = drawing()
    if kind == "jpeg":
        image.save(target, "JPEG", exif=exif(), icc_profile=profile(), comment=CANARY, xmp=XMP)
        iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(CANARY)) + CANARY
        segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
        return target.getvalue()[:2] + segment + target.getvalue()[2:] + CANARY
    if kind == "png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", WORD)
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        image.save(target, "PNG", exif=exif(), icc_profile=profile(), pnginfo=info)
    elif kind == "webp":
        image.save(target, "WEBP", exif=exif(), icc_profile=profile(), xmp=XMP)
    else:
        image.save(target, "GIF", comment=CANARY, save_all=True, append_images=[Image.new("RGB", (64, 48), "green")])
    return target.getvalue() + CANARY


def plain(kind: str, **options) -> bytes:
    target = io.BytesIO()
    drawing(**options).save(target, kind.upper())
    return target.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_pixels_reaches_the_copies(kind):
    content = loaded(kind)
    assert content.count(CANARY) >= 2, "the sample itself must carry the canary"

    picture = prepare(content)

    for copy in (picture.display, picture.thumbnail):
        assert CANARY not in copy
        image = Image.open(io.BytesIO(copy))
        assert image.format == "JPEG"
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert copy.endswith(b"\xff\xd9")
    assert picture.kind == kind
    assert picture.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_the_copy_shows_the_same_picture(kind):
    picture = prepare(loaded(kind))
    image = Image.open(io.BytesIO(picture.display))

    assert image.size == (picture.width, picture.height) == (64, 48)
    red, _green, blue = image.getpixel((5, 5))
    assert blue > 150 > red
    red, _green, blue = image.getpixel((60, 44))
    assert red > 150 > blue


def test_a_picture_taken_sideways_is_turned_upright():
    turned, target = Image.Exif(), io.BytesIO()
    turned[0x0112] = 6
    drawing().save(target, "JPEG", exif=turned, quality=95)

    picture = prepare(target.getvalue())

    assert (picture.width, picture.height) == (48, 64)
    red, _green, blue = Image.open(io.BytesIO(picture.display)).getpixel((44, 5))  # blue is now top right
    assert blue > 150 > red


def test_transparent_parts_become_white():
    target = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(target, "PNG")
    assert Image.open(io.BytesIO(prepare(target.getvalue()).display)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("L", "jpeg"), ("CMYK", "jpeg"), ("P", "png"), ("1", "png"), ("LA", "png"), ("RGBA", "webp"), ("P", "gif")],
)
def test_every_colour_mode_is_taken(mode, kind):
    assert prepare(plain(kind, mode=mode)).width == 64


def test_16_bit_grey_keeps_its_brightness():
    target = io.BytesIO()
    Image.new("I;16", (8, 8), 32768).save(target, "PNG")
    grey = Image.open(io.BytesIO(prepare(target.getvalue()).display)).getpixel((4, 4))
    assert all(120 <= channel <= 136 for channel in grey)


def test_large_pictures_are_fitted_and_small_ones_never_enlarged():
    large = prepare(plain("png", size=(3000, 1500)))
    assert (large.width, large.height) == (pictures.MAX_SIDE, pictures.MAX_SIDE // 2)
    assert Image.open(io.BytesIO(large.thumbnail)).size == (320, 160)
    assert Image.open(io.BytesIO(prepare(plain("png", size=(10, 1))).thumbnail)).size == (10, 1)


def png_claiming(width: int, height: int) -> bytes:
    """A valid PNG heading for a picture of any size, with hardly any data behind it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8000, 5001), (10_000, 9_500), (60_000, 60_000)])
def test_a_flood_of_pixels_is_refused_before_decoding(size):
    with pytest.raises(PictureError) as refused:
        prepare(png_claiming(*size))
    assert refused.value.code == "too_many_pixels"


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.class", b"x")
    return target.getvalue()


REFUSED = {
    "empty": [b""],
    "not_a_picture": [
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"MZ\x90\x00",
        b"BM" + bytes(60),
        b"II*\x00" + bytes(60),
        b"RIFF\x00\x00\x00\x00WAVE",
        zipped(),
        b"\x00" * 100,
    ],
    "two_files_in_one": [
        plain("gif") + zipped(),
        plain("jpeg") + b"<ScRiPt>alert(1)</script>",
        plain("png")[:8] + b"%PDF-1.4" + plain("png")[8:],
        plain("jpeg") + b"<?php system($_GET[0]);",
        b"GIF89a/*<svg onload=alert(1)>*/",
    ],
    "broken": [plain("png")[:60], plain("jpeg")[:200], b"GIF89a", b"RIFF\x08\x00\x00\x00WEBPVP8 "],
}


@pytest.mark.parametrize(("code", "content"), [(code, content) for code, files in REFUSED.items() for content in files])
def test_what_is_not_simply_a_picture_is_refused(code, content):
    with pytest.raises(PictureError) as refused:
        prepare(content)
    assert refused.value.code == code
    assert str(refused.value.message)


def test_an_oversized_file_is_refused(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 100)
    with pytest.raises(PictureError, match="too_large"):
        prepare(plain("png"))


def test_the_extra_data_that_phones_append_does_not_matter():
    assert prepare(plain("jpeg") + b"\x00\x00\x00\x18ftypmp42" + bytes(5000)).width == 64


@given(st.sampled_from(KINDS), st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_damaged_pictures_give_a_copy_or_a_plain_refusal(kind, place, junk):
    content = bytearray(plain(kind))
    place %= len(content)
    content[place : place + len(junk)] = junk
    try:
        picture = prepare(bytes(content))
    except PictureError as refused:
        assert refused.code in pictures._MESSAGES
    else:
        assert sniff(picture.display) == "jpeg"
