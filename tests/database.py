"""The test databases: made by the owner from a template, used as the application's own role.

A superuser or the owner would walk through the ward walls and the tests would pass for nothing; so the owner migrates
once into a template named after the migrations' contents, every run copies it, and the tests connect as app_web.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
KEPT_TABLES = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "wards_province",
    "wards_ward",
    "wards_publicholiday",
}


def fingerprint() -> str:
    """A short hash over every migration (and what their operations do)."""
    digest = hashlib.sha256()
    files = sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("vikhe_portal/core/migrations/*.py"))
    for path in [*files, ROOT / "vikhe_portal/core/walls.py", ROOT / "requirements.txt"]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:10]


@contextmanager
def owner_connection(database: str):
    """A connection of the owner role, outside Django."""
    owner = settings.DATABASE_OWNER
    with psycopg.connect(
        host=owner["HOST"],
        port=owner["PORT"] or None,
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
        dbname=database,
        autocommit=True,
    ) as connection:
        yield connection


def role_url(variable: str, database: str) -> str:
    """The address in an environment variable (DATABASE_OWNER_URL, DATABASE_WORKER_URL, …) for another database."""
    head, question, tail = os.environ[variable].partition("?")
    return f"{head.rpartition('/')[0]}/{database}{question}{tail}"


def owner_url(database: str) -> str:
    """DATABASE_OWNER_URL for another database of the same server."""
    return role_url("DATABASE_OWNER_URL", database)


def ensure_template() -> str:
    """Return the name of a migrated template database, made if this state of the migrations has none yet."""
    name = f"tpl_{fingerprint()}"
    with owner_connection("postgres") as connection:
        connection.execute("SELECT pg_advisory_lock(726002)")  # two test runs make it once
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        scratch = f"{name}_new"
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(scratch)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(scratch)))
        with owner_connection(scratch) as fresh:
            fresh.execute("GRANT USAGE ON SCHEMA public TO app_web, app_worker")
            for grant in (
                "SELECT, INSERT, UPDATE, DELETE ON TABLES",
                "USAGE, SELECT ON SEQUENCES",
                "EXECUTE ON FUNCTIONS",
            ):
                fresh.execute(f"ALTER DEFAULT PRIVILEGES FOR ROLE app_owner GRANT {grant} TO app_web, app_worker")
        environment = os.environ | {
            "DATABASE_URL": owner_url(scratch),
            "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
        }
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0", "--skip-checks"],
            check=True,
            env=environment,
            cwd=ROOT,
        )
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(scratch), sql.Identifier(name))
        )
    return name


def clone(template: str, name: str) -> None:
    """Copy the template into a fresh database of this name."""
    with owner_connection("postgres") as connection:
        connection.execute("SELECT pg_advisory_lock(726002)")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def drop(name: str) -> None:
    """Remove a test database."""
    with owner_connection("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def empty(name: str) -> None:
    """Empty every table but the reference ones: after a test that commits."""
    with owner_connection(name) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [row[0] for row in rows if row[0] not in KEPT_TABLES and not row[0].endswith("_reference")]
        connection.execute(
            sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, tables)))
        )
