// Serves `oidc-provider` with the device flow on, its own pages for development, and two public clients.
// With `STORE=map` it keeps all codes, and else as many as its store for development does.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { MapAdapter } from './map-adapter.mjs';

const port = Number(process.env.PORT);
const client = (id) => ({
  client_id: id,
  token_endpoint_auth_method: 'none',
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
  response_types: [],
  redirect_uris: [],
});
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client('tv'), client('cli')],
  features: { deviceFlow: { enabled: true } },
  adapter: process.env.STORE === 'map' ? MapAdapter : undefined,
  cookies: { keys: ['not a secret'] },
});
createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log('listening'));
