"""The SQL of docs/installation.md makes the same roles and rights as the embedded set-up."""

from __future__ import annotations

import re
import subprocess

import psycopg

from vikhe_portal.local import postgres
from vikhe_portal.local.places import ROOT
from vikhe_portal.local.roles import ROLES

ATTRIBUTES = """
    SELECT rolname, rolcanlogin, rolcreatedb, rolsuper, rolcreaterole, rolreplication, rolbypassrls
    FROM pg_roles WHERE rolname = ANY(%s) ORDER BY rolname
"""
RIGHTS = """
    SELECT (SELECT array_agg(a::text ORDER BY a::text) FROM pg_database, unnest(datacl) a WHERE datname = 'vikhe'),
           (SELECT array_agg(a::text ORDER BY a::text) FROM pg_namespace, unnest(nspacl) a WHERE nspname = 'public'),
           (SELECT array_agg(kind ORDER BY kind)
            FROM (SELECT defaclobjtype::text || unnest(defaclacl)::text AS kind FROM pg_default_acl) AS granted)
"""


def test_the_documented_statements_match_the_embedded_ones(data_dir):
    page = (ROOT / "docs" / "installation.md").read_text()
    (statements,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    server = postgres.start(data_dir, durable=False)
    made = state(server)
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE vikhe")
        for role in ROLES:
            connection.execute(f"DROP ROLE {role}")
    psql = postgres._binaries(data_dir) / "psql"

    subprocess.run(
        [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", server.url("postgres", "postgres")],
        input=statements, text=True, check=True,
    )  # fmt: skip

    assert state(server) == made
    assert None not in made[1]


def state(server: postgres.Server) -> tuple:
    with psycopg.connect(server.url("postgres")) as connection:
        attributes = connection.execute(ATTRIBUTES, [list(ROLES)]).fetchall()
        return attributes, connection.execute(RIGHTS).fetchone()
