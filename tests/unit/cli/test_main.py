import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from authsvc.cli import ending
from authsvc.cli.errors import CommandError
from authsvc.cli.exit_codes import ExitCode
from tests.unit.cli import answers
from tests.unit.cli.conftest import ROOT, TOKEN, CommandLine
from tests.unit.cli.fake_server import FakeTokenService

VERIFY = ("verify", "--audience", "api")


@pytest.mark.parametrize(
    "arguments",
    [
        (*VERIFY, TOKEN),
        (*VERIFY, f"--token-file={TOKEN}"),
        (*VERIFY, "--token", TOKEN),
        (*VERIFY, TOKEN[:30]),
        ("issue", "--subject", TOKEN, "--audience", "api"),
        ("revoke", "--token-id", f"Bearer {TOKEN}"),
        (TOKEN,),
        ("tokens", "get", TOKEN),
        ("serve", "--data-dir", TOKEN),
    ],
)
def test_a_token_on_the_command_line_is_refused_and_not_repeated(
    authsvc: CommandLine, fake: FakeTokenService, arguments: tuple[str, ...]
) -> None:
    outcome = authsvc(*arguments, stdin=TOKEN)
    assert outcome.code == ExitCode.USAGE
    assert "command line" in outcome.err
    assert "--token-file FILE" in outcome.err
    assert TOKEN[:12] not in outcome.out + outcome.err
    assert not fake.requests


def test_no_process_carries_a_token_in_its_arguments(authsvc: CommandLine, fake: FakeTokenService) -> None:
    """While a call is in flight, nothing in the process list shows the token or the key."""
    arrived, go_on = threading.Event(), threading.Event()

    def slow(_: object) -> object:
        arrived.set()
        assert go_on.wait(30)
        return answers.good()

    fake.answers["Verify"] = slow
    process = authsvc.spawn(*VERIFY, "--timeout", "30", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(TOKEN)
    process.stdin.close()
    process.stdin = None
    try:
        assert arrived.wait(30)
        arguments = Path(f"/proc/{process.pid}/cmdline").read_text()
        assert "verify" in arguments
        assert "eyJ" not in arguments
    finally:
        go_on.set()
    process.communicate(timeout=30)
    assert process.returncode == ExitCode.OK


def test_ctrl_c_ends_quietly(authsvc: CommandLine, fake: FakeTokenService) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(_: object) -> object:
        arrived.set()
        go_on.wait(30)
        return answers.good()

    fake.answers["Verify"] = slow
    process = authsvc.spawn(*VERIFY, "--timeout", "30", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(TOKEN)
    process.stdin.close()
    process.stdin = None
    try:
        assert arrived.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        go_on.set()
    assert (process.returncode, out, err) == (ExitCode.INTERRUPTED, "", "")


@pytest.mark.parametrize("arguments", [(*VERIFY, "--json"), VERIFY, ("--help",)])
def test_a_reader_that_went_away_is_no_drama(
    authsvc: CommandLine, fake: FakeTokenService, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    fake.answers["Verify"] = answers.good()
    (tmp_path / "token").write_text(TOKEN)
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [sys.executable, "-m", "authsvc.cli", *arguments],
        env=authsvc.environment() | {"AUTHSVC_TOKEN": TOKEN},
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    os.close(writer)
    assert result.stderr == ""
    assert result.returncode == ExitCode.BROKEN_PIPE


def test_a_fault_of_the_command_shows_no_traceback_and_no_token(
    authsvc: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(TOKEN)

    monkeypatch.setattr("authsvc.cli.client.Client.verify", fail)
    outcome = authsvc(*VERIFY, stdin=TOKEN)
    assert outcome.code == ExitCode.INTERNAL
    assert "RuntimeError at test_main.py:" in outcome.err
    assert "eyJ" not in outcome.err


def test_words_of_the_server_are_cleaned(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> ExitCode:
        raise CommandError(f"bad \x1b[2J {TOKEN} end", ExitCode.INTERNAL, details=[f"f: {TOKEN}"], next_step=TOKEN)

    assert ending.guard(fail) == ExitCode.INTERNAL
    assert capsys.readouterr().err.splitlines() == [r"error: bad \x1b[2J [token] end", "  f: [token]", "next: [token]"]


def test_help_loads_neither_grpc_nor_protobuf_nor_the_server() -> None:
    code = (
        "import sys; from authsvc.cli.main import run; run(['issue', '--help'])\n"
        "heavy = {'grpc', 'google.protobuf', 'authsvc.app', 'authsvc.config', 'authsvc.v1', 'sqlalchemy', 'ruamel.yaml'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stderr == "loaded: []\n"


def test_a_pipe_does_without_rich() -> None:
    code = "import sys; import authsvc.cli.session, authsvc.cli.main; print('rich.console' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout == "False\n"


def test_help_lists_commands_and_exit_codes(authsvc: CommandLine) -> None:
    outcome = authsvc("--help")
    assert outcome.code == ExitCode.OK
    for command in (
        "serve",
        "bootstrap",
        "recover",
        "issue",
        "verify",
        "check",
        "revoke",
        "inspect",
        "tokens",
        "audit",
        "health",
    ):
        assert command in outcome.out
    for code in ExitCode:
        assert f"{code.value:>3}  {code.meaning}" in outcome.out
    assert "--install-completion" in outcome.out


@pytest.mark.parametrize(
    "arguments", [("bogus",), ("verify", "--bogus"), ("health", "--timeout", "-1"), ("health", "x")]
)
def test_wrong_words(authsvc: CommandLine, arguments: tuple[str, ...]) -> None:
    assert authsvc(*arguments).code == ExitCode.USAGE


def test_version(authsvc: CommandLine) -> None:
    outcome = authsvc("--version")
    assert outcome.code == ExitCode.OK
    assert outcome.out.startswith("authsvc ")


def test_completion(authsvc: CommandLine) -> None:
    assert "_AUTHSVC_COMPLETE" in authsvc("--show-completion", "bash").out
    result = subprocess.run(
        [sys.executable, "-m", "authsvc.cli"],
        env=authsvc.environment()
        | {"_AUTHSVC_COMPLETE": "complete_bash", "COMP_WORDS": "authsvc ver", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.stdout.split() == ["verify"]
