"""From an RPC error to what the command says: message, exit code, next step."""

from datetime import timedelta

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from authsvc.cli.errors import CommandError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.times import describe_span

EXIT_CODES: dict[grpc.StatusCode, ExitCode] = {
    grpc.StatusCode.INVALID_ARGUMENT: ExitCode.USAGE,
    grpc.StatusCode.OUT_OF_RANGE: ExitCode.USAGE,
    grpc.StatusCode.UNAUTHENTICATED: ExitCode.DENIED,
    grpc.StatusCode.PERMISSION_DENIED: ExitCode.DENIED,
    grpc.StatusCode.NOT_FOUND: ExitCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS: ExitCode.CONFLICT,
    grpc.StatusCode.FAILED_PRECONDITION: ExitCode.CONFLICT,
    grpc.StatusCode.ABORTED: ExitCode.CONFLICT,
    grpc.StatusCode.UNAVAILABLE: ExitCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: ExitCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExitCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED: ExitCode.UNAVAILABLE,
}
"""Every other status is a fault: ExitCode.INTERNAL."""

# The status says "later", but what is too large now is too large for ever.
_EXIT_CODES_BY_REASON = {"MESSAGE_TOO_LARGE": ExitCode.USAGE}

NEXT_STEPS: dict[str, str] = {
    "INVALID_FIELD": "correct the fields named above",
    "MALFORMED_REQUEST": "use a command of the same release as the server",
    "MISSING_KEY": "set AUTHSVC_API_KEY_FILE, or run `authsvc bootstrap` beside the server's data",
    "INVALID_KEY": (
        "get a new API key: with `authsvc issue --tenant authsvc` from an admin, or with `authsvc bootstrap`"
    ),
    "INSUFFICIENT_SCOPE": "use an API key that holds the scope, or have an admin issue one",
    "TENANT_NOT_ALLOWED": "name the tenant of your API key with --tenant, or leave --tenant out",
    "TENANT_NOT_FOUND": "look for the name with `authsvc get tenants`",
    "ETAG_MISMATCH": "look at the document in place with `authsvc get tenants NAME -o yaml`, and apply yours to it",
    "TOKEN_NOT_FOUND": "look for the id with `authsvc tokens list`, and check --tenant",
    "OPERATION_NOT_FOUND": "look for the name in the tenant document, or use --any-of and --all-of",
    "KEY_NOT_FOUND": "look for the key id with `authsvc keys list`, and check --tenant",
    "KEY_STATE": "see `authsvc keys list`; --force goes on where the message offers it",
    "KEY_EXISTS": "bring it under another --key-id, or look at the one that is there with `authsvc keys list`",
    "REQUEST_ID_REUSED": "use a new --request-id for a new request",
    "REQUEST_ID_SPENT": "use a new --request-id to get a new token",
    "NO_SIGNING_KEY": "restart the server, which makes the keys that a tenant lacks",
    "LAST_ADMIN_KEY": ("issue another admin key first, or add --force and afterwards run `authsvc recover`"),
    "STORE_UNAVAILABLE": "look at the server's log and disk, then try again",
    "STORE_FULL": "make room on the server's disk, then try again",
    "REVISION_NOT_REACHED": "try again in a moment, or leave --min-revision out",
    "RATE_LIMITED": "try again later",
    "OVERLOADED": "try again later, or give the server more workers or another machine",
    "INTERNAL": "look for the call id in the server's log",
    "MESSAGE_TOO_LARGE": "send less in one call",
    "DEADLINE_EXCEEDED": "try again, or give it longer with --timeout",
    "UNKNOWN_METHOD": "use a command of the same release as the server",
    "GRANT_EXCEEDED": "ask for less, or have the client's entry in the tenant document widened",
    "CLIENT_NOT_REGISTERED": "use the API key of a client that the tenant document lists, or have this one listed",
    "TOO_MANY_LIVE_TOKENS": "revoke tokens that are not needed, `authsvc tokens list` shows them, or wait for their end",
    "TOKEN_NOT_GOOD": "get a new token, and ask `authsvc inspect` about the old one",
    "EXCHANGE_TOO_DEEP": "exchange an ancestor of the token",
    "FAMILY_ENDED": "issue a new token",
}
"""By the reason of the ErrorInfo, which is the name in ErrorReason without its prefix."""

_NEXT_STEPS_BY_STATUS: dict[grpc.StatusCode, str] = {
    grpc.StatusCode.UNAVAILABLE: (
        "is the server running? `make run` starts one; --address or AUTHSVC_GRPC_ADDRESS says where it is, "
        "and --tls or --ca-file that it speaks TLS"
    ),
    grpc.StatusCode.DEADLINE_EXCEEDED: "try again, or give it longer with --timeout",
    grpc.StatusCode.UNIMPLEMENTED: "use a command of the same release as the server",
    grpc.StatusCode.UNAUTHENTICATED: NEXT_STEPS["MISSING_KEY"],
    grpc.StatusCode.RESOURCE_EXHAUSTED: NEXT_STEPS["RATE_LIMITED"],
}


def to_command_error(error: grpc.RpcError, address: str) -> CommandError:
    """What to say of a failed call to the server at `address`."""
    # grpc raises calls as errors, which its types do not say.
    call: object = error
    if not isinstance(call, grpc.Call):
        return CommandError("the call failed before it was sent", ExitCode.INTERNAL)
    status_code = call.code()
    details = _Details(call)
    message = call.details() or status_code.name
    if status_code is grpc.StatusCode.UNAVAILABLE and not details.reason:
        cause = "connection refused" if message.endswith("Connection refused") else message
        message = f"the server at {address} cannot be reached: {cause}"
    elif status_code is grpc.StatusCode.DEADLINE_EXCEEDED:
        message = f"the server at {address} did not answer in time"
    elif details.violations and details.reason == "INVALID_FIELD":
        message = "the request breaks the rules of its fields"
    elif details.violations and details.reason == "GRANT_EXCEEDED":
        message = "the request goes beyond what the API key may convey"
    return CommandError(
        f"{message} ({details.reason or status_code.name})",
        _EXIT_CODES_BY_REASON.get(details.reason) or EXIT_CODES.get(status_code, ExitCode.INTERNAL),
        details=details.violations,
        next_step=details.next_step() or _NEXT_STEPS_BY_STATUS.get(status_code, ""),
    )


class _Details:
    """The google.rpc details of an error; all empty when it carries none or broken ones."""

    def __init__(self, call: grpc.Call) -> None:
        self.reason = ""
        self.violations: list[str] = []
        self.retry_after: timedelta | None = None
        self._said_by_server = ""
        try:
            status = rpc_status.from_call(call)
        except ValueError:
            # A status that contradicts its own details: the plain status is still true.
            return
        for detail in status.details if status is not None else ():
            info = error_details_pb2.ErrorInfo()
            fields = error_details_pb2.BadRequest()
            retry = error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                self.reason = info.reason
                self._said_by_server = info.metadata.get("next_step", "")
            elif detail.Unpack(fields):
                self.violations = [f"{fault.field}: {fault.description}" for fault in fields.field_violations]
            elif detail.Unpack(retry):
                self.retry_after = retry.retry_delay.ToTimedelta()

    def next_step(self) -> str:
        """What the server advises, or else what this command does."""
        if self.retry_after:
            return f"try again in {describe_span(max(self.retry_after, timedelta(seconds=1)))}"
        if self._said_by_server:
            return self._said_by_server
        return NEXT_STEPS.get(self.reason, "")
