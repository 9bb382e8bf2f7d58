"""Writes the Python stubs of `authsvc.v1` into the distribution `authsvc-protos`.

Runs under `.venv-stubs`, whose grpcio-tools is the oldest that the stubs support.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTO_ROOT = ROOT / "protos"
PACKAGE = ROOT / "clients" / "python" / "authsvc-protos" / "src"


def main() -> None:
    """Replace every generated file; the order of inputs is fixed, so the output is too."""
    target = PACKAGE / "authsvc" / "v1"
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    protos = sorted(str(path.relative_to(PROTO_ROOT)) for path in (PROTO_ROOT / "authsvc").rglob("*.proto"))
    services = [name for name in protos if name.endswith("_service.proto")]
    base = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO_ROOT}"]
    subprocess.run([*base, f"--python_out={PACKAGE}", f"--pyi_out={PACKAGE}", *protos], check=True)
    plugins = Path(sys.executable).parent
    subprocess.run(
        [
            *base,
            f"--plugin=protoc-gen-mypy_grpc={plugins / 'protoc-gen-mypy_grpc'}",
            f"--grpc_python_out={PACKAGE}",
            f"--mypy_grpc_out={PACKAGE}",
            *services,
        ],
        check=True,
    )
    (target / "__init__.py").write_text('"""Generated messages and stubs of authsvc.v1; do not edit."""\n')
    (target / "py.typed").write_text("")


if __name__ == "__main__":
    main()
