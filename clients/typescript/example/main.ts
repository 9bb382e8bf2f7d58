/**
 * Issues a token, verifies it, checks its scopes, revokes it and sees it refused.
 *
 * It reads AUTHSVC_ADDRESS, AUTHSVC_API_KEY_FILE, AUTHSVC_TENANT (default demo) and AUTHSVC_CA_FILE (TLS when set).
 */
import { randomUUID } from "node:crypto";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect";
import { ErrorInfoSchema, Reason, TokenService } from "@authsvc/client";
import { Spread } from "./connect.js";

/** For whom the tokens of this program are meant. */
const AUDIENCE = "https://api.demo.example";

class Example {
  constructor(
    private readonly tokens: Client<typeof TokenService>,
    private readonly tenant: string,
  ) {}

  async run(): Promise<void> {
    const token = await this.issue();
    await this.verify(token);
    await this.check(token);
    const revision = await this.revoke(token);
    await this.verifyRevoked(token, revision);
    await this.provokeError();
  }

  private async issue(): Promise<string> {
    const answer = await this.tokens.issue({
      tenant: this.tenant,
      subject: "alice",
      clientId: "example-typescript",
      audiences: [AUDIENCE],
      scopes: ["repo", "read:users"],
      ttl: { seconds: 600n },
      requestId: randomUUID(), // a retry with the same id returns the same token instead of a second one
    });
    console.log("issued", answer.tokenId, "until", timestampDate(answer.expireTime!).toISOString());
    return answer.token;
  }

  private async verify(token: string): Promise<void> {
    const answer = await this.tokens.verify({ tenant: this.tenant, token, audience: AUDIENCE });
    if (!answer.valid) {
      throw new Error(`verify: refused, ${Reason[answer.reason]}`);
    }
    console.log("verified for", answer.claims?.subject, answer.claims?.scopes);
  }

  private async check(token: string): Promise<void> {
    const answer = await this.tokens.checkScopes({
      tenant: this.tenant,
      token,
      audience: AUDIENCE,
      question: { case: "requirement", value: { anyOf: ["repo", "public_repo"] } },
    });
    if (!answer.allowed) {
      throw new Error(`check: refused, ${Reason[answer.reason]}, missing ${answer.missing?.anyOf}`);
    }
    console.log("allowed by", answer.matched);
  }

  private async revoke(token: string): Promise<string> {
    const answer = await this.tokens.revoke({
      tenant: this.tenant,
      reason: "the example is over",
      target: { case: "token", value: token },
    });
    console.log("revoked at", timestampDate(answer.revokeTime!).toISOString());
    return answer.revision;
  }

  private async verifyRevoked(token: string, revision: string): Promise<void> {
    const answer = await this.tokens.verify({
      tenant: this.tenant,
      token,
      audience: AUDIENCE,
      minRevision: revision, // whoever answers knows the revocation
    });
    if (answer.valid || answer.reason !== Reason.REVOKED) {
      throw new Error(`verify after revoke: valid is ${answer.valid}, ${Reason[answer.reason]}`);
    }
    console.log("refused since it is revoked");
  }

  private async provokeError(): Promise<void> {
    try {
      await this.tokens.issue({ tenant: this.tenant, subject: "alice" });
    } catch (error) {
      const failure = ConnectError.from(error);
      const reason = errorReason(failure);
      if (failure.code !== Code.InvalidArgument || reason !== "INVALID_FIELD") {
        throw new Error(`issue without audiences: ${failure.message}, ${reason}`);
      }
      console.log("refused with", reason);
      return;
    }
    throw new Error("issue without audiences: a token");
  }
}

/** Returns the machine-readable reason of an error of the service, or "" when it has none. */
function errorReason(error: ConnectError): string {
  return error.findDetails(ErrorInfoSchema).find((info) => info.domain === "authsvc")?.reason ?? "";
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}

async function main(): Promise<void> {
  const connections = new Spread(
    required("AUTHSVC_ADDRESS"),
    required("AUTHSVC_API_KEY_FILE"),
    process.env["AUTHSVC_CA_FILE"] || undefined,
  );
  try {
    await new Example(createClient(TokenService, connections), process.env["AUTHSVC_TENANT"] || "demo").run();
  } finally {
    connections.close();
  }
  console.log("ok: issue verify check revoke verify");
}

main().catch((error: unknown) => {
  console.error("failed:", error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
