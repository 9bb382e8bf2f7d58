"""Builds the parts of one worker and puts them together, in one visible list."""

import time
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from authsvc.access.rules import Access, AccessRule, AccessRules, read_rules
from authsvc.api.audit_records import ListAuditRecords
from authsvc.api.audit_verification import VerifyAuditLog
from authsvc.api.check_scopes import BatchCheckScopes, CheckScopes
from authsvc.api.exchange import Exchange
from authsvc.api.gate import Gate
from authsvc.api.holder import HeldTokens
from authsvc.api.hot import HotPath
from authsvc.api.import_key import ImportKey
from authsvc.api.inspect import Inspect
from authsvc.api.issue import Issue
from authsvc.api.jwks import GetJwks, PublicKeys
from authsvc.api.key_revocation import KeyRevocation
from authsvc.api.keys import ActivateKey, KeyDesk, ListKeys, RetireKey, RotateKey, TaintKey
from authsvc.api.logged import LoggedDecisions, LoggedPath
from authsvc.api.methods import SERVICES, Methods, path_of
from authsvc.api.records import GetToken, ListTokens
from authsvc.api.revision import RevisionCodec
from authsvc.api.revoke import Revoke
from authsvc.api.rotate import RotateToken
from authsvc.api.tenant_documents import TenantDocuments
from authsvc.api.tenants import ApplyTenant, DeleteTenant, GetTenant, ListTenants
from authsvc.api.usage import Usage
from authsvc.api.usage_report import ListTokenUsage
from authsvc.api.verify import BatchVerify, Verify
from authsvc.app.audit_sealing import AuditSealing
from authsvc.clock import Clock
from authsvc.config import Settings
from authsvc.issuers.fetch import JwksFetcher
from authsvc.issuers.refresh import JwksRefresh
from authsvc.issuers.schedule import Timing
from authsvc.issuers.shared import SharedKeySets
from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.keys.lifecycle import Schedule
from authsvc.keys.sealing import SealingKey
from authsvc.replica.replica import Replica
from authsvc.scopes.requirement import Requirement
from authsvc.store.opening import Store
from authsvc.telemetry.decisions import DecisionLog
from authsvc.telemetry.metrics import Metrics
from authsvc.tokens.foreign import ForeignTokens
from authsvc.tokens.verdict import Decision
from authsvc.transport.grpc.callers import AddressGuard
from authsvc.transport.grpc.certificates import ClientCertificates
from authsvc.transport.grpc.front import FrontOptions, GrpcFront
from authsvc.transport.grpc.health import PUBLIC_METHODS
from authsvc.transport.grpc.reflection import METHOD as REFLECTION_METHOD


@dataclass(frozen=True, slots=True)
class Parts:
    """One worker's parts."""

    replica: Replica
    gate: Gate
    front: GrpcFront
    metrics: Metrics
    issuers: JwksRefresh
    sealing: AuditSealing
    decisions: DecisionLog | None
    """None unless it is asked for."""
    public_keys: PublicKeys
    sealing_key: SealingKey
    usage: Usage


def access_rules(settings: Settings) -> AccessRules:
    """Who may call what: the option of every RPC, and the fixed table for health and reflection, which cannot carry it.

    Raises:
        UndeclaredAccessError: an RPC declares no access, so the server does not start.
    """
    fixed: dict[str, AccessRule] = dict.fromkeys(PUBLIC_METHODS, Access.PUBLIC)
    declared = read_rules(SERVICES, fixed)
    fixed[REFLECTION_METHOD] = Access.PUBLIC if settings.dev else _any_key(declared)
    return AccessRules({**declared.rules, **fixed})


def _any_key(declared: AccessRules) -> Requirement:
    """Any scope that is good for something here."""
    rules = [rule for rule in declared.rules.values() if isinstance(rule, Requirement)]
    return Requirement.of(any_of=sorted({scope for rule in rules for scope in (*rule.any_of, *rule.all_of)}))


