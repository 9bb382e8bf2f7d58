"""What a caller may issue: nobody conveys more than it holds."""

from dataclasses import replace
from functools import partial

from authsvc.api.caller import Caller
from authsvc.api.issue_request import IssueOrder, place_of_scope
from authsvc.errors import FieldViolation, GrantExceededError
from authsvc.v1.token_service_pb2 import IssueRequest

CLIENT_ISSUES_NOTHING = (
    FieldViolation("tenant", "the client may issue nothing: its entry in the tenant's document has no grant"),
)


def within_grant(order: IssueOrder, request: IssueRequest, caller: Caller) -> IssueOrder:
    """The order that was read from the request, its lifetime cut to what the caller's client may give.

    A client that its tenant lists issues within its grant, and in its own name: the client_id of a token says who asked for
    it (RFC 9068 section 2.2), and what a client holds is counted by it. Whoever is no such client, an admin say or a caller
    for all tenants, is bound by the tenant's rules alone.

    Raises:
        GrantExceededError: with a violation for every field that goes beyond it.
    """
    client = caller.client
    if client is None:
        return order
    grant = client.issue
    if grant is None:
        raise GrantExceededError(CLIENT_ISSUES_NOTHING)
    violations = list(
        grant.violations(
            subject=order.subject,
            audiences=order.audiences,
            scopes=order.scopes,
            place_of=partial(place_of_scope, request),
        )
    )
    if order.client_id != client.client_id:
        violations.insert(0, FieldViolation("client_id", "must be the client itself: it issues in no other name"))
    if violations:
        raise GrantExceededError(violations)
    ttl = order.ttl if grant.max_ttl is None else min(order.ttl, grant.max_ttl)
    return replace(order, ttl=ttl, max_live_tokens=grant.max_live_tokens)
