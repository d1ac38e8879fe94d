"""The people of the demonstration ward: invented, one account per role, all with one printed password."""

from __future__ import annotations

from dataclasses import dataclass

WARD_ID = 13_972
PASSWORD = "Vi-Khe-minh-hoa-2026"  # noqa: S105  (printed by `make run`; the demonstration listens on the loopback only)
PASSPHRASE = "cay da ben nuoc san dinh"  # noqa: S105  (as above)
NEIGHBOURHOODS = [f"Tổ dân phố Mẫu {number}" for number in range(1, 9)]


@dataclass(frozen=True)
class Role:
    """An account of the demonstration. `places` are indexes of NEIGHBOURHOODS (area or a deputy's own)."""

    username: str
    name: str
    kind: str
    rank: str = ""
    title: str = ""
    capacity: str = ""
    phone: str = ""
    published: bool = False
    places: tuple[int, ...] = ()


ROLES = [
    Role("truongban", "Đoàn Hữu Mẫu", "committee_head", title="Trưởng Ban Chỉ đạo"),
    Role(
        "truongca", "Hoàng Minh Họa", "chief", "Trung tá", "Trưởng Công an phường", phone="0900000001", published=True
    ),
    Role("phoban", "Trịnh Thị Mẫu", "deputy_head", title="Phó Trưởng Ban Chỉ đạo"),
    Role("uyvien", "Nguyễn Thị Ví Dụ", "committee_member", title="Ủy viên, Hội LHPN phường"),
    Role("phoca", "Lê Quang Thử", "deputy_chief", "Thiếu tá", "Phó Trưởng Công an phường"),
    Role("trucban", "Phạm Thu Mẫu", "duty_officer", "Đại úy", "Cán bộ trực ban", phone="0900000002", published=True),
    Role("trucban2", "Mai Văn Họa", "duty_officer", "Thượng úy", "Cán bộ trực ban"),
    Role(
        "cskv1",
        "Đỗ Văn Mẫu",
        "area_officer",
        "Đại úy",
        "Cảnh sát khu vực",
        phone="0900000011",
        published=True,
        places=(0, 1, 2, 3),
    ),
    Role(
        "cskv2",
        "Bùi Xuân Thử",
        "area_officer",
        "Trung úy",
        "Cảnh sát khu vực",
        phone="0900000012",
        published=True,
        places=(4, 5, 6, 7),
    ),
    Role("cskv3", "Vũ Thị Họa", "area_officer", "Thượng úy", "Cảnh sát khu vực", phone="0900000013", published=True),
    Role("bithu", "Trần Văn Ví Dụ", "group_deputy", capacity="party_secretary", phone="0900000021", places=(0,)),
    Role("totruong", "Phan Thị Mẫu", "group_deputy", capacity="neighbourhood_head", phone="0900000022", places=(0,)),
    Role("toantt", "Hồ Xuân Thử", "group_deputy", capacity="security_head", phone="0900000023", places=(0,)),
    Role("loa", "Cao Thị Họa", "outlet_keeper", title="Cán bộ đài truyền thanh phường"),
    Role("quantri", "Ngô Đức Thử", "ward_admin", title="Quản trị hệ thống"),
    Role("tinh", "Đặng Kim Mẫu", "province_viewer", title="Công an tỉnh, xem số liệu"),
]
CAPACITIES = ("party_secretary", "neighbourhood_head", "security_head")
