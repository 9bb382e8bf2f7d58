"""What the source of the service must not hold, with a planted breach of every rule."""

from pathlib import Path

import pytest

from tests.unit.source_rules import RULES, findings

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "authsvc").rglob("*.py"))
ALL_SOURCES = [
    *SOURCES,
    *(path for part in ("tests", "tools", "bench") for path in sorted((ROOT / part).rglob("*.py"))),
]
LONG, TOO_LONG = 300, 400

ALLOWED = {
    # (file, rule, part of the line) and why it is right. An entry that is not needed any more fails the test.
    (
        "authsvc/store/tokens.py",
        "compares a secret",
        "row.request_digest != key.request_digest",
    ): "the digest of the caller's own request is no secret and opens nothing",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_allowed_to_print(path: Path) -> bool:
    return "cli" in path.relative_to(ROOT).parts


def test_no_source_breaks_a_rule() -> None:
    assert len(SOURCES) > 50
    unused = set(ALLOWED)
    found = []
    for path in SOURCES:
        for rule, line, text in findings(path.read_text()):
            allowed = {each for each in ALLOWED if each[:2] == (name_of(path), rule) and each[2] in text}
            unused -= allowed
            if not allowed and not (rule == "prints" and is_allowed_to_print(path)):
                found.append(f"{name_of(path)}:{line}: {rule}: {text}")
    assert found == []
    assert unused == set(), "an entry of ALLOWED is not needed any more"


PLANTS = {
    "compares a secret": (
        "if given == secret: pass",
        "ok = row.token_hash != digest(text)",
        "ok = self.client_secret == 'x'",
        "ok = mac(text)[:8] == sent",
        "ok = sent == await read_password()",
        "ok = a < b == signature",
        "ok = settings.secret_value == given",
    ),
    "prints": ("print(token)", "def f():\n    print('x', file=sys.stderr)"),
    "runs text": (
        "eval(text)",
        "exec(text)",
        "compile(text, '', 'exec')",
        "__import__(name)",
        "import pickle",
        "import os, marshal",
        "from pickle import loads",
        "import random",
        "from yaml import load",
        "YAML()",
        "YAML(typ='unsafe')",
        "os.system(command)",
        "subprocess.run(command, shell=True)",
        "tempfile.mktemp()",
        "breakpoint()",
    ),
    "shows locals": (
        "typer.Typer(pretty_exceptions_show_locals=True)",
        "TracebackException.from_exception(error, capture_locals=True)",
        "install(show_locals=True)",
        "structlog.processors.dict_tracebacks",
        "from structlog.processors import dict_tracebacks",
        "ExceptionDictTransformer()",
        "structlog.tracebacks.ExceptionDictTransformer(show_locals=True)",
    ),
    "puts SQL together": (
        'connection.execute(f"SELECT * FROM tokens WHERE id = {name}")',
        'query = f"select * from {table}"',
        'query = f"INSERT INTO {table} VALUES (1)"',
        "query = 'DELETE FROM tokens WHERE id = %s' % name",
        "query = 'UPDATE tokens SET x = ' + value",
        "query = 'SELECT a FROM b WHERE c = ' + value + ' LIMIT 1'",
        "query = 'SELECT {} FROM tokens'.format(column)",
        "connection.exec_driver_sql(f'PRAGMA {name}')",
        "connection.execute(text(f'{verb} {table}'))",
        'query = f"CREATE UNIQUE INDEX {name} ON tokens (id)"',
    ),
    "has an empty name": (
        "class TokenManager: pass",
        "class Helper: pass",
        "class StringUtils: pass",
        "class EventProcessor: pass",
        "class Broken(Exception): pass",
        "class TokenProblem(errors.AuthsvcError): pass",
        "class BadTokenException(ValueError, Error): pass",
    ),
}
HARMLESS = (
    "hmac.compare_digest(secret, given)",
    "if secret is None: pass",
    "if digest in known: pass",
    "if len(secret) != 32: pass",
    "if secret_count == 3: pass",
    "if key_hash == None: pass",
    "if a == b: pass",
    "if row.token_id == token_id: pass",
    "if len(raw) != DIGEST_BYTES: pass",
    "console.print(text)",
    "re.compile(text)",
    "YAML(typ='safe', pure=True)",
    "import secrets",
    "from random_order import shuffle",
    "subprocess.run([command], shell=False)",
    "typer.Typer(pretty_exceptions_show_locals=False)",
    "ExceptionDictTransformer(show_locals=False)",
    'connection.execute("SELECT * FROM tokens WHERE id = ?", (name,))',
    "message = f'select a tenant: {name}'",
    "message = f'Update of {name}'",
    "connection.execute(select(tokens))",
    "class TokenError(ValueError): pass",
    "class KeyRing: pass",
)


@pytest.mark.parametrize(("rule", "source"), [(rule, source) for rule, sources in PLANTS.items() for source in sources])
def test_a_planted_breach_is_found(rule: str, source: str) -> None:
    assert {name for name, _, _ in findings(source)} == {rule}


def test_every_rule_has_a_plant() -> None:
    assert set(PLANTS) == set(RULES)


@pytest.mark.parametrize("source", HARMLESS)
def test_what_is_harmless_is_let_through(source: str) -> None:
    assert list(findings(source)) == []


def test_no_file_is_too_long() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in ALL_SOURCES}
    long = {name: length for name, length in lengths.items() if length > LONG}
    print(f"{len(lengths)} files; longer than {LONG} lines: {long or 'none'}")
    assert {name: length for name, length in long.items() if length > TOO_LONG} == {}


def test_the_namespace_stays_one() -> None:
    # The stubs and the client libraries live in the same namespace as other distributions (PEP 420).
    assert not (ROOT / "authsvc" / "__init__.py").exists()


def test_every_package_says_what_lives_there() -> None:
    packages = {path.parent for path in SOURCES if "migrations" not in path.parts} - {ROOT / "authsvc"}
    assert len(packages) >= 10
    inits = [package / "__init__.py" for package in packages]
    assert [name_of(init) for init in inits if not init.exists() or not init.read_text().startswith('"""')] == []


def test_no_module_has_an_empty_name() -> None:
    assert [
        name_of(path) for path in SOURCES if path.stem in {"utils", "util", "helpers", "helper", "common", "misc"}
    ] == []


def test_nothing_is_left_to_do_in_the_source() -> None:
    # Written so that this file does not hold them itself.
    marks = tuple("".join(mark) for mark in (("TO", "DO"), ("FIX", "ME"), ("XX", "X:"), ("HA", "CK")))
    assert [name_of(path) for path in ALL_SOURCES if any(mark in path.read_text() for mark in marks)] == []
