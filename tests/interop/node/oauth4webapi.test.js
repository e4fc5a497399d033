// `oauth4webapi`, which judges each answer strictly and leaves the loop to the application.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as oauth from 'oauth4webapi'
import { Fault, Stage } from './stage.js'

const insecure = { [oauth.allowInsecureRequests]: true }

describe('oauth4webapi', { concurrency: true }, () => {
  it('gets tokens after an approval', async (t) => {
    const stage = await Stage.start(t)
    const device = await Device.discover(stage, 'tv')
    const codes = await device.begin('read write')
    const [tokens] = await Promise.all([device.poll(codes), decideAfter(stage, 1, codes, 'approve')])
    assert.equal(tokens.token_type, 'bearer')
    assert.equal(tokens.scope, 'read write')
    assert.deepEqual(stage.answers, ['authorization_pending', 'tokens'])
  })

  it('stops when the person denies', async (t) => {
    const stage = await Stage.start(t)
    const device = await Device.discover(stage, 'tv')
    const codes = await device.begin('read')
    await Promise.all([
      assert.rejects(device.poll(codes), { error: 'access_denied', status: 400 }),
      decideAfter(stage, 1, codes, 'deny'),
    ])
  })

  it('stops when the codes expire', async (t) => {
    const stage = await Stage.start(t, ['--lifetime', '2'])
    const device = await Device.discover(stage, 'tv')
    const codes = await device.begin('read')
    await assert.rejects(device.poll(codes), { error: 'expired_token', status: 400 })
  })

  it('waits longer when it is told to, and gets its tokens', async (t) => {
    const stage = await Stage.start(t)
    const device = await Device.discover(stage, 'tv')
    const codes = await device.begin('read')
    stage.failNext(Fault.crowded)
    await Promise.all([device.poll(codes), decideAfter(stage, 2, codes, 'approve')])
    assert.deepEqual(stage.answers, ['slow_down', 'authorization_pending', 'tokens'])
  })

  it('gets no codes as an unknown client', async (t) => {
    const stage = await Stage.start(t)
    const stranger = await Device.discover(stage, 'nobody')
    await assert.rejects(stranger.begin('read'), { error: 'invalid_client', status: 400 })
  })

  it('gets nothing with the code of another client', async (t) => {
    const stage = await Stage.start(t)
    const codes = await (await Device.discover(stage, 'tv')).begin('read')
    const thief = await Device.discover(stage, 'cli')
    await assert.rejects(thief.poll(codes), { error: 'invalid_grant' })
  })

  for (const way of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
    it(`may show its secret by ${way.name}`, async (t) => {
      const stage = await Stage.start(t)
      const device = await Device.discover(stage, 'box', way('box-secret'))
      const codes = await device.begin('read')
      await stage.decide(codes.user_code, 'approve')
      assert.ok(await device.poll(codes))
    })
  }

  it('is challenged in the header where it showed a wrong secret there', async (t) => {
    const stage = await Stage.start(t)
    const device = await Device.discover(stage, 'box', oauth.ClientSecretBasic('tv-secret'))
    const refusal = await device.begin('read').catch((refusal) => refusal)
    assert.ok(refusal instanceof oauth.WWWAuthenticateChallengeError)
    assert.equal(refusal.status, 401)
    assert.equal(refusal.cause[0].scheme, 'basic')
  })

  it('can go on after lost requests, lost answers and a 503', async (t) => {
    const stage = await Stage.start(t)
    const device = await Device.discover(stage, 'tv')
    const codes = await device.begin('read')
    stage.failNext(Fault.requestLost, Fault.answerLost, Fault.unavailable)
    await assert.rejects(device.ask(codes), { message: 'fetch failed' })
    await assert.rejects(device.ask(codes), { message: 'fetch failed' })
    await assert.rejects(device.ask(codes), { code: 'OAUTH_RESPONSE_IS_NOT_CONFORM' })
    await stage.decide(codes.user_code, 'approve')
    assert.ok(await device.ask(codes))
  })
})

class Device {
  static async discover(stage, clientId, authentication = oauth.None()) {
    const device = new Device()
    const issuer = new URL(stage.url)
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    // Of a URL that is an origin, this client makes an issuer without a slash, as the server does.
    device.server = await oauth.processDiscoveryResponse(issuer, response)
    device.client = { client_id: clientId }
    device.authentication = authentication
    return device
  }

  async begin(scope) {
    const { server, client, authentication } = this
    const response = await oauth.deviceAuthorizationRequest(server, client, authentication, { scope }, insecure)
    return oauth.processDeviceAuthorizationResponse(server, client, response)
  }

  async ask({ device_code }) {
    const { server, client, authentication } = this
    const response = await oauth.deviceCodeGrantRequest(server, client, authentication, device_code, insecure)
    return oauth.processDeviceCodeResponse(server, client, response)
  }

  // The loop of RFC 8628, section 3.5.
  async poll(codes) {
    for (let interval = codes.interval; ; ) {
      await sleep(interval * 1000)
      try {
        return await this.ask(codes)
      } catch (refusal) {
        if (refusal.error === 'slow_down') interval += 5
        else if (refusal.error !== 'authorization_pending') throw refusal
      }
    }
  }
}

async function decideAfter(stage, polls, codes, decision) {
  await stage.answered(polls)
  await stage.decide(codes.user_code, decision)
}
