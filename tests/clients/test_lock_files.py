"""What the clients and their generators are made of is locked, and no lock file names a registry."""

import json
import re
from xml.etree import ElementTree as ET

from tests.clients.programs import CLIENTS
from tools.generate_toolchains import ROOT


def test_every_npm_package_has_a_hash_and_no_address() -> None:
    lock = json.loads((CLIENTS / "typescript" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
    assert "://" not in json.dumps([{**package, "funding": None} for package in packages.values()])


def test_npm_versions_are_exact() -> None:
    package = json.loads((CLIENTS / "typescript" / "package.json").read_text())
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name


def test_every_go_module_has_a_hash() -> None:
    for directory in (CLIENTS / "go", CLIENTS / "go" / "generators"):
        required = re.findall(
            r"^(?:require )?\t?(\S+\.\S+/\S+) (v\S+)", (directory / "go.mod").read_text(), re.MULTILINE
        )
        assert required, directory
        hashed = (directory / "go.sum").read_text()
        for module, version in required:
            assert f"{module} {version} h1:" in hashed, module


def test_maven_versions_are_exact_and_every_plugin_has_one() -> None:
    for pom in (CLIENTS / "java").glob("**/pom.xml"):
        text = pom.read_text()
        assert "SNAPSHOT" not in text, pom
        assert "<repositor" not in text, pom
        for version in ET.fromstring(text).iter("{http://maven.apache.org/POM/4.0.0}version"):
            assert re.fullmatch(r"\d+(\.\d+)+|\$\{[a-z.]+\}", version.text or ""), pom
    parent = ET.parse(CLIENTS / "java" / "pom.xml").getroot()
    managed = {plugin.findtext("{*}artifactId") for plugin in parent.iterfind(".//{*}pluginManagement//{*}plugin")}
    used = {
        plugin.findtext("{*}artifactId")
        for pom in (CLIENTS / "java").glob("*/pom.xml")
        for plugin in ET.parse(pom).getroot().iterfind(".//{*}plugin")
    }
    assert used <= managed


def test_the_python_generators_have_hashes() -> None:
    lines = (ROOT / "requirements" / "stubs.lock").read_text().splitlines()
    assert [line for line in lines if re.match(r"\S+==\S+$", line)] == []
    assert [line for line in lines if "--index-url" in line or "://" in line] == []
    assert sum("--hash=sha256:" in line for line in lines) >= sum("==" in line for line in lines) > 0
