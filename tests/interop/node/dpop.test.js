// DPoP (RFC 9449): `oauth4webapi`, which proves a key at every endpoint but the first, where it can name it, and `dpop`,
// which makes nothing but proofs.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as dpop from 'dpop'
import * as oauth from 'oauth4webapi'
import { Stage } from './stage.js'

const insecure = { [oauth.allowInsecureRequests]: true }
const scope = 'openid offline_access'

describe('oauth4webapi with DPoP', { concurrency: true }, () => {
  for (const alg of ['ES256', 'Ed25519'])
    it(`names a key and proves it at every endpoint with ${alg}`, async (t) => {
      const stage = await Stage.start(t)
      const device = await Device.discover(stage, alg)
      const codes = await device.begin()
      await stage.decide(codes.user_code, 'approve')
      const tokens = await device.redeem(codes)
      assert.equal(tokens.token_type, 'dpop')
      assert.equal((await device.userInfo(tokens)).sub, 'alice')
      const renewed = await device.refresh(tokens)
      assert.equal(renewed.token_type, 'dpop')
      assert.equal((await device.userInfo(renewed)).sub, 'alice')
    })

  for (const skew of [-3_600, 3_600])
    it(`goes on with a nonce where its clock is off by ${skew} seconds`, async (t) => {
      const stage = await Stage.start(t)
      const device = await Device.discover(stage, 'ES256', { [oauth.clockSkew]: skew })
      const codes = await device.begin()
      await stage.decide(codes.user_code, 'approve')
      assert.ok(await device.redeem(codes))
      assert.ok(device.retries > 0)
    })

  it('gets nothing with the codes of another key, and the right key still does', async (t) => {
    const stage = await Stage.start(t)
    const device = await Device.discover(stage, 'ES256')
    const codes = await device.begin()
    await stage.decide(codes.user_code, 'approve')
    const thief = await Device.discover(stage, 'ES256')
    await assert.rejects(thief.redeem(codes), { error: 'invalid_grant' })
    assert.ok(await device.redeem(codes))
  })

  it('cannot use or refresh stolen tokens', async (t) => {
    const stage = await Stage.start(t)
    const device = await Device.discover(stage, 'ES256')
    const codes = await device.begin()
    await stage.decide(codes.user_code, 'approve')
    const tokens = await device.redeem(codes)
    const thief = await Device.discover(stage, 'ES256')
    await assert.rejects(thief.refresh(tokens), { error: 'invalid_grant' })
    await assert.rejects(thief.userInfo(tokens), oauth.WWWAuthenticateChallengeError)
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    assert.equal((await fetch(`${stage.url}/userinfo`, { headers })).status, 401)
    assert.ok(await device.refresh(tokens))
  })

  it('may begin without a key', async (t) => {
    const stage = await Stage.start(t)
    const device = await Device.discover(stage, 'ES256')
    const codes = await device.beginWithoutKey()
    await stage.decide(codes.user_code, 'approve')
    assert.equal((await device.redeem(codes)).token_type, 'dpop')
  })

  it('is not told to use a key', async (t) => {
    const stage = await Stage.start(t)
    const device = await Device.discover(stage, 'ES256')
    const codes = await device.beginWithoutKey()
    await stage.decide(codes.user_code, 'approve')
    const { server, client } = device
    const response = await oauth.deviceCodeGrantRequest(server, client, oauth.None(), codes.device_code, insecure)
    const tokens = await oauth.processDeviceCodeResponse(server, client, response)
    assert.equal(tokens.token_type, 'bearer')
  })
})

