"""What a file is, by its content, and whether it may be opened at all. Nothing here trusts a name or an extension.

Office files are ZIP archives: what they unpack to is counted while unpacking, never taken from the archive's own table,
and parts that could act (macros, links, embedded objects) refuse the file before any parser sees it.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass

from groups.rosters.messages import FILE_KINDS, RosterFileError


@dataclass(frozen=True)
class Limits:
    """The most a roster file may be. A ward's whole roster (35,000 people) is 1.9 MB, 19 MB unpacked."""

    file_bytes: int = 8 * 1024 * 1024
    entries: int = 200
    unpacked_bytes: int = 64 * 1024 * 1024
    ratio: int = 60  # unpacked size to packed size; honest rosters stay below 25
    rows: int = 60_000
    columns: int = 60
    sheets: int = 30
    memory_bytes: int = 1024**3  # address space of the reading process
    cpu_seconds: int = 20
    wall_seconds: float = 30.0
    output_bytes: int = 96 * 1024 * 1024  # what the reading process may hand back


_RATIO_FLOOR = 2 * 1024 * 1024  # below this unpacked size the ratio says nothing
_CHUNK = 256 * 1024
_LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC = (
    (b"%PDF", "pdf"),
    (b"\xff\xd8\xff", "picture"),
    (b"\x89PNG", "picture"),
    (b"GIF8", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
)
_MARKUP = re.compile(
    rb"^\s*(?:<\?xml|<!doctype|<html|<head|<body|<table|<meta|<div|<style|mime-version:)", re.IGNORECASE
)


def kind_of(content: bytes, limits: Limits) -> str:
    """What the content is: "xlsx", "xls", "ods" or "text".

    Raises RosterFileError for anything that may not or cannot be read as a roster.
    """
    if not content.strip(b"\x00\t\r\n "):
        raise RosterFileError("empty_file")
    if len(content) > limits.file_bytes:
        raise RosterFileError("too_large", {"limit": limits.file_bytes // 1024**2})
    if content.startswith(b"PK"):
        return _kind_of_zip(content, limits)
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            raise _other(kind)
    # A web page may come in UTF-16; its ASCII letters show when the zero bytes are taken out.
    if _MARKUP.match(content[:512].removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe").replace(b"\x00", b"")):
        raise RosterFileError("html")
    if (
        content[:1] == b"\x09"
        and content[1:2] in b"\x00\x02\x04\x08"
        and content[2:4] in (b"\x04\x00", b"\x06\x00", b"\x08\x00")
    ):
        raise RosterFileError("unknown_kind")  # Excel 2 to 4, before 1994
    return "text"


def _other(kind: str) -> RosterFileError:
    return RosterFileError("not_spreadsheet", {"kind": FILE_KINDS[kind]})


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le")


def _kind_of_ole(content: bytes) -> str:
    if _utf16("EncryptedPackage") in content or _utf16("EncryptionInfo") in content:
        raise RosterFileError("encrypted")
    if _utf16("WordDocument") in content:
        raise _other("word")
    if _utf16("PowerPoint Document") in content:
        raise _other("slides")
    if _utf16("_VBA_PROJECT") in content:
        raise RosterFileError("macros")
    if _utf16("Workbook") in content or _utf16("Book") in content:
        return "xls"
    raise RosterFileError("unknown_kind")


def _kind_of_zip(content: bytes, limits: Limits) -> str:
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError, OverflowError) as error:
        raise RosterFileError("damaged") from error
    names = [entry.filename.replace("\\", "/").lstrip("/").lower() for entry in entries]
    if len(entries) > limits.entries:
        raise RosterFileError("too_many_parts")
    if len(set(names)) != len(names):
        raise RosterFileError("damaged")  # two parts of one name: readers disagree on which one counts
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise RosterFileError("encrypted")
    kind = _office_kind(names)
    _refuse_active_parts(names)
    manifest = _unpack(content, entries, limits)
    if kind == "xlsx" and b"macroenabled" in manifest.get("[content_types].xml", b"").lower():
        raise RosterFileError("macros")
    if kind == "ods":
        if b"opendocument.spreadsheet" not in manifest.get("mimetype", b""):
            raise _other("word")
        if b"encryption-data" in manifest.get("meta-inf/manifest.xml", b""):
            raise RosterFileError("encrypted")
    return kind


def _office_kind(names: list[str]) -> str:
    present = set(names)
    if "xl/workbook.xml" in present and "[content_types].xml" in present:
        return "xlsx"
    if "xl/workbook.bin" in present:
        raise RosterFileError("binary_workbook")
    if "word/document.xml" in present:
        raise _other("word")
    if "ppt/presentation.xml" in present:
        raise _other("slides")
    if "mimetype" in present and "content.xml" in present:
        return "ods"
    raise _other("archive")


def _refuse_active_parts(names: list[str]) -> None:
    for name in names:
        if name.endswith("vbaproject.bin") or "/vba" in name or name.startswith(("basic/", "scripts/")):
            raise RosterFileError("macros")
        if "externallinks/" in name or name.endswith("xl/connections.xml"):
            raise RosterFileError("external_links")
        if "embeddings/" in name or "activex/" in name or name.startswith(("object ", "objectreplacements/")):
            raise RosterFileError("embedded_objects")


_KEPT = {"[content_types].xml", "mimetype", "meta-inf/manifest.xml"}


def _unpack(content: bytes, entries: list[zipfile.ZipInfo], limits: Limits) -> dict[str, bytes]:
    """Unpack every part once to count it; gives back the three small parts the caller looks into."""
    total = 0
    kept: dict[str, bytes] = {}
    for entry in entries:
        name = entry.filename.replace("\\", "/").lstrip("/").lower()
        head = bytearray()
        size = 0
        for chunk in _chunks(content, entry):
            size += len(chunk)
            total += len(chunk)
            if total > limits.unpacked_bytes or (total > _RATIO_FLOOR and total > limits.ratio * len(content)):
                raise RosterFileError("unpacks_too_large")
            if name in _KEPT and len(head) < _CHUNK:
                head += chunk
        if size != entry.file_size:
            raise RosterFileError("damaged")  # the archive's table lies about the size
        if name in _KEPT:
            kept[name] = bytes(head)
    return kept


def _chunks(content: bytes, entry: zipfile.ZipInfo):
    """The unpacked bytes of one part, piece by piece, following the data and not the declared size."""
    start = entry.header_offset
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or start + _LOCAL_HEADER.size > len(
        content
    ):
        raise RosterFileError("damaged")
    header = _LOCAL_HEADER.unpack_from(content, start)
    begin = start + _LOCAL_HEADER.size + header[9] + header[10]
    end = begin + entry.compress_size
    if header[0] != b"PK\x03\x04" or end > len(content) or header[3] != entry.compress_type:
        raise RosterFileError("damaged")
    if entry.compress_type == zipfile.ZIP_STORED:
        yield content[begin:end]
        return
    inflate = zlib.decompressobj(-15)
    pending = content[begin:end]
    try:
        while pending and not inflate.eof:
            chunk = inflate.decompress(pending, _CHUNK)
            pending = inflate.unconsumed_tail
            yield chunk
    except zlib.error as error:
        raise RosterFileError("damaged") from error
