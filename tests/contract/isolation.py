"""What one tenant can learn of another: every RPC is asked for what is another's, and for what is nobody's."""

import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from authsvc.access.rules import method_path
from authsvc.access.service_scopes import ADMIN_SCOPE, SERVICE_SCOPES
from authsvc.api.page_token import write_page_token
from authsvc.keys.sealed_key import Algorithm
from authsvc.keys.sealing import SealingKey
from authsvc.store.contract import TokenFilter
from authsvc.tokens.jose import sign
from tests.contract.callers import Callers
from tests.contract.case import Run, load_cases, plain_of
from tests.contract.client import Client
from tests.contract.contract import CALL_SECONDS, METHODS, request_type, response_type
from tests.rights.escalation import payload_of
from tests.support.server import Server

OURS, THEIRS, NOBODY = "apart", "acme", "nobd"
THEIR_ISSUER = "https://login.acme.example/tokens"
DETAILS = "grpc-status-details-bin"
FRESH = {
    *(
        "revision",
        "token",
        "token_id",
        "key_id",
        "issue_time",
        "expire_time",
        "revoke_time",
        "create_time",
        "update_time",
    ),
    *("family_id", "family_end_time", "old_token_end_time", "rotated_from_token_id", "last_used_time"),
    *("activate_time", "retire_time", "state_time", "etag", "uid", "unverified_header", "unverified_payload"),
}
"""Fields of answers that differ from one call to the same call, or repeat what was sent."""
SEALS = ("audit_seals", "audit_head")
"""Tables of the store itself, which seals what all tenants have written."""


@dataclass(frozen=True)
class Ids:
    """The same kinds of ids twice, in the same form and of the same length: those of another tenant, and nobody's."""

    theirs: Mapping[str, str]
    nobodys: Mapping[str, str]


def make_ids(server: Server, channel: grpc.Channel, callers: Callers) -> Ids:
    """Let the other tenant have one of everything, and make its like up."""
    platform = Client(channel, callers.bound("*"))
    mark = secrets.token_hex(4)
    names = {"subject": f"theirs {mark}", "client_id": f"theirs-{mark}", "label": f"their {mark}"}
    issued = platform.issue(THEIRS, **names, request_id=f"theirs.{mark}")
    for _ in range(2):
        platform.issue(THEIRS, **names)
    page = platform.do("ListTokens", tenant=THEIRS, page_size=1).next_page_token
    # A token of the same text but for its key, which no tenant has, and its signature.
    stranger = SealingKey(bytes(32))
    key = stranger.open(stranger.make(THEIRS, Algorithm.HS256))
    key_id = _alike(issued.key_id)
    forged = sign(key.algorithm, key.private, key_id, payload_of(issued.token))
    theirs = {
        "token": issued.token,
        "token_id": issued.token_id,
        "key_id": issued.key_id,
        "tenant": THEIRS,
        "issuer": THEIR_ISSUER,
        "operation": "the others",
        "request_id": f"theirs.{mark}",
        "page_token": page,
        **names,
    }
    nobodys = {
        "token": server.secret(forged),
        "token_id": _alike(issued.token_id),
        "key_id": key_id,
        "tenant": NOBODY,
        "issuer": "https://login.nobd.example/tokens",
        "operation": "the absent",
        "request_id": f"nobody.{mark}",
        "page_token": write_page_token(TokenFilter(NOBODY), 2),
        **{name: text.replace("their", "nobod") for name, text in names.items()},
    }
    assert {name: len(text) for name, text in theirs.items()} == {name: len(text) for name, text in nobodys.items()}
    return Ids(theirs, nobodys)


def _alike(text: str) -> str:
    """Another id of the same shape: where a field is read as JSON, both must be the same kind of nonsense."""
    return text.translate(str.maketrans("123456789abcdfABCDF", "912345678fabcdFABCD"))


