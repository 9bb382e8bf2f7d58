"""The migrated schema is the declared one, on every backend; the connection promises durability; SQL stays in its place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from authsvc.store.database import SqliteDatabase, migration_engine
from authsvc.store.migrate import HEAD
from authsvc.store.schema import metadata
from tests.store.conftest import SqliteBackend

PACKAGE = Path(__file__).parents[2] / "authsvc"
DATABASE_PACKAGES = frozenset({"sqlalchemy", "sqlite3", "alembic", "psycopg", "asyncpg", "aiosqlite"})
EXECUTES = frozenset({"execute", "executemany", "executescript", "exec_driver_sql", "text"})
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|PRAGMA|BEGIN|COMMIT|CREATE|ALTER|DROP|WHERE|FROM|VALUES)\s")


def test_the_migrations_make_the_declared_schema(sqlite: SqliteBackend) -> None:
    sqlite.open().close()
    with migration_engine(SqliteDatabase(sqlite.data_dir)).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    assert differences == []


def test_the_chain_has_one_end_and_it_is_head() -> None:
    config = Config()
    config.set_main_option("script_location", "authsvc.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_the_schema_can_be_said_to_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in metadata.sorted_tables:
        said = str(CreateTable(table).compile(dialect=dialect))
        for line in said.splitlines():
            if " TEXT" in line:
                assert 'COLLATE "C"' in line, line
        assert " INTEGER" not in said
        for index in table.indexes:
            assert CreateIndex(index).compile(dialect=dialect)
    assert "BIGSERIAL" in str(CreateTable(metadata.tables["changes"]).compile(dialect=dialect))


def test_text_is_compared_byte_for_byte(sqlite: SqliteBackend) -> None:
    sqlite.open().close()
    definitions = " ".join(row[0] or "" for row in sqlite.rows("SELECT sql FROM sqlite_master"))
    assert "COLLATE" not in definitions.upper()


def test_each_connection_promises_durability(sqlite: SqliteBackend) -> None:
    sqlite.open(busy_timeout=1.5)
    database = SqliteDatabase(sqlite.data_dir, busy_timeout=1.5)
    for read_only in (False, True):
        connection = database.connect(read_only=read_only)
        said = {
            pragma: connection.execute(statement).fetchone()[0]
            for pragma, statement in {
                "journal_mode": "PRAGMA journal_mode",
                "synchronous": "PRAGMA synchronous",
                "foreign_keys": "PRAGMA foreign_keys",
                "trusted_schema": "PRAGMA trusted_schema",
                "busy_timeout": "PRAGMA busy_timeout",
                "query_only": "PRAGMA query_only",
            }.items()
        }
        connection.close()
        assert said == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "trusted_schema": 0,
            "busy_timeout": 1500,
            "query_only": int(read_only),
        }


def imports_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def built_sql(tree: ast.AST) -> Iterator[int]:
    """The lines on which the text of a statement is put together at run time."""
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=values) if any(
                isinstance(part, ast.Constant) and SQL.search(str(part.value)) for part in values
            ):
                yield node.lineno
            case ast.BinOp(left=ast.Constant(value=str(said))) if SQL.search(said):
                yield node.lineno
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(said)))) if SQL.search(said):
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[first, *_]) if (
                name in EXECUTES and isinstance(first, ast.JoinedStr | ast.BinOp)
            ):
                yield node.lineno
            case _:
                pass


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_sql_is_constant_and_in_the_store_alone(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert list(built_sql(tree)) == []
    if (PACKAGE / "store") not in path.parents:
        assert DATABASE_PACKAGES.isdisjoint(imports_of(tree))


@pytest.mark.parametrize(
    "planted",
    [
        'connection.execute(f"SELECT * FROM tokens WHERE id = {name}")',
        'query = f"DELETE FROM {table}"',
        'query = "SELECT 1 FROM t WHERE id = " + name',
        'query = "SELECT 1 FROM t WHERE id = %s" % name',
        'query = "SELECT 1 FROM {} ".format(table)',
        'text(f"{column} = 1")',
        "connection.execute(head + tail)",
    ],
)
def test_built_sql_would_be_seen(planted: str) -> None:
    assert set(built_sql(ast.parse(planted))) == {1}
    assert "sqlite3" in set(imports_of(ast.parse("from sqlite3 import connect")))