def build_parts(settings: Settings, store: Store, sealing_key: SealingKey, clock: Clock, *, worker: str) -> Parts:
    """Put a worker together on an open store.

    Raises:
        UndeclaredAccessError: see access_rules.
        SealingError: a signing key does not open.
        StoreUnavailableError: the store cannot be read.
    """
    rules = access_rules(settings)
    metrics = Metrics(CollectorRegistry())
    replica = Replica(store.reader, sealing_key, settings.issuer_base, store.revision)
    usage = Usage(is_noted=settings.usage == "on")
    gate = Gate(replica, rules, clock, settings.signature_cache_size, usage)
    fetched = FetchedKeys()
    decision = Decision(settings.signature_cache_size, elsewhere=ForeignTokens(fetched))
    issuers = JwksRefresh(
        fetched,
        lambda: replica.tenants,
        SharedKeySets(settings.data_dir, JwksFetcher(dev=settings.dev).download, clock),
        Timing(settings.jwks_refresh.total_seconds(), settings.jwks_max_age.total_seconds()),
        time.monotonic,
        metrics,
    )
    revisions = RevisionCodec(store.store_id)
    decisions = _decision_log(settings, metrics, worker)
    parts = (gate, replica, decision, revisions, clock, metrics.verdict, usage)
    path = HotPath(*parts) if decisions is None else LoggedPath(*parts, log=decisions, wanted=_logged(settings))
    key_revocation = KeyRevocation(store.tokens, sealing_key, clock)
    schedule = Schedule.of(settings.key_refresh)
    documents = TenantDocuments(store.tenants, sealing_key, settings.issuer_base, clock, schedule)
    desk = KeyDesk(gate, store.keys, sealing_key, key_revocation, schedule, revisions, clock)
    public_keys = PublicKeys(replica, settings.issuer_base)
    held = HeldTokens(replica, decision, clock)
    methods = Methods(
        hot={
            path_of("Verify"): Verify(path),
            path_of("CheckScopes"): CheckScopes(path),
            path_of("Inspect"): Inspect(path),
        },
        batch={path_of("BatchVerify"): BatchVerify(path), path_of("BatchCheckScopes"): BatchCheckScopes(path)},
        store={
            path_of("Issue"): Issue(gate, replica, store.tokens, revisions, clock),
            path_of("Revoke"): Revoke(gate, replica, store.tokens, key_revocation, decision, revisions, clock),
            path_of("GetToken"): GetToken(gate, store.tokens, clock),
            path_of("ListTokens"): ListTokens(gate, store.tokens, clock),
            path_of("ApplyTenant"): ApplyTenant(gate, documents, revisions),
            path_of("GetTenant"): GetTenant(gate, store.tenants),
            path_of("ListTenants"): ListTenants(gate, store.tenants),
            path_of("DeleteTenant"): DeleteTenant(gate, documents, revisions),
            path_of("ListAuditRecords"): ListAuditRecords(gate, store.audit),
            path_of("VerifyAuditLog"): VerifyAuditLog(replica, store.audit, sealing_key, store.store_id),
            path_of("ListKeys"): ListKeys(desk),
            path_of("RotateKey"): RotateKey(desk),
            path_of("ActivateKey"): ActivateKey(desk),
            path_of("TaintKey"): TaintKey(desk),
            path_of("RetireKey"): RetireKey(desk),
            path_of("ImportKey"): ImportKey(desk, replica),
            path_of("ListTokenUsage"): ListTokenUsage(gate, store.tokens, clock, is_noted=usage.is_noted),
        },
        holder={
            path_of("Exchange"): Exchange(held, replica, store.tokens, revisions, clock),
            path_of("RotateToken"): RotateToken(held, replica, store.tokens, revisions, clock),
        },
        public={path_of("GetJwks"): GetJwks(public_keys)},
    )
    options = FrontOptions(
        settings.max_deadline,
        settings.log_calls,
        worker=worker if settings.dev else "",
        certificates=ClientCertificates(clock) if settings.tls_client_ca_file is not None else None,
        addresses=AddressGuard(settings.address_rate, clock) if settings.address_rate else None,
    )
    sealing = AuditSealing(replica, store.audit, sealing_key, metrics)
    front = GrpcFront(methods, gate, metrics, options)
    return Parts(replica, gate, front, metrics, issuers, sealing, decisions, public_keys, sealing_key, usage)


def _decision_log(settings: Settings, metrics: Metrics, worker: str) -> DecisionLog | None:
    if settings.decision_log == "off":
        return None
    sample = settings.decision_log_sample
    return DecisionLog(metrics.dropped_decisions.inc, sample=sample, process=f"worker-{worker.partition('-')[0]}")


def _logged(settings: Settings) -> LoggedDecisions:
    return LoggedDecisions(
        denials_only=settings.decision_log == "denials",
        tenant=settings.decision_log_tenant,
        subject=settings.decision_log_subject,
    )
