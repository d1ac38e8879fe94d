"""The three database roles and their rights, for the embedded server and for any other PostgreSQL 15 or newer.

app_owner owns the tables and migrates; app_web and app_worker work in them. None is a superuser, none may pass by
row-level security, none is a member of another: a process of the portal cannot become the owner.
"""

from __future__ import annotations

from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROLES = ("app_owner", "app_web", "app_worker")
DATABASE = "vikhe"
_ATTRIBUTES: LiteralString = "LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS"


def prepare_cluster(superuser_url: str, passwords: dict[str, str], *, database: str = DATABASE) -> None:
    """Make or correct the roles, the database and its rights; may be run again at any time.

    superuser_url: postgresql:// address of a superuser, any database; passwords: one for each of app_owner, app_web,
    app_worker. Raises psycopg.Error when the server refuses. The same statements stand in docs/installation.md.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in ROLES:
            _make_role(connection, role, passwords[role])
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not found:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER app_owner ENCODING 'UTF8' TEMPLATE template0").format(
                    sql.Identifier(database)
                )
            )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        # TEMPORARY: rosters are copied into a temporary table first, COPY into walled tables being refused.
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO app_web, app_worker").format(sql.Identifier(database))
        )
    with psycopg.connect(_other_database(superuser_url, database), autocommit=True) as connection:
        connection.execute("ALTER SCHEMA public OWNER TO app_owner")
        grant_defaults(connection)


def grant_defaults(connection: psycopg.Connection) -> None:
    """Give app_web and app_worker their rights to whatever app_owner makes in the database of this connection.

    Default privileges belong to one database, so every new database (tests) needs this before it is migrated. The
    connection must be app_owner's or a superuser's.
    """
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute("GRANT USAGE ON SCHEMA public TO app_web, app_worker")
    for rights in (
        "SELECT, INSERT, UPDATE, DELETE ON TABLES",
        "USAGE, SELECT ON SEQUENCES",
        "EXECUTE ON FUNCTIONS",
    ):
        connection.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE app_owner GRANT {} TO app_web, app_worker").format(
                sql.SQL(rights)
            )
        )


def _make_role(connection: psycopg.Connection, role: str, password: str) -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    createdb: LiteralString = "CREATEDB" if role == "app_owner" else "NOCREATEDB"
    connection.execute(
        sql.SQL("{} ROLE {} {} {} PASSWORD {}").format(
            sql.SQL("ALTER" if found else "CREATE"),
            sql.Identifier(role),
            sql.SQL(_ATTRIBUTES),
            sql.SQL(createdb),
            sql.Literal(password),
        )
    )


def _other_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
