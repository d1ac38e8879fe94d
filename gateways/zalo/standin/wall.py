"""What residents see: each group as a chat on a phone. Plain HTML, all escaped, nothing loaded from elsewhere."""

import re
from html import escape
from urllib.parse import quote

from aiohttp import web

from gateways.zalo.standin.server import STANDIN
from gateways.zalo.standin.world import Group, Post, World

SHOWN = 100
GROUPS_SHOWN = 500
_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_STYLE = """
*{box-sizing:border-box}
body{margin:0;font:16px/1.45 "Be Vietnam Pro",system-ui,sans-serif;background:#dfe5ee;color:#16202c}
main{max-width:30rem;margin:0 auto;min-height:100vh;background:#eef2f8;display:flex;flex-direction:column}
header{position:sticky;top:0;background:#0b5ed7;color:#fff;padding:.75rem 1rem}
header h1{font-size:1.1rem;margin:0}
header p{margin:.1rem 0 0;font-size:.85rem}
header a{color:#fff}
.note{margin:0;padding:.4rem 1rem;background:#fff4ce;font-size:.8rem}
ol,ul{list-style:none;margin:0;padding:.75rem 1rem}
ol{flex:1;display:flex;flex-direction:column;gap:.5rem}
.day{align-self:center;font-size:.8rem;background:#c9d3e2;border-radius:1rem;padding:.1rem .7rem}
.post{max-width:88%;background:#fff;border-radius:.9rem;padding:.5rem .75rem;box-shadow:0 1px 1px #0002}
.post.own{align-self:flex-start;border-left:4px solid #0b5ed7}
.post.member{align-self:flex-start}
.post.bot{align-self:flex-start;border-left:4px solid #6f42c1}
.who{font-size:.8rem;font-weight:600;color:#0b4bab}
.bot .who{color:#5a32a3}
.member .who{color:#4a5563}
.text{white-space:pre-wrap;overflow-wrap:anywhere;margin:.15rem 0}
.text b{color:#0b5ed7}
.post img{max-width:100%;border-radius:.5rem;display:block;margin:.3rem 0}
.file{display:block;background:#eef2f8;border-radius:.5rem;padding:.4rem .6rem;margin:.3rem 0}
time{font-size:.75rem;color:#4a5563}
.empty{align-self:center;color:#4a5563;margin-top:2rem}
.list a{display:block;background:#fff;border-radius:.75rem;padding:.6rem .9rem;margin-bottom:.5rem}
.list a{color:inherit;text-decoration:none}
.list strong{display:block}
.list span{font-size:.85rem;color:#4a5563;display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
"""


def _page(title: str, head: str, body: str) -> web.Response:
    text = (
        "<!doctype html><html lang=vi><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'><meta http-equiv=refresh content=5>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{head}"
        "<p class=note>Máy chủ mô phỏng Zalo để trình diễn và kiểm thử. Không có gì ở đây gửi tới người thật.</p>"
        f"{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", headers=_HEADERS)


def _sender(world: World, group: Group, post: Post) -> tuple[str, str]:
    if post.src == 0:
        account = world.accounts.get(group.oa_id)
        return "own", account.name if account else "Official Account"
    if post.src == 2:
        return "bot", "Bot"
    found = world.people.get(post.sender_id)
    return "member", found.name if found else "Thành viên"


def _words(world: World, group: Group, text: str) -> str:
    """Escaped text with mentions shown as names; links stay text, as nothing here should lead away."""

    def mention(match: re.Match[str]) -> str:
        if match[1] == group.group_id:
            return "<b>@Tất cả mọi người</b>"
        found = world.people.get(match[1])
        return f"<b>@{escape(found.name)}</b>" if found else match[0]

    return re.sub(r"\[@([0-9a-z]+)\]", mention, escape(text))


