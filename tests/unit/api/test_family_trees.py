"""Random trees of exchanges and rotations: what is revoked takes exactly what came from it, and nothing else."""

import os
import secrets
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from random import Random

import pytest
from google.protobuf.duration_pb2 import Duration

from authsvc.keys.sealed_key import KeyState
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.tokens.verdict import LINEAGE_STEPS, Decision
from tests.unit.api import life
from tests.unit.api.life import HOUR, START, TENANT, Life

SEED = int(os.environ.get("AUTHSVC_TEST_SEED") or secrets.randbits(32))
TREES = 2_000 if os.environ.get("CI") else 300
NODES = 14
KINDS = [kind for kind in TargetKind if kind not in {TargetKind.BOUND_TENANT, TargetKind.BOUND_CLIENT}]
"""The two left out hit keys of this service alone, and those are neither exchanged nor rotated."""


@dataclass
class Node:
    """A token and, by the word of the test, where it came from."""

    token: str
    token_id: str
    key_id: str
    subject: str
    client_id: str
    issue_time: int
    family: str
    line: tuple["Node", ...] = ()
    """Its ancestors by exchange; a rotated token has those of the one it replaced."""
    end: float = field(default=float("inf"))
    """When it dies by rotation."""


def grow(world: Life, chance: Random) -> list[Node]:
    """Some trees, their nodes in the order in which they were made."""
    nodes: list[Node] = []
    for _ in range(NODES):
        world.now += chance.randrange(3)
        world.sign_with(chance.randrange(3))
        key_id = world.replica.keys.signing_key("acme").key_id
        parents = [node for node in nodes if all(one.end > world.now for one in (node, *node.line))]
        if not parents or chance.random() < 0.2:
            subject, client = chance.choice("abc"), chance.choice("xy")
            token_id = f"root-{len(nodes)}"
            token = world.issue(token_id=token_id, subject=subject, client_id=client)
            nodes.append(Node(token, token_id, key_id, subject, client, int(world.now), token_id))
            continue
        parent = chance.choice(parents)
        if parent.end == float("inf") and chance.random() < 0.3:
            rotated = world.rotate(parent.token, overlap=Duration(seconds=chance.choice([1, 600])))
            parent.end = rotated.old_token_end_time.seconds
            token, token_id, line = rotated.token, rotated.token_id, parent.line
        elif len(parent.line) < 3:
            exchanged = world.exchange(parent.token, ttl=Duration(seconds=HOUR))
            token, token_id, line = exchanged.token, exchanged.token_id, (parent, *parent.line)
        else:
            continue
        nodes.append(
            Node(token, token_id, key_id, parent.subject, parent.client_id, int(world.now), parent.family, line)
        )
    return nodes


def revoke(world: Life, chance: Random, nodes: list[Node]) -> "tuple[str, Revocation | None, str]":
    """One random revocation, put into force: its kind, itself, and the key that it taints."""
    node = chance.choice(nodes)
    kind = chance.choice(KINDS)
    if kind is TargetKind.ROTATION:
        return "time alone", None, ""
    if kind is TargetKind.KEY:
        key = next(key for key in world.keys if key.key_id == node.key_id)
        world.replica.keys.put(key, KeyState.TAINTED)
        return "key", None, key.key_id
    name = {
        TargetKind.TOKEN: node.token_id,
        TargetKind.FAMILY: node.family,
        TargetKind.SUBJECT: node.subject,
        TargetKind.CLIENT: node.client_id,
        TargetKind.TENANT: "",
    }[kind]
    revocation = Revocation(
        "acme", kind, name, TENANT.issuer, cutoff=node.issue_time, keep_until=int(START) + 100 * HOUR
    )
    world.replica.revocations.add(revocation)
    return kind.value, revocation, ""


def is_hit(node: Node, revocation: Revocation | None, tainted: str, now: float) -> bool:
    """The oracle for one token by itself: it knows nothing of ancestors."""
    if node.end <= now or node.key_id == tainted:
        return True
    if revocation is None:
        return False
    cut = node.issue_time <= (revocation.cutoff or 0)
    return {
        TargetKind.TOKEN: node.token_id == revocation.name,
        TargetKind.FAMILY: node.family == revocation.name,
        TargetKind.SUBJECT: cut and node.subject == revocation.name,
        TargetKind.CLIENT: cut and node.client_id == revocation.name,
        TargetKind.TENANT: cut,
    }[revocation.kind]


def faults_of(seed: int, count: int) -> tuple[Counter[str], list[str]]:
    """How many tokens lived and died by which revocation, and where the decision and the oracle differ."""
    chance = Random(seed)
    counted: Counter[str] = Counter()
    faults: list[str] = []
    for tree in range(count):
        world = Life()
        nodes = grow(world, chance)
        kind, revocation, tainted = revoke(world, chance, nodes)
        world.now += chance.choice([0, 1, 700])
        for node in nodes:
            dead = any(is_hit(one, revocation, tainted, world.now) for one in (node, *node.line))
            said = world.check_of(node.token)
            counted[f"{kind}: {'dead' if dead else 'alive'}"] += 1
            if bool(said) != dead:
                faults.append(f"tree {tree}, {kind}, {len(node.line)} deep: {said or 'good'}, dead: {dead}")
    return counted, faults


def test_exactly_the_descendants_die() -> None:
    print(f"AUTHSVC_TEST_SEED={SEED}")
    counted, faults = faults_of(SEED, TREES)
    print(f"{counted.total()} tokens in {TREES} trees: {dict(sorted(counted.items()))}")
    assert faults == []
    kinds = {"token", "family", "subject", "client", "tenant", "key", "time alone"}
    assert counted.keys() == {f"{kind}: {state}" for kind in kinds for state in ("dead", "alive")}


@pytest.mark.parametrize("forgotten", [step.check for step in LINEAGE_STEPS])
def test_a_forgotten_step_is_found(forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tuple(step for step in LINEAGE_STEPS if step.check != forgotten)
    monkeypatch.setattr(life, "Decision", partial(Decision, lineage_steps=left))
    assert faults_of(1, 60)[1]
