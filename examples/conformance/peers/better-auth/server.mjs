// Serves `better-auth` with its device authorization plugin, over its memory adapter, to two public clients and alice.
//
// Its token endpoint reads JSON alone. `/forms/token` hands forms on to it as JSON, so that the other rules can be checked.
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { bearer, deviceAuthorization } from 'better-auth/plugins';

const port = Number(process.env.PORT);
const address = `http://127.0.0.1:${port}`;
const tables = { user: [], session: [], account: [], verification: [], deviceCode: [] };
const auth = betterAuth({
  baseURL: address,
  secret: 'not a secret, but as long as one has to be',
  database: memoryAdapter(tables),
  emailAndPassword: { enabled: true },
  // Five entries in half an hour are the default, and the kit makes more.
  rateLimit: { enabled: false },
  plugins: [
    bearer(),
    deviceAuthorization({
      verificationUri: `${address}/device`,
      validateClient: (id) => id === 'tv' || id === 'cli',
    }),
  ],
});

async function formAsJson(request, response) {
  let form = '';
  for await (const part of request) form += part;
  const answer = await fetch(`${address}/api/auth/device/token`, {
    method: request.method,
    headers: { 'content-type': 'application/json' },
    body: request.method === 'POST' ? JSON.stringify(Object.fromEntries(new URLSearchParams(form))) : undefined,
  });
  const headers = ['content-type', 'cache-control'].map((name) => [name, answer.headers.get(name)]);
  response.writeHead(answer.status, Object.fromEntries(headers.filter(([, value]) => value)));
  response.end(await answer.text());
}

const handler = toNodeHandler(auth);
const server = createServer((request, response) =>
  request.url.startsWith('/forms/token') ? formAsJson(request, response) : handler(request, response),
);
server.listen(port, '127.0.0.1', async () => {
  await auth.api.signUpEmail({ body: { email: 'alice@example.com', password: 'alice alice', name: 'alice' } });
  console.log('listening');
});
