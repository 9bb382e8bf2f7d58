"""Log lines: one line an event, JSON, and nothing in them that looks like a token."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.telemetry.logs import describe_fault, mask

TOKEN = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
HIDDEN = {
    "a token": TOKEN,
    "a token in a sentence": f"the token {TOKEN} is bad",
    "a token in quotes": f'{{"token": "{TOKEN}"}}',
    "a token without a signature": TOKEN.rpartition(".")[0] + ".",
    "a header and a payload": TOKEN.rpartition(".")[0],
    "a key in metadata": f"authorization: Bearer {TOKEN}",
    "a key that is no token": "Bearer c2lnbmF0dXJlLW9mLXRoZS10b2tlbg",
    "a key in lower case": "bearer c2lnbmF0dXJlLW9mLXRoZS10b2tlbg==",
    "two tokens": f"{TOKEN} {TOKEN}",
    "a token after a line break": f"x\n{TOKEN}\n",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_looks_like_a_token_is_masked(name: str) -> None:
    masked = mask(HIDDEN[name])
    assert "[masked]" in masked
    for part in (*TOKEN.split("."), "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"):
        assert part not in masked


def test_what_does_not_is_left_alone() -> None:
    for text in ("call", "alice@example.com", "eyJ", "https://x.example/a.b.c", "a1b2c3d4e5f6", ""):
        assert mask(text) == text


@given(st.text())
def test_a_text_stays_on_one_line(text: str) -> None:
    assert "\n" not in mask(text)
    assert "\r" not in mask(text)


def logged(program: str) -> list[dict[str, object]]:
    """The lines that a program logs, in a process of its own: logging is set up once for a whole process."""
    done = subprocess.run(
        [sys.executable, "-c", f"from authsvc.telemetry.logs import configure_logs\n{program}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert not done.stdout
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_line_is_json_and_no_part_of_it_holds_a_token() -> None:
    program = f"""
import logging, structlog
configure_logs(process="test")
log = structlog.get_logger("x")
token = {TOKEN!r}
log.info("plain", why="a\\nb\\u2028c")
log.info(f"event {{token}}")
log.info("value", key=token)
log.info("nested", detail={{"keys": [token, {{"deep": token}}], token: 1}})
log.info("object", error=ValueError(token))
log.info("quoted", metadata=(("authorization", "Bearer " + token),))
log.warning("forged", client_id='x", "level": "critical')
log.debug("not written")
logging.getLogger("grpc").error("not written")
logging.getLogger("asyncio").error(token)
"""
    lines = logged(program)
    assert [line["event"] for line in lines] == [
        "plain",
        "event [masked]",
        "value",
        "nested",
        "object",
        "quoted",
        "forged",
    ]
    assert all({"event", "level", "process", "timestamp"} <= line.keys() for line in lines)
    assert {line["process"] for line in lines} == {"test"}
    text = json.dumps(lines)
    assert not [part for part in TOKEN.split(".") if part in text]
    assert lines[0]["why"] == "a\nb\u2028c"
    assert (lines[6]["client_id"], lines[6]["level"]) == ('x", "level": "critical', "warning")


def test_a_fault_is_described_by_its_place_and_never_by_its_words() -> None:
    def fail(secret: str) -> None:
        raise KeyError(secret)

    try:
        fail(TOKEN)
    except KeyError as error:
        described = describe_fault(error)
    assert described.startswith("KeyError at ")
    assert ":" in described
    assert not [part for part in TOKEN.split(".") if part in described]
    assert "fail" not in described


def wrap(text: str) -> None:
    try:
        int(text)
    except ValueError as cause:
        raise RuntimeError(text) from cause


def test_a_fault_with_a_cause_is_described_without_its_words() -> None:
    with pytest.raises(RuntimeError) as caught:
        wrap(TOKEN)
    assert TOKEN not in describe_fault(caught.value)
    assert describe_fault(ValueError(TOKEN)) == "ValueError at "
