"""Who issues a document: two bodies with series of numbers kept apart (decree 30/2020/NĐ-CP, appendix I, II.3.a)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letterhead:
    parent_body: str
    issuing_body: str
    in_text: str  # the issuer as written inside a sentence
    abbreviation: str  # in the document's symbol: "BCĐ" in "BC-BCĐ"
    place: str  # before the date


def committee_letterhead(ward: str) -> Letterhead:
    """The steering committee of a ward; `ward` is its bare name, "Vị Khê"."""
    return Letterhead(
        parent_body=f"ỦY BAN NHÂN DÂN PHƯỜNG {ward.upper()}",
        issuing_body="BAN CHỈ ĐẠO THỰC HIỆN PHONG TRÀO TOÀN DÂN BẢO VỆ AN NINH TỔ QUỐC",
        in_text=f"Ban Chỉ đạo thực hiện phong trào Toàn dân bảo vệ an ninh Tổ quốc phường {ward}",
        abbreviation="BCĐ",
        place=ward,
    )


def police_letterhead(ward: str, province: str) -> Letterhead:
    """The police of a ward; bare names, "Vị Khê" and "Ninh Bình"."""
    return Letterhead(
        parent_body=f"CÔNG AN TỈNH {province.upper()}",
        issuing_body=f"CÔNG AN PHƯỜNG {ward.upper()}",
        in_text=f"Công an phường {ward}",
        abbreviation="CAP",
        place=ward,
    )
