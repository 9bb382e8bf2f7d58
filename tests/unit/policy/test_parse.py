"""The form of tenant documents: YAML that is the proto-JSON of a Tenant, read strictly."""

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from authsvc.errors import FieldViolation
from authsvc.policy.document import TenantDocumentError, parse_tenant_documents
from authsvc.v1 import tenant_pb2
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation, Tenant

SNAKE = """
name: shop
issuer: https://id.shop.example
default_ttl: 600s
max_ttl: 86400s
algorithm: SIGNING_ALGORITHM_EDDSA
audiences: [https://api.shop.example]
scope_claim_shape: SCOPE_CLAIM_SHAPE_TREE
operations:
  - name: list users
    requirement: {any_of: ["read:users"], all_of: [repo]}
    description: Lists them
description: A shop
"""
CAMEL = (
    SNAKE.replace("default_ttl", "defaultTtl")
    .replace("max_ttl", "maxTtl")
    .replace("scope_claim_shape", "scopeClaimShape")
    .replace("any_of", "anyOf")
    .replace("all_of", "allOf")
)


def violations(text: str) -> tuple[FieldViolation, ...]:
    with pytest.raises(TenantDocumentError) as caught:
        parse_tenant_documents(text)
    return caught.value.violations


def places(text: str) -> list[str]:
    return [violation.field for violation in violations(text)]


@pytest.mark.parametrize("text", [SNAKE, CAMEL])
def test_both_spellings_are_read(text: str) -> None:
    assert parse_tenant_documents(text) == [
        Tenant(
            name="shop",
            issuer="https://id.shop.example",
            default_ttl=Duration(seconds=600),
            max_ttl=Duration(seconds=86400),
            algorithm=tenant_pb2.SIGNING_ALGORITHM_EDDSA,
            audiences=["https://api.shop.example"],
            scope_claim_shape=tenant_pb2.SCOPE_CLAIM_SHAPE_TREE,
            operations=[
                Operation(
                    name="list users",
                    requirement=ScopeRequirement(any_of=["read:users"], all_of=["repo"]),
                    description="Lists them",
                )
            ],
            description="A shop",
        )
    ]


def test_several_documents_stand_in_order_and_empty_ones_do_not_count() -> None:
    text = "# before\n---\nname: a\n---\n# nothing\n---\nname: b\ndescription: null\n---\n"
    assert [document.name for document in parse_tenant_documents(text)] == ["a", "b"]
    assert parse_tenant_documents("") == parse_tenant_documents("---\n# no tenant\n") == []


def test_an_anchor_is_written_once_and_used_often() -> None:
    text = "name: a\noperations:\n- {name: x, requirement: &r {any_of: [repo]}}\n- {name: y, requirement: *r}\n"
    (document,) = parse_tenant_documents(text)
    assert [list(operation.requirement.any_of) for operation in document.operations] == [["repo"], ["repo"]]


def test_yaml_1_2_takes_words_for_words() -> None:
    (document,) = parse_tenant_documents("name: on\naudiences: [yes, 10:30, off]\n")
    assert (document.name, list(document.audiences)) == ("on", ["yes", "10:30", "off"])