@dataclass(frozen=True)
class Place:
    """A field of text somewhere in a request, and the request around it."""

    rpc: str
    path: tuple[str, ...]
    around: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.rpc} {'.'.join(self.path)}"

    def request(self, text: str) -> bytes:
        """The request with this text in this place."""
        request = json_format.ParseDict(dict(self.around), request_type(self.rpc)())
        message: Any = request
        for name in self.path[:-1]:
            message = step_into(message, name)
        name = self.path[-1]
        if message.DESCRIPTOR.fields_by_name[name].is_repeated:
            del getattr(message, name)[:]
            getattr(message, name).append(text)
        else:
            setattr(message, name, text)
        return request.SerializeToString()


def step_into(message: Message, name: str) -> Any:
    """The message in a field: of a list the first, made where there is none."""
    held = getattr(message, name)
    if message.DESCRIPTOR.fields_by_name[name].is_repeated:
        return held[0] if held else held.add()
    held.SetInParent()
    return held


def places(channel: grpc.Channel, callers: Callers) -> Iterator[Place]:
    """Every field of text in the request of every RPC, in a request that is good but for it."""
    for rpc, method in METHODS.items():
        case = next(case for case in load_cases() if case.rpc == rpc and case.is_good)
        run = Run(channel, callers)
        if case.setup:
            run.answer(case)
        around = run.fill(dict(case.request))
        # What is not asked of another tenant by name is asked of one's own.
        around = {name: value for name, value in around.items() if name != "tenant" or not isinstance(value, str)}
        for path in text_paths(method.input_type):
            yield Place(rpc, path, around)


def text_paths(
    message: Descriptor, before: tuple[str, ...] = (), seen: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """The paths of all fields of text, within messages of the contract."""
    for field in message.fields:
        path = (*before, field.name)
        held = field.message_type
        if field.type == FieldDescriptor.TYPE_STRING:
            yield path
        elif held is not None and _is_ours(held) and held.full_name not in seen:
            yield from text_paths(held, path, (*seen, held.full_name))


def _is_ours(message: Descriptor) -> bool:
    return message.file.package == "authsvc.v1" and not message.GetOptions().map_entry


def answer_to(channel: grpc.Channel, rpc: str, request: bytes, metadata: Any, text: str) -> tuple[Any, ...]:
    """All that an answer says, byte for byte where it is the same for the same call."""
    ask: Any = channel.unary_unary(method_path(METHODS[rpc]), request_serializer=bytes, response_deserializer=bytes)
    try:
        answer = ask(request, metadata=metadata, timeout=CALL_SECONDS)
    except grpc.RpcError as error:
        call: Any = error
        details = dict(call.trailing_metadata() or ()).get(DETAILS, b"")
        return call.code(), call.details(), details
    return "OK", without_fresh(plain_of(response_type(rpc).FromString(answer)), text)


def without_fresh(value: Any, text: str) -> Any:
    """An answer without what differs from call to call, and without the text that was asked for."""
    if isinstance(value, dict):
        return {name: without_fresh(item, text) for name, item in value.items() if name not in FRESH}
    if isinstance(value, list):
        return [without_fresh(item, text) for item in value]
    # A text with spaces is several scopes.
    return "asked for" if isinstance(value, str) and value in {text, *text.split()} else value


def every_right(callers: Callers) -> Any:
    """A caller of our own tenant that may call everything."""
    return callers.bound(OURS, sorted(SERVICE_SCOPES - {ADMIN_SCOPE}))


def rows_of_others(server: Server) -> dict[str, set[tuple[Any, ...]]]:
    """Every row of every table that is not our tenant's; a table that knows no tenant is nobody's."""
    with closing(sqlite3.connect(server.data_dir / "authsvc.db")) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: set(_rows(connection, name)) for name in names if not name.startswith(("sqlite_", *SEALS))}


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    # The names come from the database itself.
    rows = connection.execute(f'SELECT * FROM "{table}"')
    columns = [column[0] for column in rows.description]
    tenant = columns.index("tenant") if "tenant" in columns else None
    return (row for row in rows if tenant is None or row[tenant] != OURS)
