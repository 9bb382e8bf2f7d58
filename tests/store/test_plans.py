"""The statements of the everyday calls find their rows by whole keys, however many rows there are."""

import re

import pytest
from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.sql.compiler import SQLCompiler

from authsvc.revocation.entry import TargetKind
from authsvc.store import keys, records, revocations, tenants, tokens, usage
from tests.store.conftest import SqliteBackend

BY_KEYS: dict[str, tuple[Executable, list[str]]] = {
    "a token": (records.ONE, ["tenant=? AND token_id=?"]),
    "a token of an issuer": (records.ONE_OF_ISSUER, ["tenant=? AND token_id=? AND issuer=?"]),
    "a request": (tokens.REQUESTED, ["tenant=? AND caller=? AND request_id=?"]),
    "a revocation": (revocations.ONE, ["tenant=? AND kind=? AND issuer=? AND name=?"]),
    "a cut-off": (revocations.NEWEST_CUTOFF, ["tenant=? AND kind=? AND issuer=? AND name=?"] * 3),
    "a cut-off of a bound key": (
        revocations.NEWEST_BOUND_CUTOFF,
        ["tenant=? AND kind=? AND issuer=? AND name=?"] * 2,
    ),
    "the newest token of a subject": (revocations.NEWEST_RECORD[TargetKind.SUBJECT], ["tenant=? AND subject=?"]),
    "the newest token of a client": (revocations.NEWEST_RECORD[TargetKind.CLIENT], ["tenant=? AND client_id=?"]),
    "the newest token of a tenant": (revocations.NEWEST_RECORD[TargetKind.TENANT], ["tenant=?"]),
    "the cut-offs of a tenant": (revocations.NEWEST_OF_TENANT, ["tenant=? AND kind=?"] * 5),
    "a tenant": (tenants.ONE, ["name=?"]),
    "whether there is a tenant": (tokens.TENANT_UID, ["name=?"]),
    "the holder of an issuer": (tenants.OF_ISSUER, ["issuer=?"]),
    "the holder of a SPIFFE id": (tenants.HOLDER, ["spiffe_id=?"]),
    "names of tenants": (tenants.NAMES, ["name>?"]),
    "the keys of a tenant": (keys.OF_TENANT, ["tenant=?"]),
    "the unexpired tokens of a client": (tokens.UNEXPIRED_OF_CLIENT, ["tenant=? AND client_id=? AND expire_time>?"]),
    "the live tokens of a client": (tokens.LIVE_OF_CLIENT, ["tenant=? AND client_id=? AND expire_time>?"]),
    "the use of a token": (usage.OF_TOKEN, ["tenant=? AND issuer=? AND token_id=?"]),
    "a key": (keys.ONE, ["tenant=? AND key_id=?"]),
    "a page": (
        tokens.page("acme", {}, state=None, before=1, limit=1),
        ["tenant=? AND position<?"],
    ),
    "a page of a subject": (
        tokens.page("acme", {"subject": "alice"}, state=None, before=1, limit=1),
        ["tenant=? AND subject=? AND position<?"],
    ),
    "a page of a client": (
        tokens.page("acme", {"client_id": "ci"}, state="live", before=1, limit=1),
        ["tenant=? AND client_id=? AND position<?"],
    ),
}
INDEXED = re.compile(" USING (COVERING )?INDEX ")
JOINED = "tenant=? AND kind=? AND issuer=? AND name=?"


@pytest.mark.parametrize(("statement", "keys_used"), BY_KEYS.values(), ids=BY_KEYS)
def test_rows_are_found_by_whole_keys(sqlite: SqliteBackend, statement: Executable, keys_used: list[str]) -> None:
    sqlite.open().close()
    compiled = statement.compile(  # type: ignore[attr-defined]
        dialect=sqlite_dialect.dialect(), compile_kwargs={"render_postcompile": True}
    )
    assert isinstance(compiled, SQLCompiler)
    plan = [
        row[-1] for row in sqlite.rows("EXPLAIN QUERY PLAN " + str(compiled), *([0] * len(compiled.positiontup or ())))
    ]
    assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], plan
    searched = [step.partition("(")[2].partition(")")[0] for step in plan if INDEXED.search(step)]
    assert searched[: len(keys_used)] == keys_used
    # What is joined to a record are its revocations, and those of its ancestors.
    assert all(step == JOINED for step in searched[len(keys_used) :])
