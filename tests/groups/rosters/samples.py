"""Files of the shapes wards really hold, made from invented people. Nothing here is anybody's data."""

from __future__ import annotations

import csv
import io
import os
import random
import struct
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl import Workbook

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Đặng", "Tống", "Tô", "Lưu", "Hồ")
MIDDLES = ("Văn", "Thị", "Đức", "Thu", "Minh", "Quang", "Trường", "Công")
GIVEN = ("An", "Bình", "Cường", "Dung", "Giang", "Hạnh", "Khánh", "Linh", "Ngân", "Oanh", "Phúc", "Thủy", "Yến", "Ý")
STREETS = ("Xóm Cầu", "Đường Cây Cảnh", "Ngõ 12 Đê Hữu Hồng", "Ngách 5/7 Đền Trần", "Khu Chợ Mới", "Đường 21B")
PREFIXES = ("091", "098", "033", "081", "077", "058")

WARD_HEADER = (
    "Tổ dân phố", "Mã hộ", "Địa chỉ", "Họ và tên", "Giới tính", "Năm sinh", "Quan hệ với chủ hộ", "Số điện thoại",
    "Dùng Zalo", "Tham gia nhóm", "Vai trò",
)  # fmt: skip
HAND_HEADER = (
    "STT", "Họ tên chủ hộ và thành viên", "Năm sinh / Ngày sinh", "Số nhà, đường (xóm)", "Số ĐT", "Tên Zalo",
    "Đã vào nhóm", "Ghi chú",
)  # fmt: skip


def sample_file(name: str, tmp_path: Path, content: bytes) -> Path:
    """The ward's own file of that name where ROSTER_SAMPLES says it lies, else a made one of the same shape."""
    folder = os.environ.get("ROSTER_SAMPLES")
    if folder:
        return Path(folder) / name
    path = tmp_path / name
    path.write_bytes(content)
    return path


def workbook(*sheets: tuple[str, Iterable[Sequence]]) -> bytes:
    book = Workbook(write_only=True)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def person(rng: random.Random) -> str:
    return f"{rng.choice(FAMILIES)} {rng.choice(MIDDLES)} {rng.choice(GIVEN)}"


def number(rng: random.Random) -> str:
    return f"{rng.choice(PREFIXES)}{rng.randrange(10**7):07d}"


def ward_rows(people: int, seed: int = 7, neighbourhoods: int = 40) -> list[list]:
    """A row a person with the household's code, as a ward's register exports it."""
    rng = random.Random(seed)
    rows: list[list] = [list(WARD_HEADER)]
    household = 0
    while len(rows) <= people:
        household += 1
        place = household * neighbourhoods * 4 // (people + 1) % neighbourhoods + 1
        address = f"Số {rng.randrange(1, 250)}, {rng.choice(STREETS)}"
        names: set[tuple[str, int]] = set()
        for at in range(min(rng.randrange(1, 8), people + 1 - len(rows))):
            who = (person(rng), rng.randrange(1940, 2024))
            while who in names:
                who = (person(rng), rng.randrange(1940, 2024))
            names.add(who)
            phone = number(rng) if rng.random() < 0.5 and who[1] < 2008 else ""
            rows.append([
                f"Tổ dân phố số {place}", f"TDP{place:02d}-{household:05d}", address, who[0], "Nữ", who[1],
                "Chủ hộ" if at == 0 else "Con", phone, "x" if phone else "",
                "x" if phone and rng.random() < 0.6 else "",
                "Tổ viên Tổ ANCS" if at == 0 and household % 100 == 0 and phone else "",
            ])  # fmt: skip
    return rows


def spell(phone: str, way: int) -> str | int:
    """A telephone number as neighbourhood heads type it."""
    grouped = (phone[:4], phone[4:7], phone[7:])
    return (
        phone, int(phone), f"+84{phone[1:]}", f"84{phone[1:]}", ".".join(grouped), " ".join(grouped), f"{phone} (Zalo)",
        f"{phone}/0987654321",
    )[way % 8]  # fmt: skip


