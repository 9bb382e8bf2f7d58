"""The image file, checked as text: no engine is at hand, and what it must not do can be read."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@dataclass(frozen=True)
class Instruction:
    """One instruction and the stage that it stands in, counted from 0."""

    stage: int
    name: str
    rest: str


def instructions(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, continued lines joined."""
    found: list[Instruction] = []
    stage = -1
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(" ")
        stage += name == "FROM"
        found.append(Instruction(stage, name, rest.strip()))
    return found


def faults(text: str) -> list[str]:
    """What breaks our rules for images."""
    parsed = instructions(text)
    last = max(instruction.stage for instruction in parsed)
    final = [instruction for instruction in parsed if instruction.stage == last]
    found: list[str] = []
    users = [instruction.rest for instruction in final if instruction.name == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1]):
        found.append("the last stage has no numeric user of its own")
    if any(instruction.name == "RUN" for instruction in final):
        found.append("the last stage runs something")
    for instruction in parsed:
        if instruction.name in {"RUN", "CMD", "ENTRYPOINT"}:
            try:
                json.loads(instruction.rest)
            except ValueError:
                found.append(f"{instruction.name} needs a shell")
        if instruction.name == "ADD" or (instruction.name == "FROM" and ":latest" in instruction.rest):
            found.append(f"{instruction.name} is not reproducible")
        if re.search(r"(?i)(secret|password|api_key|token)\w*=", instruction.rest):
            found.append(f"{instruction.name} sets a secret")
        if "pip" in instruction.rest and "install" in instruction.rest:
            locked = "--require-hashes" in instruction.rest or "--no-deps" in instruction.rest
            if not locked:
                found.append("pip installs what is not locked")
    return found


def test_the_image_file_keeps_the_rules() -> None:
    assert faults(DOCKERFILE.read_text()) == []


def test_each_rule_finds_its_fault() -> None:
    good = DOCKERFILE.read_text()
    for old, new in (
        ("USER 10001:10001", "USER root"),
        ('CMD ["serve"]', "CMD serve"),
        ('CMD ["serve"]', 'RUN ["true"]\nCMD ["serve"]'),
        ("--require-hashes", "--quiet"),
        ("COPY authsvc authsvc", "ADD authsvc authsvc"),
        ("PYTHONDONTWRITEBYTECODE=1", "AUTHSVC_API_KEY=abc"),
    ):
        assert old in good
        assert len(faults(good.replace(old, new))) == 1, new


def test_what_is_copied_is_let_through_and_there() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    for instruction in instructions(DOCKERFILE.read_text()):
        if instruction.name == "COPY" and not instruction.rest.startswith("--from"):
            for source in instruction.rest.split()[:-1]:
                assert source in allowed
                assert (ROOT / source).exists()
