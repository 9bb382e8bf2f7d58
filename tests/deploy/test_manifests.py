"""The Kubernetes manifests, built as a user would build them and held against the schemas and our own rules."""

import subprocess
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from kubernetes_validate.utils import SchemaNotFoundError
from ruamel.yaml import YAML

from authsvc.app.files import policies_of
from authsvc.config import Settings
from tests.support.go_tools import go_tool

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = ("base", "plain-behind-a-mesh")
KUBERNETES_VERSION = "1.34"


@cache
def built(overlay: str) -> tuple[dict[str, Any], ...]:
    """The objects of an overlay, as kustomize builds them."""
    kustomize = go_tool("kustomize")
    done = subprocess.run([kustomize, "build", KUBERNETES / overlay], capture_output=True, text=True, check=True)
    return tuple(YAML(typ="safe", pure=True).load_all(done.stdout))


def one(overlay: str, kind: str) -> dict[str, Any]:
    (found,) = (document for document in built(overlay) if document["kind"] == kind)
    return found


def pod(overlay: str) -> dict[str, Any]:
    spec: dict[str, Any] = one(overlay, "StatefulSet")["spec"]["template"]["spec"]
    return spec


def environment(overlay: str) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in pod(overlay)["containers"][0]["env"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_fits_the_kubernetes_schemas(overlay: str) -> None:
    checked = 0
    for document in built(overlay):
        try:
            kubernetes_validate.validate(document, KUBERNETES_VERSION, strict=True)
        except SchemaNotFoundError:
            # The operator's own kind: its schema comes with the operator and not with Kubernetes.
            assert document["apiVersion"] == "monitoring.coreos.com/v1"
            continue
        checked += 1
    assert checked >= 5


def test_a_wrong_probe_is_found() -> None:
    broken = one("base", "StatefulSet")
    broken = YAML(typ="safe", pure=True).load(str(broken).replace("'grpc': {'port': 50052}", "'grpc': {'prot': 50052}"))
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, KUBERNETES_VERSION, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_pod_has_no_right_that_it_does_not_need(overlay: str) -> None:
    spec = pod(overlay)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in spec["containers"]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert "command" not in container
        assert {"requests", "limits"} == set(container["resources"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_probes_ask_the_plain_port_and_liveness_not_about_the_store(overlay: str) -> None:
    container = pod(overlay)["containers"][0]
    port = int(environment(overlay)["AUTHSVC_PROBE_ADDRESS"].rpartition(":")[2])
    assert container["livenessProbe"]["grpc"] == {"port": port, "service": "liveness"}
    assert container["startupProbe"]["grpc"] == {"port": port, "service": "liveness"}
    assert container["readinessProbe"]["grpc"] == {"port": port}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_environment_makes_valid_settings(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(overlay).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.plain_text is (overlay != "base")
    grace = pod(overlay)["terminationGracePeriodSeconds"]
    assert settings.grace.total_seconds() < grace
    mounts = [mount["mountPath"] for mount in pod(overlay)["containers"][0]["volumeMounts"]]
    assert str(settings.tenants_dir) in mounts
    for path in filter(None, (settings.sealing_key_file, settings.tls_cert_file)):
        assert str(path.parent) in mounts


def test_nothing_secret_stands_in_the_manifests() -> None:
    for path in KUBERNETES.rglob("*.yaml"):
        text = path.read_text()
        assert "kind: Secret\n" not in text
        assert "PRIVATE KEY" not in text


def test_the_network_policy_lets_nothing_out() -> None:
    policy = one("base", "NetworkPolicy")["spec"]
    assert policy["egress"] == []
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    ports = {port["port"] for rule in policy["ingress"] for port in rule["ports"]}
    named = {port["name"] for port in pod("base")["containers"][0]["ports"]}
    assert ports < named


def test_the_monitor_scrapes_a_port_of_the_service() -> None:
    monitor = one("plain-behind-a-mesh", "ServiceMonitor")["spec"]
    service = one("plain-behind-a-mesh", "Service")
    assert monitor["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()


def test_the_example_tenants_are_valid() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tenants = policies_of((KUBERNETES / "base" / "tenants.yaml").read_text(), Settings(dev=True))
    assert tenants.find("example").audiences == {"https://api.example.com"}
