// An OAuth server that answers RFC 7662 introspection of opaque tokens from memory.
//
//     node server.mjs      (client secret as the first line of standard input)
//
// The first line of standard output is the port.
import { createInterface } from 'node:readline';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const CLIENT_ID = 'gateway';

const lines = createInterface({ input: process.stdin });
const secret = await new Promise((resolve) => lines.once('line', resolve));

const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: 'repo public_repo read:users create:users',
    },
  ],
  scopes: ['repo', 'public_repo', 'read:users', 'create:users'],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
  },
  ttl: { ClientCredentials: 24 * 3600 },
});

const server = createServer({ keepAliveTimeout: 60_000 }, provider.callback());
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${server.address().port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
