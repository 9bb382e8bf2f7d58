"""Rules about source text that the linter does not know. Each is a function from a syntax tree to the lines that break it."""

import ast
import re
from collections.abc import Callable, Iterator

Rule = Callable[[ast.AST], bool]

SECRET = re.compile(r"(^|_)(secrets?|passwords?|token_text|hash(es|ed)?|digests?|signatures?|h?mac|credentials?)(_|$)")
SQL = re.compile(
    r"^\s*(select\b.*\bfrom\b|insert\s+(or\s+\w+\s+)?into\b|update\b.*\bset\b|delete\s+from\b|with\b.*\bselect\b"
    r"|pragma\b|(create|drop|alter)\s+(unique\s+)?(table|index|view|trigger)\b|attach\b|vacuum\b|savepoint\b)",
    re.IGNORECASE | re.DOTALL,
)
SQL_CALLS = frozenset({"execute", "executemany", "executescript", "exec_driver_sql", "text"})
CALLS = frozenset({"eval", "exec", "compile", "__import__", "breakpoint"})
MODULES = frozenset({"pickle", "cPickle", "marshal", "shelve", "dill", "yaml", "random", "pdb"})
METHODS = frozenset({("os", "system"), ("os", "popen"), ("yaml", "load"), ("tempfile", "mktemp")})
LOCALS = frozenset({"show_locals", "capture_locals", "pretty_exceptions_show_locals"})


def last_name(node: ast.AST) -> str:
    """The name that an expression ends in: `c` of a, a.b.c, a.c(), c[0] and await c()."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
            return last_name(inner)
    return ""


def is_secret_name(name: str) -> bool:
    """Whether a name speaks of something to be compared in constant time. Constants are lengths and names, not secrets."""
    return not name.isupper() and SECRET.search(name) is not None


def compares_a_secret(node: ast.AST) -> bool:
    """== or != on a secret, which takes longer the more of it is right; hmac.compare_digest does not."""
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    if any(isinstance(side, ast.Constant) and not isinstance(side.value, str | bytes) for side in sides):
        return False  # None, a number
    is_equality = any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
    return is_equality and any(is_secret_name(last_name(side)) for side in sides)


def prints(node: ast.AST) -> bool:
    """print(), which is the command line's alone."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


def runs_text(node: ast.AST) -> bool:
    """Text or bytes taken for code or for objects."""
    match node:
        case ast.Import(names=names):
            return any(alias.name.partition(".")[0] in MODULES for alias in names)
        case ast.ImportFrom(module=str(module), level=0):
            return module.partition(".")[0] in MODULES
        case ast.Call(func=ast.Name(id=name)):
            return name in CALLS or (name == "YAML" and not has_keyword(node, "typ", value="safe"))
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)):
            return (owner, name) in METHODS or has_keyword(node, "shell", value=True)
    return False


def has_keyword(call: ast.Call, name: str, *, value: object) -> bool:
    """Whether a call gives a keyword that constant value."""
    return any(
        keyword.arg == name and isinstance(keyword.value, ast.Constant) and keyword.value.value == value
        for keyword in call.keywords
    )


def shows_locals(node: ast.AST) -> bool:
    """Tracebacks with the values of variables, keys and tokens among them."""
    match node:
        case ast.keyword(arg=str(name), value=ast.Constant(value=True)):
            return name in LOCALS
        case ast.Call(func=func) if last_name(func) == "ExceptionDictTransformer":
            return not has_keyword(node, "show_locals", value=False)
        case ast.Attribute(attr=name) | ast.alias(name=name):
            return name == "dict_tracebacks"  # shows them by default
    return False


def pieces(node: ast.AST) -> str | None:
    """The fixed text of a string that is put together at run time; None for anything else."""
    match node:
        case ast.JoinedStr(values=values):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else " " for part in values)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return text
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [side.value if isinstance(side, ast.Constant) else pieces(side) for side in (left, right)]
            return "".join(part for part in parts if isinstance(part, str)) or None
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format" | "replace")):
            return text
    return None


def puts_sql_together(node: ast.AST) -> bool:
    """A statement with values written into it, which is how values become statements."""
    text = pieces(node)
    if text is not None and SQL.search(text):
        return True
    return (
        isinstance(node, ast.Call)
        and last_name(node.func) in SQL_CALLS
        and bool(node.args)
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
        and pieces(node.args[0]) is not None
    )


def has_an_empty_name(node: ast.AST) -> bool:
    """A class whose name says nothing of what it is, or an error that does not say that it is one."""
    if not isinstance(node, ast.ClassDef):
        return False
    if re.search(r"(Manager|Helper|Utils?|Processor)s?$", node.name):
        return True
    is_error = any(last_name(base).endswith(("Error", "Exception")) for base in node.bases)
    return is_error and not node.name.endswith("Error")


RULES: dict[str, Rule] = {
    "compares a secret": compares_a_secret,
    "prints": prints,
    "runs text": runs_text,
    "shows locals": shows_locals,
    "puts SQL together": puts_sql_together,
    "has an empty name": has_an_empty_name,
}


def findings(source: str) -> Iterator[tuple[str, int, str]]:
    """Each breach of a rule: its name, the line and the text of it."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        for name, breaks in RULES.items():
            if breaks(node):
                line = getattr(node, "lineno", 1)
                yield name, line, lines[line - 1].strip()