FORM = {
    "a list": ("- name: a", ["document 1"]),
    "a word": ("tenant", ["document 1"]),
    "a number": ("--- 1", ["document 1"]),
    "an unknown field": ("name: a\ncolour: red", ["document 1 (tenant a) colour"]),
    "an unknown field in the depth": (
        "name: a\noperations: [{name: x}, {name: y, requirement: {anyof: [repo]}}]",
        ["document 1 (tenant a) operations[1].requirement.anyof"],
    ),
    "another case": ("Name: a", ["document 1 Name"]),
    "a field that is no text": ("1: a\nname: b", ["document 1 (tenant b) 1"]),
    "a field that is a list": ("? [1]\n: a", ["document 1 (1,)"]),
    "a field that cannot be printed": ('name: a\n"\\e[31m\\ud800": a', ["document 1 (tenant a) '\\x1b[31m\\ud800'"]),
    "one field in two spellings": ("name: a\nmax_ttl: 1s\nmaxTtl: 2s", ["document 1 (tenant a) maxTtl"]),
    "a number for a name": ("name: 123", ["document 1 name"]),
    "a date for a name": ("name: 2024-01-01", ["document 1 name"]),
    "true for a name": ("name: true", ["document 1 name"]),
    "bytes for a name": ("name: !!binary aGk=", ["document 1 name"]),
    "a lone surrogate": ('name: "\\ud800"', ["document 1 name"]),
    "a number for a span": ("name: a\nmax_ttl: 3600", ["document 1 (tenant a) max_ttl"]),
    "hours for a span": ("name: a\nmax_ttl: 1h", ["document 1 (tenant a) max_ttl"]),
    "a span without a number": ("name: a\nmax_ttl: s", ["document 1 (tenant a) max_ttl"]),
    "a span beyond all time": ("name: a\nmax_ttl: 999999999999s", ["document 1 (tenant a) max_ttl"]),
    "an object for a span": ("name: a\nmax_ttl: {seconds: 5}", ["document 1 (tenant a) max_ttl"]),
    "a number for an algorithm": ("name: a\nalgorithm: 1", ["document 1 (tenant a) algorithm"]),
    "true for an algorithm": ("name: a\nalgorithm: true", ["document 1 (tenant a) algorithm"]),
    "the JWS name of an algorithm": ("name: a\nalgorithm: ES256", ["document 1 (tenant a) algorithm"]),
    "an algorithm that does not exist": (
        "name: a\nalgorithm: SIGNING_ALGORITHM_NONE",
        ["document 1 (tenant a) algorithm"],
    ),
    "a word for a number": (
        "name: a\nrate_limit: {calls_per_second: many}",
        ["document 1 (tenant a) rate_limit.calls_per_second"],
    ),
    "text for a number": (
        'name: a\nrate_limit: {calls_per_second: "5"}',
        ["document 1 (tenant a) rate_limit.calls_per_second"],
    ),
    "true for a number": ("name: a\nrate_limit: {burst: true}", ["document 1 (tenant a) rate_limit.burst"]),
    "half a number": ("name: a\nrate_limit: {burst: 1.5}", ["document 1 (tenant a) rate_limit.burst"]),
    "a number of more than 32 bits": (
        "name: a\nrate_limit: {burst: 2147483648}",
        ["document 1 (tenant a) rate_limit.burst"],
    ),
    "a number of more than 64 bits": (
        "name: a\nclients: [{id: c, issue: {max_live_tokens: 9223372036854775808}}]",
        ["document 1 (tenant a) clients[0].issue.max_live_tokens"],
    ),
    "a word for a long number": (
        "name: a\nclients: [{id: c, issue: {max_live_tokens: 1e3x}}]",
        ["document 1 (tenant a) clients[0].issue.max_live_tokens"],
    ),
    "a word for true": ("name: a\nomit_records: yes", ["document 1 (tenant a) omit_records"]),
    "a number for a shape": ("name: a\nscope_claim_shape: 2.5", ["document 1 (tenant a) scope_claim_shape"]),
    "a word for a list": ("name: a\naudiences: x", ["document 1 (tenant a) audiences"]),
    "null in a list": ("name: a\naudiences: [x, null]", ["document 1 (tenant a) audiences[1]"]),
    "a number in a list": (
        "name: a\naudiences: [1, x, 2.5]",
        ["document 1 (tenant a) audiences[0]", "document 1 (tenant a) audiences[2]"],
    ),
    "a list in a list": ("name: a\naudiences: [[x]]", ["document 1 (tenant a) audiences[0]"]),
    "an object for a list": ("name: a\noperations: {x: {}}", ["document 1 (tenant a) operations"]),
    "a word for an operation": ("name: a\noperations: [x]", ["document 1 (tenant a) operations[0]"]),
    "null for an operation": ("name: a\noperations: [null]", ["document 1 (tenant a) operations[0]"]),
    "a list for a requirement": (
        "name: a\noperations: [{name: x, requirement: [repo]}]",
        ["document 1 (tenant a) operations[0].requirement"],
    ),
    "a number for a scope": (
        "name: a\noperations: [{name: x, requirement: {all_of: [repo, 7]}}]",
        ["document 1 (tenant a) operations[0].requirement.all_of[1]"],
    ),
    "a list that holds itself": ("name: a\naudiences: &l [*l]", ["document 1 (tenant a) audiences[0]"]),
    "faults in two documents": (
        "name: a\ncolour: red\n---\nname: b\n---\nnamen: c\nmax_ttl: 1",
        ["document 1 (tenant a) colour", "document 3 namen", "document 3 max_ttl"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), FORM.values(), ids=FORM)
def test_a_fault_of_form_is_named_with_its_document_and_path(text: str, expected: list[str]) -> None:
    assert places(text) == expected
    assert all(violation.rule for violation in violations(text))


YAML = {
    "a key twice": ("name: a\nmax_ttl: 1s\nmax_ttl: 2s", "line 3, column 1"),
    "a key twice in the depth": ("name: a\noperations:\n- {name: x, name: y}", "line 3, column 13"),
    "a list without end": ("name: [a", "line 1, column 9"),
    "a tab": ("name: a\naudiences:\n\t- x", "line 3, column 1"),
    "an alias of nothing": ("name: *nobody", "line 1, column 7"),
    "a star without quotes": ("name: a\naudiences: [*]", "line 2, column 14"),
    "a tag of the programming language": ("name: !!python/object/apply:os.system [id]", "line 1, column 7"),
    "a tag of one's own": ("name: !secret a", "line 1, column 7"),
    "a map for a key": ("? {a: 1}\n: b", "line 1, column 3"),
    "a control character": ("name: a\0", "text"),
    "depth without end": ("[" * 1000, "text"),
}


@pytest.mark.parametrize(("text", "place"), YAML.values(), ids=YAML)
def test_a_fault_of_yaml_is_named_with_its_line(text: str, place: str) -> None:
    (violation,) = violations(text)
    assert violation.field == place


def test_the_text_of_the_error_holds_every_fault() -> None:
    with pytest.raises(TenantDocumentError) as caught:
        parse_tenant_documents("name: a\ncolour: red\nalgorithm: 1")
    text = str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert "document 1 (tenant a) colour: is unknown; the fields here are name, issuer" in text
    assert "algorithm: must be one of SIGNING_ALGORITHM_ES256" in text
    assert "UNSPECIFIED" not in text


YAML_WORDS = (
    *("name", "audiences", "operations", "requirement", "any_of", ":", "-", "[", "]", "{", "}", "a", "1", "null", "&x"),
    *("*x", "'", "#", "!", "|", ">", "?", "%", "@", ",", '"', "<<"),
    *("- ", " ", "  ", "\n", "---\n", "\t", "\ufeff", "\ud800", "\0"),
)


@given(st.lists(st.sampled_from(YAML_WORDS), max_size=25).map("".join))
def test_any_text_is_documents_or_refused(text: str) -> None:
    try:
        documents = parse_tenant_documents(text)
    except TenantDocumentError as error:
        assert error.violations  # noqa: PT017 (either outcome is right)
        assert str(error).encode().decode().replace("\n", " ").isprintable()  # noqa: PT017 (likewise)
        return
    assert all(isinstance(document, Tenant) for document in documents)


def test_a_long_number_is_a_number_or_text() -> None:
    text = "name: a\nclients: [{id: b, issue: {max_live_tokens: 5}}, {id: c, issue: {max_live_tokens: '6'}}]\n"
    (document,) = parse_tenant_documents(text)
    assert [client.issue.max_live_tokens for client in document.clients] == [5, 6]