describe('dpop', { concurrency: true }, () => {
  for (const alg of ['ES256', 'Ed25519'])
    it(`names its key at the start and proves it later with ${alg}`, async (t) => {
      const stage = await Stage.start(t)
      const keys = await dpop.generateKeyPair(alg)
      const dpop_jkt = await dpop.calculateThumbprint(keys.publicKey)
      const codes = await post(stage, '/device_authorization', { client_id: 'tv', scope, dpop_jkt })
      await stage.decide(codes.user_code, 'approve')
      const poll = redeeming(codes)
      assert.equal((await post(stage, '/token', poll)).error, 'invalid_grant')
      const proof = await dpop.generateProof(keys, `${stage.url}/token`, 'POST')
      assert.equal((await post(stage, '/token', poll, proof)).token_type, 'DPoP')
    })

  it('is taken once', async (t) => {
    const stage = await Stage.start(t)
    const keys = await dpop.generateKeyPair('ES256')
    const start = () => post(stage, '/device_authorization', { client_id: 'tv' }, proof)
    const proof = await dpop.generateProof(keys, `${stage.url}/device_authorization`, 'POST')
    assert.ok((await start()).device_code)
    assert.equal((await start()).error, 'invalid_dpop_proof')
  })

  it('is for one method and one address', async (t) => {
    const stage = await Stage.start(t)
    const keys = await dpop.generateKeyPair('ES256')
    for (const [path, method] of [
      ['/token', 'POST'],
      ['/device_authorization', 'GET'],
    ]) {
      const proof = await dpop.generateProof(keys, stage.url + path, method)
      const answer = await post(stage, '/device_authorization', { client_id: 'tv' }, proof)
      assert.equal(answer.error, 'invalid_dpop_proof')
    }
  })

  for (const alg of ['RS256', 'PS256'])
    it(`is refused with ${alg}`, async (t) => {
      const stage = await Stage.start(t)
      const keys = await dpop.generateKeyPair(alg)
      const proof = await dpop.generateProof(keys, `${stage.url}/device_authorization`, 'POST')
      const answer = await post(stage, '/device_authorization', { client_id: 'tv' }, proof)
      assert.equal(answer.error, 'invalid_dpop_proof')
    })
})

const redeeming = ({ device_code }) => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
  client_id: 'tv',
  device_code,
})

async function post(stage, path, form, proof) {
  const headers = proof ? { dpop: proof } : {}
  const response = await fetch(stage.url + path, { method: 'POST', headers, body: new URLSearchParams(form) })
  return response.json()
}

class Device {
  retries = 0

  static async discover(stage, alg, client = {}) {
    const device = new Device()
    const response = await oauth.discoveryRequest(new URL(stage.url), { algorithm: 'oauth2', ...insecure })
    device.server = await oauth.processDiscoveryResponse(new URL(stage.url), response)
    assert.ok(device.server.dpop_signing_alg_values_supported.includes(alg))
    device.client = { client_id: 'tv', ...client }
    device.options = { DPoP: oauth.DPoP(device.client, await oauth.generateKeyPair(alg)), ...insecure }
    return device
  }

  async begin() {
    return this.#start({ scope, dpop_jkt: await this.options.DPoP.calculateThumbprint() })
  }

  beginWithoutKey() {
    return this.#start({ scope })
  }

  async #start(parameters) {
    const { server, client } = this
    const response = await oauth.deviceAuthorizationRequest(server, client, oauth.None(), parameters, insecure)
    return oauth.processDeviceAuthorizationResponse(server, client, response)
  }

  redeem({ device_code }) {
    const { server, client, options } = this
    return this.#again(async () => {
      const request = oauth.deviceCodeGrantRequest(server, client, oauth.None(), device_code, options)
      return oauth.processDeviceCodeResponse(server, client, await request)
    })
  }

  refresh({ refresh_token }) {
    const { server, client, options } = this
    return this.#again(async () => {
      const request = oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh_token, options)
      return oauth.processRefreshTokenResponse(server, client, await request)
    })
  }

  userInfo({ access_token }) {
    const { server, client, options } = this
    return this.#again(async () => {
      const request = oauth.userInfoRequest(server, client, access_token, options)
      return oauth.processUserInfoResponse(server, client, oauth.skipSubjectCheck, await request)
    })
  }

  // What section 8 of the RFC wants of every client.
  async #again(request) {
    try {
      return await request()
    } catch (refusal) {
      if (!oauth.isDPoPNonceError(refusal)) throw refusal
      this.retries += 1
      return request()
    }
  }
}
