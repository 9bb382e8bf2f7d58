"""How each RPC is reached from the command line, or why it is not; a test compares the descriptors."""

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "/authsvc.v1.TokenService/Issue": "authsvc issue",
    "/authsvc.v1.TokenService/Verify": "authsvc verify",
    "/authsvc.v1.TokenService/CheckScopes": "authsvc check",
    "/authsvc.v1.TokenService/Revoke": "authsvc revoke",
    "/authsvc.v1.TokenService/Inspect": "authsvc inspect",
    "/authsvc.v1.TokenService/GetToken": "authsvc tokens get",
    "/authsvc.v1.TokenService/ListTokens": "authsvc tokens list",
    "/authsvc.v1.TenantService/ApplyTenant": "authsvc apply",
    "/authsvc.v1.TenantService/GetTenant": "authsvc get tenants",
    "/authsvc.v1.TenantService/ListTenants": "authsvc get tenants",
    "/authsvc.v1.TenantService/DeleteTenant": "authsvc delete tenant",
    "/authsvc.v1.AuditService/ListAuditRecords": "authsvc audit list",
    "/authsvc.v1.AuditService/VerifyAuditLog": "authsvc audit verify",
    "/authsvc.v1.KeyService/ListKeys": "authsvc keys list",
    "/authsvc.v1.KeyService/RotateKey": "authsvc keys rotate",
    "/authsvc.v1.KeyService/ActivateKey": "authsvc keys activate",
    "/authsvc.v1.KeyService/TaintKey": "authsvc keys taint",
    "/authsvc.v1.KeyService/RetireKey": "authsvc keys retire",
    "/authsvc.v1.KeyService/ImportKey": "authsvc keys import",
    "/authsvc.v1.KeyService/GetJwks": "authsvc keys jwks",
    "/authsvc.v1.TokenService/Exchange": "authsvc exchange",
    "/authsvc.v1.TokenService/RotateToken": "authsvc rotate",
    "/authsvc.v1.TokenService/ListTokenUsage": "authsvc report",
    "/grpc.health.v1.Health/Check": "authsvc health",
}
"""The command for an RPC, by the RPC's full name."""

WITHOUT_COMMAND: Mapping[str, str] = {
    "/authsvc.v1.TokenService/BatchVerify": "it answers as Verify does; a shell asks one by one",
    "/authsvc.v1.TokenService/BatchCheckScopes": "it answers as CheckScopes does; a shell asks one by one",
    "/grpc.health.v1.Health/List": "`authsvc health --service` asks for one service at a time",
    "/grpc.health.v1.Health/Watch": "`authsvc health --wait` asks until the service is ready",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": "it serves generic clients, grpcurl say",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": "it serves generic clients, grpcurl say",
}
"""Why an RPC has no command, by the RPC's full name."""
