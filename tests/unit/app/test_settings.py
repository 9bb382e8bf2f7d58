"""The settings: safe by default, all faults at once, and each with the name of its variable."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from authsvc.config import Settings, load_settings
from authsvc.errors import ConfigurationError

COMPLETE: dict[str, object] = {
    "issuer_url": "https://issuer.example",
    "tenants_file": "tenants.yaml",
    "sealing_key_file": "sealing.key",
    "tls_cert_file": "cert.pem",
    "tls_key_file": "key.pem",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AUTHSVC_")]:
        monkeypatch.delenv(name)


def refused(**changes: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(**{**COMPLETE, **changes})
    return str(caught.value)


def test_it_is_safe_by_default() -> None:
    settings = load_settings(**COMPLETE)
    assert settings.grpc_address == "127.0.0.1:50051"
    assert settings.admin_address == "127.0.0.1:8081"
    assert not settings.plain_text
    assert not settings.reflection
    assert not settings.dev
    assert not settings.log_calls
    assert settings.lame_duck_seconds == 5.0
    assert settings.max_deadline == timedelta(seconds=5)


def test_a_development_server_needs_nothing() -> None:
    settings = load_settings(dev=True)
    assert settings.plain_text
    assert settings.lame_duck_seconds == 0.0
    assert settings.sealing_key_path == Path("data/sealing.key")
    assert settings.issuer_base == "http://127.0.0.1:8080"


def test_everything_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    for name in ("ISSUER_URL", "SEALING_KEY_FILE", "TLS_CERT_FILE", "TLS_KEY_FILE"):
        assert f"AUTHSVC_{name}" in str(caught.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = refused(workers=0, max_streams="many", tls="maybe", grace="-1", issuer_url="ftp://x")
    for name in ("WORKERS", "MAX_STREAMS", "TLS", "GRACE", "ISSUER_URL"):
        assert f"AUTHSVC_{name}" in text
    assert len(text.splitlines()) == 5


def test_a_value_is_not_repeated() -> None:
    for name in ("workers", "tls", "grace", "issuer_url", "max_streams", "log_calls"):
        assert "c4n4ry" not in refused(**{name: "c4n4ry"})


@pytest.mark.parametrize(
    "url",
    ["issuer", "//x.example", "ftp://x.example", "https://", "https://x.example?q", "https://x.example#f", "https:x"],
)
def test_an_issuer_is_an_absolute_url(url: str) -> None:
    assert "AUTHSVC_ISSUER_URL" in refused(issuer_url=url)


def test_an_issuer_ends_without_a_slash() -> None:
    assert (
        load_settings(**{**COMPLETE, "issuer_url": "https://x.example/base/"}).issuer_base == "https://x.example/base"
    )


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0:1",
        "[::]:1",
        ":1",
        "192.168.1.1:1",
        "localhost.example:1",
        "127.0.0.1.example:1",
        "127.example:1",
        "unix:/tmp/socket",
    ],
)
def test_a_development_server_is_for_this_machine_alone(address: str) -> None:
    with pytest.raises(ConfigurationError, match="AUTHSVC_GRPC_ADDRESS"):
        load_settings(dev=True, grpc_address=address)
    load_settings(**{**COMPLETE, "grpc_address": address})


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.8.8.8:1", "localhost:1", "[::1]:1"])
def test_this_machine_has_several_names(address: str) -> None:
    assert load_settings(dev=True, grpc_address=address).grpc_address == address


@pytest.mark.parametrize("dev", [True, False])
def test_half_a_set_of_tls_files_is_refused(dev: bool) -> None:
    for name in ("tls_cert_file", "tls_key_file"):
        assert "AUTHSVC_TLS_CERT_FILE, AUTHSVC_TLS_KEY_FILE" in refused(dev=dev, **{name: None})
    assert not load_settings(**{**COMPLETE, "dev": dev}).plain_text


def test_client_certificates_ask_for_tls() -> None:
    assert "AUTHSVC_TLS_CLIENT_CA_FILE" in refused(tls="off", tls_client_ca_file="ca.pem")
    assert load_settings(**COMPLETE, tls_client_ca_file="ca.pem").tls_client_ca_file == Path("ca.pem")


def test_plain_text_must_be_asked_for() -> None:
    bare = {name: value for name, value in COMPLETE.items() if not name.startswith("tls")}
    with pytest.raises(ConfigurationError, match="AUTHSVC_TLS=off"):
        load_settings(**bare)
    assert load_settings(**bare, tls="off").plain_text
    with pytest.raises(ConfigurationError, match="AUTHSVC_TLS"):
        load_settings(**bare, tls="OFF")


def test_the_environment_is_read_and_a_flag_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHSVC_WORKERS", "3")
    monkeypatch.setenv("AUTHSVC_DEV", "true")
    assert load_settings().workers == 3
    assert load_settings(workers=2).workers == 2
    assert load_settings(workers=None).workers == 3


def test_the_decision_log_is_off_and_its_settings_are_held_to_their_rules() -> None:
    settings = load_settings(**COMPLETE)
    assert (settings.decision_log, settings.decision_log_sample) == ("off", 1.0)
    assert "AUTHSVC_DECISION_LOG" in refused(decision_log="some")
    for sample in ("-0.1", "1.1", "many"):
        assert "AUTHSVC_DECISION_LOG_SAMPLE" in refused(decision_log_sample=sample)
    assert load_settings(**COMPLETE, decision_log="denials", decision_log_sample="0.5").decision_log_sample == 0.5


def test_the_lame_duck_is_part_of_the_grace() -> None:
    assert load_settings(dev=True, lame_duck=timedelta(seconds=60)).lame_duck_seconds == 25.0


def test_settings_cannot_be_changed() -> None:
    settings = load_settings(dev=True)
    with pytest.raises(ValueError, match="frozen"):
        settings.workers = 2


def test_a_worker_reads_the_same_settings() -> None:
    settings = load_settings(**COMPLETE, workers=2, lame_duck=timedelta(seconds=1.5))
    assert Settings(**settings.model_dump(mode="json")) == settings
