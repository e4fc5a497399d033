// The programs of the poller's documentation, against node-oidc-provider: a server that knows neither confirmation codes nor
// `Prefer: wait`.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { text } from 'node:stream/consumers'
import Provider from 'oidc-provider'

// Beside the example server, where `cargo test --workspace` puts them.
const programs = process.env.EXAMPLE_SERVER
  ? path.resolve(path.dirname(process.env.EXAMPLE_SERVER), '..')
  : path.resolve(import.meta.dirname, '../../../target/debug')

for (const name of ['device-reqwest', 'device-ureq']) {
  describe(name, { concurrency: true }, () => {
    it('signs in at node-oidc-provider', async (t) => {
      const { url, provider } = await start(t)
      const device = await run(t, name, url)
      await decide(provider, device.code, await approval(provider))
      assert.deepEqual(await device.ended, { status: 0, complaint: '' })
      assert.equal(device.lines.at(-1), 'signed in')
    })

    it('hears of a denial from node-oidc-provider', async (t) => {
      const { url, provider } = await start(t)
      const device = await run(t, name, url)
      await decide(provider, device.code, { error: 'access_denied', errorDescription: 'no' })
      const { status, complaint } = await device.ended
      assert.equal(status, 1)
      assert.match(complaint, /somebody denied it/)
    })
  })
}

// A provider for one test, whose paths are those that the programs name.
async function start(t) {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(url, {
    clients: [{
      client_id: 'cli-strict',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
      response_types: [],
      redirect_uris: [],
    }],
    features: { deviceFlow: { enabled: true }, revocation: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    routes: { device_authorization: '/device_authorization', revocation: '/revoke', token: '/token' },
  })
  server.on('request', provider.callback())
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url, provider }
}

async function approval(provider) {
  const grant = new provider.Grant({ accountId: 'alice', clientId: 'cli-strict' })
  grant.addOIDCScope('openid')
  return { accountId: 'alice', grantId: await grant.save(), scope: 'openid', authTime: Math.floor(Date.now() / 1000) }
}

// What the provider's pages do once the end user has pressed a button.
async function decide(provider, userCode, decision) {
  const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''))
  await Object.assign(code, decision).save()
}

async function run(t, name, url) {
  const child = spawn(path.join(programs, name), [url], { env: { PATH: '' } })
  t.after(() => child.kill())
  const complaint = text(child.stderr)
  const closed = once(child, 'close')
  const lines = []
  const reader = createInterface(child.stdout)
  reader.on('line', (line) => lines.push(line))
  const [first] = await once(reader, 'line')
  const ended = closed.then(async ([status]) => ({ status, complaint: await complaint }))
  return { code: first.split(' ').at(-1), lines, ended }
}
