"""Writes the stubs of `authsvc.v1` for every language, or says which of the committed ones are stale.

    python tools/generate.py [python|go|java|typescript|all] ...
    python tools/generate.py check [python|go|java|typescript|all] ...

The same protos and the same locked generators give the same bytes. Run it under the interpreter of the locked
development environment: `google/rpc/error_details.proto` comes from its googleapis-common-protos.
"""

import argparse
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.generate_toolchains import (
    ROOT,
    MissingToolchainError,
    go_generators,
    java_generators,
    run,
    stubs_python,
    typescript_modules,
    well_known_protos,
)

PROTOS = ROOT / "protos"
GO_MODULE = "github.com/authsvc/authsvc/clients/go"
ERROR_DETAILS = "google/rpc/error_details.proto"


@dataclass(frozen=True, slots=True)
class Stubs:
    """The stubs of one language: every file under `target` is generated."""

    # Where they lie, from the root of the repository.
    target: Path
    # Where the generators are told to write, from the same root; packages make up the rest of `target`.
    base: Path
    # Writes them all into the directory that stands in for `base`.
    write: Callable[[Path], None]


def protos() -> list[str]:
    """Return the names of the contract's files in a fixed order."""
    return sorted(path.relative_to(PROTOS).as_posix() for path in (PROTOS / "authsvc").rglob("*.proto"))


def services() -> list[str]:
    """Return the names of those files that declare a service."""
    return [name for name in protos() if name.endswith("_service.proto")]


def python_protoc(*arguments: str) -> None:
    """Run the protoc inside the locked grpcio-tools, which knows where google/protobuf lies."""
    run([stubs_python(), "-m", "grpc_tools.protoc", f"-I{PROTOS}", *arguments])


def write_python(base: Path) -> None:
    """Write messages, stubs and their types."""
    python_protoc(f"--python_out={base}", f"--pyi_out={base}", *protos())
    plugin = f"--plugin=protoc-gen-mypy_grpc={stubs_python().parent / 'protoc-gen-mypy_grpc'}"
    python_protoc(plugin, f"--grpc_python_out={base}", f"--mypy_grpc_out={base}", *services())
    package = base / "authsvc" / "v1"
    (package / "__init__.py").write_text('"""Generated messages and stubs of authsvc.v1; do not edit."""\n')
    (package / "py.typed").write_text("")


def write_go(base: Path) -> None:
    """Write messages and stubs of the package authsvcv1."""
    plugins = go_generators()
    python_protoc(
        f"--plugin=protoc-gen-go={plugins / 'protoc-gen-go'}",
        f"--plugin=protoc-gen-go-grpc={plugins / 'protoc-gen-go-grpc'}",
        *[f"--go_out={base}", f"--go_opt=module={GO_MODULE}"],
        *[f"--go-grpc_out={base}", f"--go-grpc_opt=module={GO_MODULE}"],
        *protos(),
    )


def write_java(base: Path) -> None:
    """Write messages and stubs of the package dev.authsvc.v1."""
    protoc, plugin = java_generators()
    options = [f"--plugin=protoc-gen-grpc-java={plugin}", "--grpc-java_opt=@generated=omit"]
    includes = [f"-I{PROTOS}", f"-I{well_known_protos()}"]
    run([protoc, *includes, *options, f"--java_out={base}", f"--grpc-java_out={base}", *protos()])


def write_typescript(base: Path) -> None:
    """Write messages and service descriptions, and those of the error details, which no package offers."""
    plugin = typescript_modules() / ".bin" / "protoc-gen-es"
    python_protoc(
        *[f"-I{googleapis()}", f"--plugin=protoc-gen-es={plugin}"],
        *[f"--es_out={base}", "--es_opt=target=ts,import_extension=js"],
        *[*protos(), ERROR_DETAILS],
    )
    modules = [name.removesuffix(".proto") for name in [*protos(), ERROR_DETAILS]]
    exports = "".join(f'export * from "./{name}_pb.js";\n' for name in modules)
    (base / "index.ts").write_text(f"// Generated list of the generated modules; do not edit.\n{exports}")


def googleapis() -> Path:
    """Return the directory under which the error details of gRPC are declared."""
    found = importlib.util.find_spec("google.rpc")
    for place in (found.submodule_search_locations or []) if found else []:
        root = Path(place).parent.parent
        if (root / ERROR_DETAILS).exists():
            return root
    raise FileNotFoundError("googleapis-common-protos is not installed for this interpreter")


def _stubs(base: str, package: str, write: Callable[[Path], None]) -> Stubs:
    return Stubs(target=Path(base) / package, base=Path(base), write=write)


LANGUAGES: Mapping[str, Stubs] = {
    "python": _stubs("clients/python/authsvc-protos/src", "authsvc/v1", write_python),
    "go": _stubs("clients/go", "authsvc/v1", write_go),
    "java": _stubs("clients/java/authsvc-client/src/main/java", "dev/authsvc/v1", write_java),
    "typescript": _stubs("clients/typescript/src/gen", "", write_typescript),
}


def generate_into(root: Path, language: str) -> None:
    """Write the stubs of a language as they should be, under another root."""
    stubs = LANGUAGES[language]
    (root / stubs.base).mkdir(parents=True, exist_ok=True)
    stubs.write(root / stubs.base)


def differences(fresh: Path, kept: Path) -> list[tuple[str, Path]]:
    """Return what is wrong with the kept files: ("missing" | "stale" | "left over", path under both)."""
    wanted, there = _files(fresh), _files(kept)
    wrong = [("missing", path) for path in wanted - there]
    wrong += [("left over", path) for path in there - wanted]
    wrong += [("stale", path) for path in wanted & there if (fresh / path).read_bytes() != (kept / path).read_bytes()]
    return sorted(wrong, key=lambda item: item[1])


def _files(directory: Path) -> set[Path]:
    return {
        path.relative_to(directory)
        for path in directory.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def compare(language: str, root: Path = ROOT) -> list[tuple[str, Path]]:
    """Generate afresh and return what is wrong with the stubs under a root, by path from that root."""
    target = LANGUAGES[language].target
    with tempfile.TemporaryDirectory(prefix="authsvc-stubs-") as fresh:
        generate_into(Path(fresh), language)
        wrong = differences(Path(fresh) / target, root / target)
    return [(what, target / path) for what, path in wrong]


def replace(language: str, root: Path = ROOT) -> int:
    """Bring the stubs under a root up to date and return how many files were not."""
    target = LANGUAGES[language].target
    with tempfile.TemporaryDirectory(prefix="authsvc-stubs-") as fresh:
        generate_into(Path(fresh), language)
        wrong = differences(Path(fresh) / target, root / target)
        for what, path in wrong:
            kept = root / target / path
            if what == "left over":
                kept.unlink()
            else:
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(fresh) / target / path, kept)
    return len(wrong)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line: 0 when all is well, 1 when stubs are stale, 2 when they cannot be made."""
    parser = argparse.ArgumentParser(prog="tools/generate.py", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", choices=["check", "all", *LANGUAGES], default="all")
    words = parser.parse_args(arguments).words
    named = [language for language in LANGUAGES if language in words]
    wrong = 0
    try:
        for language in named or LANGUAGES:
            if "check" in words:
                found = compare(language)
                wrong += len(found)
                print("".join(f"{what}: {path}\n" for what, path in found), end="")
                print(f"{language}: {len(found)} stale" if found else f"{language}: fresh")
            else:
                print(f"{language}: {replace(language)} files written")
    except MissingToolchainError as error:
        print(error, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(error, file=sys.stderr)
        return 2
    if wrong:
        print("run `make generate` and commit what it writes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
