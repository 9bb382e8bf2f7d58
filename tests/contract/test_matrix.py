"""Who may call what, for every RPC that the contract declares: without a credential, without the scope, for another
tenant, and by right. Told from the descriptors, so that a new RPC is in it by itself.
"""

from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from rich.console import Console
from rich.table import Table

from authsvc.access.rules import Access, AccessRule, AccessRules, method_path, read_rule
from authsvc.access.service_scopes import ADMIN_SCOPE, SERVICE_SCOPES
from authsvc.scopes.requirement import Requirement
from tests.contract.callers import NAMED, Callers
from tests.contract.case import Case, Run, load_cases
from tests.contract.contract import METHODS, Refusal, call, request_type

OTHER = "acme"
NOT_ASKED = "-"
COLUMNS = ("no credential", "wrong scope", "other tenant", "right")


@dataclass(frozen=True)
class Row:
    """One RPC: its rule, and what each caller is told."""

    rpc: str
    rule: AccessRule
    told: tuple[str, ...]

    @property
    def expected(self) -> tuple[str, ...]:
        """What they must be told."""
        if self.rule is Access.PUBLIC:
            return ("OK", "OK", NOT_ASKED, "OK")
        if self.rule is Access.HOLDER:
            return ("OK", "OK", NOT_ASKED, "OK")
        other = "TENANT_NOT_ALLOWED" if tenant_field(self.rpc) else NOT_ASKED
        return ("MISSING_KEY", "INSUFFICIENT_SCOPE", other, "OK")


def tenant_field(rpc: str) -> Any:
    """The field by which a request names its tenant, or None."""
    return METHODS[rpc].input_type.fields_by_name.get("tenant")


def good_case(rpc: str) -> Case:
    """A case of the RPC that must succeed."""
    return next(case for case in load_cases() if case.rpc == rpc and case.is_good and case.request_hex is None)


def told(answer: Any) -> str:
    return answer.reason if isinstance(answer, Refusal) else "OK"


def row_of(rpc: str, channel: grpc.Channel, callers: Callers) -> Row:
    """Ask for the same four times."""
    case, rule = good_case(rpc), read_rule(METHODS[rpc])
    run = Run(channel, callers)
    run.set_up(case)

    def ask(metadata: Any, *, tenant: str = "") -> str:
        request: Any = json_format.ParseDict(run.fill(dict(case.request)), request_type(rpc)())
        if tenant:
            if tenant_field(rpc).message_type is None:
                request.tenant = tenant
            else:
                request.tenant.name = tenant
        return told(call(channel, rpc, request, metadata))

    own = set(rule.any_of) | set(rule.all_of) if isinstance(rule, Requirement) else set()
    wanted = NAMED.get(case.caller, {}) or {"bound_tenant": "*"}
    everything_else = sorted(SERVICE_SCOPES - own - {ADMIN_SCOPE})
    every_right = sorted(SERVICE_SCOPES - {ADMIN_SCOPE})
    no_key = ask(())
    lacking = ask(callers.bound(wanted["bound_tenant"], everything_else))
    foreign = NOT_ASKED
    if isinstance(rule, Requirement) and tenant_field(rpc):
        foreign = ask(callers.bound(OTHER, every_right), tenant="demo")
    # Last, since it may change what there is.
    return Row(rpc, rule, (no_key, lacking, foreign, ask(callers.named(case.caller))))


def differences(rows: list[Row]) -> list[str]:
    return [
        f"{row.rpc}, {column}: {told_} is not {expected}"
        for row in rows
        for column, told_, expected in zip(COLUMNS, row.told, row.expected, strict=True)
        if told_ != expected
    ]


def test_every_rpc_by_every_kind_of_caller(channel: grpc.Channel, callers: Callers) -> None:
    rows = [row_of(rpc, channel, callers) for rpc in METHODS]
    table = Table("RPC", *COLUMNS)
    for row in rows:
        table.add_row(row.rpc, *row.told)
    Console(width=110).print(table)
    print(f"{len(rows)} RPCs by {len(COLUMNS)} kinds of callers: {sum(map(len, (row.told for row in rows)))} answers")
    assert not differences(rows)
    assert {row.rpc for row in rows} == METHODS.keys()


def test_an_open_door_is_seen() -> None:
    rule = Requirement.of(any_of=["verify:tokens"])
    open_to_all = Row("Verify", rule, ("OK", "OK", "OK", "OK"))
    assert len(differences([open_to_all])) == 3
    shut = Row("Verify", rule, ("MISSING_KEY", "INSUFFICIENT_SCOPE", "TENANT_NOT_ALLOWED", "INSUFFICIENT_SCOPE"))
    assert len(differences([shut])) == 1


@pytest.mark.parametrize("rpc", METHODS)
def test_no_rpc_is_open_without_its_own_scope(rpc: str) -> None:
    path, rule = method_path(METHODS[rpc]), read_rule(METHODS[rpc])
    if not isinstance(rule, Requirement):
        return
    rules = AccessRules({path: rule})
    own = {*rule.any_of, *rule.all_of}
    assert not rules.permits(path, SERVICE_SCOPES - own)
    assert not AccessRules({}).permits(path, SERVICE_SCOPES)