def _attachment(world: World, post: Post) -> str:
    if not post.attachment:
        return ""
    upload = world.uploads.get(post.attachment)
    if upload is None:
        return f"<span class=file>Ảnh: {escape(post.attachment)}</span>"
    if upload.expires < world.clock.now():
        return "<span class=file>Tệp không còn tồn tại</span>"
    if upload.kind == "image":
        return f"<img src='/_tep/{quote(upload.upload_id)}' alt='Ảnh kèm bài đăng'>"
    return f"<span class=file>Tệp: {escape(upload.name)} ({max(1, len(upload.content) // 1024)} KB)</span>"


async def index(request: web.Request) -> web.Response:
    """All groups, the one with the latest post first."""
    world = request.app[STANDIN].world
    found = sorted(
        world.groups.values(), key=lambda group: group.messages[-1].number if group.messages else 0, reverse=True
    )
    items = []
    for group in found[:GROUPS_SHOWN]:
        last = group.messages[-1] if group.messages else None
        line = _words(world, group, last.text[:120]) or "Ảnh hoặc tệp" if last else "Chưa có bài đăng"
        kind = "" if group.oa_id else " · nhóm thường"
        items.append(
            f"<li><a href='/tuong/{group.group_id}'><strong>{escape(group.name)}</strong>"
            f"<span>{len(group.messages)} bài đăng{kind}</span><span>{line}</span></a></li>"
        )
    total = f"{len(found)} nhóm, {len(world.posts)} bài đăng"
    if len(found) > GROUPS_SHOWN:
        total += f" (hiện {GROUPS_SHOWN} nhóm mới nhất)"
    body = f"<ul class=list>{''.join(items)}</ul>" if items else "<ol><li class=empty>Chưa có nhóm nào.</li></ol>"
    return _page("Tường nhóm", f"<header><h1>Tường các nhóm</h1><p>{total}</p></header>", body)


async def group_wall(request: web.Request) -> web.Response:
    """One group as its members see it, newest at the bottom."""
    world = request.app[STANDIN].world
    group = world.groups.get(request.match_info["group_id"])
    if group is None:
        head = "<header><h1>Không có nhóm này</h1><p><a href='/'>Về danh sách nhóm</a></p></header>"
        page = _page("Không có nhóm này", head, "")
        page.set_status(404)
        return page
    rows, day = [], ""
    for post in group.messages[-SHOWN:]:
        at = world.clock.local(post.time_ms / 1000)
        today = f"{_WEEKDAYS[at.weekday()]}, {at:%d/%m/%Y}"
        if today != day:
            rows.append(f"<li class=day>{today}</li>")
            day = today
        kind, name = _sender(world, group, post)
        text = f"<p class=text>{_words(world, group, post.text)}</p>" if post.text else ""
        rows.append(
            f"<li class='post {kind}'><span class=who>{escape(name)}</span>{text}{_attachment(world, post)}"
            f"<time>{at:%H:%M}</time></li>"
        )
    if not rows:
        rows.append("<li class=empty>Chưa có bài đăng.</li>")
    count = world.member_count(group) if group.oa_id else len(group.members)
    state = " · nhóm đã bị khóa vì hết hạn gói" if world.asset_expired(group) else ""
    people = f"{count} thành viên" if group.oa_id else "Nhóm thường"
    head = f"<header><h1>{escape(group.name)}</h1><p>{people}{state} · <a href='/'>Các nhóm</a></p></header>"
    return _page(group.name, head, f"<ol>{''.join(rows)}</ol>")


async def picture(request: web.Request) -> web.Response:
    """An uploaded picture, for the wall."""
    world = request.app[STANDIN].world
    upload = world.uploads.get(request.match_info["upload_id"])
    if upload is None or upload.kind != "image" or upload.expires < world.clock.now():
        raise web.HTTPNotFound
    return web.Response(body=upload.content, content_type=upload.mime, headers=_HEADERS)


async def no_icon(request: web.Request) -> web.Response:
    """Browsers ask for an icon; there is none."""
    return web.Response(status=204)
