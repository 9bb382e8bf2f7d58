// An OAuth server that issues JWT access tokens by client_credentials, for tests of tokens from elsewhere.
//
//     node issuer.mjs      (client secret as the first line of standard input)
//
// The first line of standard output is the port. Each further line of standard input is an order, answered with a line:
// "rotate" gives it new keys, "both" puts the new keys beside the old ones. It forgets all tokens then, and signs with the newest.
import { createInterface } from 'node:readline';
import { createServer } from 'node:http';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const secret = (await lines.next()).value;
const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'];

function pair(alg) {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function freshKeys() {
  return algorithms.map((alg) => ({
    ...pair(alg).privateKey.export({ format: 'jwk' }),
    kid: randomBytes(12).toString('base64url'),
    use: 'sig',
    alg,
  }));
}

// Each client is for one algorithm: its tokens are for a resource of its own.
function provider(issuer, keys) {
  return new Provider(issuer, {
    clients: algorithms.map((alg) => ({
      client_id: `worker-${alg}`,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    jwks: { keys },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://api.example',
        getResourceServerInfo: (_context, resource, client) => ({
          scope: 'repo read:users create:users',
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: client.clientId.replace('worker-', '') } },
        }),
      },
    },
  });
}

const server = createServer((request, response) => current(request, response));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
let keys = freshKeys();
let current = provider(issuer, keys).callback();
process.stdout.write(`${server.address().port}\n`);
process.on('SIGTERM', () => process.exit(0));

for await (const order of lines) {
  const fresh = freshKeys();
  keys = order === 'both' ? [...fresh, ...keys] : fresh;
  current = provider(issuer, keys).callback();
  process.stdout.write('done\n');
}
process.exit(0);
