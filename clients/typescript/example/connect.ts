import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";

/** One connection is served by one worker of the service, whatever it carries. Several reach several workers. */
const CONNECTIONS = 4;

/** How long a call may take, in milliseconds, retries included. */
const DEADLINE = 5_000;

/** The caller's own key, sent with every call. */
function apiKey(key: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${key}`);
    return next(request);
  };
}

/** The calls that are safe to repeat: Issue because it names a request_id. */
const REPEATABLE = new Set(["Issue", "Verify", "CheckScopes", "Revoke"]);

/** Sends calls that met an unreachable service again, until the deadline. */
const retries: Interceptor = (next) => async (request) => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await next(request);
    } catch (error) {
      const unreachable = ConnectError.from(error).code === Code.Unavailable;
      if (attempt === 4 || !unreachable || !REPEATABLE.has(request.method.name)) {
        throw error;
      }
      await setTimeout(Math.random() * 100 * 2 ** attempt, undefined, { signal: request.signal });
    }
  }
};

/** A transport that hands each call to the next of several connections. They dial when the first call needs them. */
export class Spread implements Transport {
  private readonly sessions: Http2SessionManager[] = [];
  private readonly transports: Transport[] = [];
  private calls = 0;

  constructor(address: string, keyFile: string, caFile?: string) {
    const key = readFileSync(keyFile, "utf8").trim();
    // Plain text is for a service on this machine. Anywhere else, name the CA of its certificate.
    const baseUrl = caFile === undefined ? `http://${address}` : `https://${address}`;
    const tls = caFile === undefined ? {} : { ca: readFileSync(caFile) };
    for (let i = 0; i < CONNECTIONS; i++) {
      const sessionManager = new Http2SessionManager(baseUrl, {}, tls);
      this.sessions.push(sessionManager);
      this.transports.push(
        createGrpcTransport({
          baseUrl,
          sessionManager,
          defaultTimeoutMs: DEADLINE,
          interceptors: [apiKey(key), retries],
        }),
      );
    }
  }

  private next(): Transport {
    return this.transports[this.calls++ % CONNECTIONS]!;
  }

  unary: Transport["unary"] = (...call) => this.next().unary(...call);

  stream: Transport["stream"] = (...call) => this.next().stream(...call);

  /** Closes the connections, which would keep the process alive. */
  close(): void {
    this.sessions.forEach((session) => session.abort());
  }
}