def hand_rows(households: int, seed: int = 3) -> list[list]:
    """A block a household under a title, with a total and a signature, as a neighbourhood head keeps it by hand."""
    rng = random.Random(seed)
    ticks = ("X", "x", "có", "rồi", "chưa", "")
    notes = (
        "",
        "",
        "nhà khóa cửa",
        "không dùng điện thoại thông minh",
        "đã mất 2025",
        "đi làm xa",
        "hộ nghèo",
        "chuyển đi",
    )
    rows: list[list] = [
        ["UBND PHƯỜNG VỊ KHÊ", "", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["TỔ DÂN PHỐ SỐ 7", "", "", "", "Độc lập - Tự do - Hạnh phúc"],
        [],
        ["DANH SÁCH HỘ GIA ĐÌNH THAM GIA NHÓM ZALO AN NINH TRẬT TỰ (tính đến 30/4/2026)"],
        [],
        list(HAND_HEADER),
    ]
    for at in range(1, households + 1):
        head = person(rng)
        rows.append([
            at, head.upper() if at % 4 == 0 else head, rng.randrange(1940, 2000), f"Số {at}, {rng.choice(STREETS)}",
            spell(number(rng), at), rng.choice(("Mẹ Bống", "Bố Tôm 🦐", "")), ticks[at % 6], notes[at % 8],
        ])  # fmt: skip
        for member in range(rng.randrange(0, 5)):
            year = 1941 + (at * 7 + member * 19) % 84
            rows.append(["", f"  {person(rng)}", f"0{member + 1}/06/{year}" if member % 2 else year])
    footer = [[], ["", f"Cộng: {households} hộ"], [], ["", "", "", "", "", "TỔ TRƯỞNG"]]
    return [*rows, *footer, [], [], [], ["", "", "", "", "", "Mai Thu An"]]


def officer_rows(neighbourhoods: int = 40, seed: int = 5) -> list[list]:
    rng = random.Random(seed)
    ranks = ("Trung tá", "Thiếu tá", "Đại úy", "Thượng úy")
    rows: list[list] = [
        [
            "Tổ dân phố",
            "Cảnh sát khu vực",
            "Bí thư chi bộ",
            "SĐT",
            "Tổ trưởng tổ dân phố",
            "SĐT",
            "Tổ trưởng Tổ ANCS",
            "SĐT",
        ]
    ]
    for at in range(1, neighbourhoods + 1):
        officer = f"{ranks[at // 10 % 4]} Đinh Văn Cường"
        rows.append([f"Tổ dân phố số {at}", officer, *[x for _n in range(3) for x in (person(rng), number(rng))]])
    return rows


def member_rows(members: int = 168, seed: int = 9) -> list[list]:
    rng = random.Random(seed)
    rows: list[list] = [["Tên hiển thị", "Số điện thoại (nếu biết)", "Vai trò trong nhóm", "Ngày vào nhóm"]]
    for at in range(members):
        name = person(rng)
        family, _middle, given = name.split(" ")
        shown = (name, f"{given} {family}", f"Mẹ {given}", f"Bố {given} 🐯", f"{name} - tổ 7")[at % 5]
        role = ("Trưởng nhóm", "Phó nhóm", "Phó nhóm", "Phó nhóm")[at] if at < 4 else ""
        rows.append([shown, number(rng) if at % 3 == 0 else "", role, f"{at % 28 + 1:02d}/0{at % 9 + 1}/2025"])
    return rows


def csv_bytes(rows: Iterable[Sequence], encoding: str = "utf-8-sig", separator: str = ",") -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=separator).writerows(rows)
    return target.getvalue().encode(encoding)


def windows_1258(text: str) -> bytes:
    """Letters as Windows-1258 holds them: most tones are signs of their own behind the vowel."""
    raw = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            raw += letter.encode("cp1258")
        except UnicodeEncodeError:
            marks = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323")
            raw += (unicodedata.normalize("NFC", marks.replace(tone, "")) + tone).encode("cp1258")
    return raw


def zipped(parts: dict[str, bytes | str], *, stored: Sequence[str] = ()) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return target.getvalue()


def with_parts(content: bytes, extra: dict[str, bytes | str], drop: Sequence[str] = ()) -> bytes:
    """A workbook with parts added or replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name not in drop}
    return zipped(parts | extra)


def ods(rows: Iterable[Sequence]) -> bytes:
    """A minimal OpenDocument spreadsheet."""
    body = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(str(c))}</text:p></table:table-cell>'
            for c in row
        )
        + "</table:table-row>"
        for row in rows
    )
    namespaces = "".join(
        f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{namespaces} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Danh sách">{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}, stored=["mimetype"])


def ole(streams: dict[str, bytes]) -> bytes:
    """An OLE container with the given streams, each padded beyond 4 kB so that none needs the small-block table."""
    sector, chains, data = 512, [], b""
    starts: dict[str, tuple[int, int]] = {}
    for name, content in streams.items():
        padded = content.ljust(max(4096, -(-len(content) // sector) * sector), b"\x00")
        first = 2 + len(data) // sector
        count = len(padded) // sector
        chains += [*range(first + 1, first + count), 0xFFFFFFFE]
        starts[name] = (first, len(padded))
        data += padded
    table = [0xFFFFFFFD, 0xFFFFFFFE, *chains]
    assert len(table) <= 128 and len(streams) <= 3
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    header += b"\xff" * (512 - len(header))
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0), *[(name, 2, *start) for name, start in starts.items()]]
    directory = b""
    for at, (name, kind, first, size) in enumerate(entries):
        child = 1 if at == 0 else 0xFFFFFFFF
        right = at + 1 if 0 < at < len(entries) - 1 else 0xFFFFFFFF
        text = (name + "\0").encode("utf-16-le")
        directory += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child)
        directory += bytes(36) + struct.pack("<IQ", first, size)
    directory = directory.ljust(512, b"\0")
    fat = b"".join(struct.pack("<I", entry) for entry in table).ljust(512, b"\xff")
    return header + fat + directory + data


def xls(rows: Sequence[Sequence]) -> bytes:
    """A minimal Excel 97 workbook: text and number cells of one sheet."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def text(value: str, width: str = "<HB") -> bytes:
        encoded = value.encode("utf-16-le")
        return struct.pack(width, len(encoded) // 2, 1) + encoded

    cells = b""
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, (int, float)):
                cells += record(0x0203, struct.pack("<HHHd", r, c, 0, value))
            elif value:
                cells += record(0x0204, struct.pack("<HHH", r, c, 0) + text(value))
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6)
    name = text("Danh sách", "<BB")
    begin = len(record(0x0809, bof)) + len(record(0x0042, b"\xb0\x04")) + len(record(0x0085, bytes(6) + name)) + 4
    book = record(0x0809, bof) + record(0x0042, b"\xb0\x04")
    book += record(0x0085, struct.pack("<IH", begin, 0) + name) + record(0x000A, b"")
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6)) + cells + record(0x000A, b"")
    return ole({"Workbook": book + sheet})
