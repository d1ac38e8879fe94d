"""The variables each process gets: its own database role and nothing of the others'."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vikhe_portal.local import keys, postgres, valkey
from vikhe_portal.local.refusal import Refusal

Role = Literal["web", "worker", "owner"]
ROLES: tuple[Role, ...] = ("web", "worker", "owner")
_DATABASE_NAMES = {"web": "DATABASE_URL", "worker": "DATABASE_WORKER_URL", "owner": "DATABASE_OWNER_URL"}
_KEYS = {"SECRET_KEY", "CONTENT_KEY"}
_WITHHELD = {
    *_DATABASE_NAMES.values(),
    "PGPASSWORD",
    "PGUSER",
    "PGHOST",
    "PGDATABASE",
    "PGSERVICE",
    "MAKEFLAGS",
    "MFLAGS",
}


@dataclass(frozen=True)
class Services:
    """Addresses of the database (one per role) and of the broker, and which of them are embedded."""

    data_dir: Path
    databases: dict[Role, str] = field(repr=False)
    redis_url: str = field(repr=False)
    embedded: frozenset[str]

    def stop(self) -> None:
        """Stop the embedded servers; servers named by DATABASE_URL and REDIS_URL are left alone."""
        if "valkey" in self.embedded:
            valkey.stop(self.data_dir)
        if "postgres" in self.embedded:
            postgres.stop(self.data_dir)


def start_services(data_dir: Path, *, durable: bool = True) -> Services:
    """Start the embedded servers, or take those that DATABASE_URL and REDIS_URL name. Raises Refusal."""
    embedded: set[str] = set()
    databases: dict[Role, str]
    if os.environ.get("DATABASE_URL"):
        databases = _named_databases()
    else:
        embedded.add("postgres")
        server = postgres.start(data_dir, durable=durable)
        databases = {role: server.url(f"app_{role}") for role in ROLES}
    redis_url = os.environ.get("REDIS_URL", "")
    if not redis_url:
        embedded.add("valkey")
        redis_url = valkey.start(data_dir)
    return Services(data_dir, databases, redis_url, frozenset(embedded))


def for_role(services: Services, role: Role, *, port: int, standin_port: int) -> dict[str, str]:
    """Return the whole environment of a process that works as `role`: DATABASE_URL is that role's, the only one."""
    base = {name: value for name, value in os.environ.items() if name not in _WITHHELD}
    base |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PORTAL_DATA_DIR": str(services.data_dir),
        "DATABASE_URL": services.databases[role],
        "REDIS_URL": services.redis_url,
        "PORT": str(port),
        "ZALO_STANDIN_PORT": str(standin_port),
    }
    base.setdefault("DJANGO_SETTINGS_MODULE", "vikhe_portal.settings.dev")
    base.setdefault("ZALO_OPENAPI_URL", f"http://127.0.0.1:{standin_port}")
    base.setdefault("ZALO_OAUTH_URL", f"http://127.0.0.1:{standin_port}")
    if not base.get("SECRET_KEY"):
        base["SECRET_KEY"] = keys.load_or_make(services.data_dir)["secret_key"]
    return base


def for_outsider(web: dict[str, str]) -> dict[str, str]:
    """Return the environment of a process that only imitates the outside world: no database, broker or key."""
    return {name: value for name, value in web.items() if name not in {"DATABASE_URL", "REDIS_URL", *_KEYS}}


def stop_embedded(data_dir: Path) -> None:
    """Stop whatever embedded server of this data folder runs."""
    valkey.stop(data_dir)
    postgres.stop(data_dir)


def for_tests(services: Services) -> dict[str, str]:
    """Return the environment of a test run, which needs all three roles."""
    base = dict(os.environ) | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PORTAL_DATA_DIR": str(services.data_dir),
        "REDIS_URL": services.redis_url,
    }
    base |= {_DATABASE_NAMES[role]: url for role, url in services.databases.items()}
    base.setdefault("DJANGO_SETTINGS_MODULE", "vikhe_portal.settings.test")
    if not base.get("SECRET_KEY"):
        base["SECRET_KEY"] = keys.load_or_make(services.data_dir)["secret_key"]
    return base


def _named_databases() -> dict[Role, str]:
    found: dict[Role, str] = {role: os.environ.get(_DATABASE_NAMES[role], "") for role in ROLES}
    missing = [_DATABASE_NAMES[role] for role, url in found.items() if not url]
    if missing:
        raise Refusal(
            f"Đã đặt DATABASE_URL thì phải đặt cả {' và '.join(missing)}: mỗi phần của cổng thông tin dùng một vai trò "
            "riêng (xem docs/installation.md)."
        )
    return found
