// Generated list of the generated modules; do not edit.
export * from "./authsvc/v1/audit_service_pb.js";
export * from "./authsvc/v1/claims_pb.js";
export * from "./authsvc/v1/error_reason_pb.js";
export * from "./authsvc/v1/key_service_pb.js";
export * from "./authsvc/v1/options_pb.js";
export * from "./authsvc/v1/reason_pb.js";
export * from "./authsvc/v1/scopes_pb.js";
export * from "./authsvc/v1/tenant_pb.js";
export * from "./authsvc/v1/tenant_service_pb.js";
export * from "./authsvc/v1/token_record_pb.js";
export * from "./authsvc/v1/token_service_pb.js";
export * from "./google/rpc/error_details_pb.js";
