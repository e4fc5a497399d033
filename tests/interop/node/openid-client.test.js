// `openid-client`, which finds the server by its metadata and has a loop of its own: it waits an interval before its
// first poll, and heeds `Retry-After`.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as client from 'openid-client'
import { Fault, Stage } from './stage.js'

describe('openid-client', { concurrency: true }, () => {
  it('gets tokens after an approval', async (t) => {
    const stage = await Stage.start(t)
    const device = await discover(stage, 'tv')
    const codes = await begin(device, 'read write')
    const [tokens] = await Promise.all([poll(device, codes), decideAfter(stage, 1, codes, 'approve')])
    assert.equal(tokens.token_type, 'bearer')
    assert.equal(tokens.expires_in, 3600)
    assert.equal(tokens.scope, 'read write')
    assert.equal(tokens.refresh_token, undefined)
    assert.deepEqual(stage.answers, ['authorization_pending', 'tokens'])
  })

  it('finds the endpoints in both documents', async (t) => {
    const stage = await Stage.start(t)
    for (const algorithm of ['oauth2', 'oidc']) {
      const device = await discover(stage, 'tv', client.None(), algorithm)
      const metadata = device.serverMetadata()
      assert.equal(metadata.device_authorization_endpoint, `${stage.url}/device_authorization`)
    }
  })

  it('gets a code in a link where it may show one', async (t) => {
    const stage = await Stage.start(t)
    const codes = await begin(await discover(stage, 'cli'), 'read')
    assert.ok(codes.verification_uri_complete.includes(codes.user_code))
    const others = await begin(await discover(stage, 'tv'), 'read')
    assert.equal(others.verification_uri_complete, undefined)
  })

  for (const decision of ['deny', 'not_me']) {
    it(`stops when the person says ${decision}`, async (t) => {
      const stage = await Stage.start(t)
      const device = await discover(stage, 'tv')
      const codes = await begin(device, 'read')
      await Promise.all([
        assert.rejects(poll(device, codes), { error: 'access_denied' }),
        decideAfter(stage, 1, codes, decision),
      ])
      assert.deepEqual(stage.answers, ['authorization_pending', 'access_denied'])
    })
  }

  it('checks who approved, and the account agrees', async (t) => {
    const stage = await Stage.start(t)
    const device = await discover(stage, 'tv')
    client.enableNonRepudiationChecks(device)
    const codes = await begin(device, 'openid profile')
    await stage.decide(codes.user_code, 'approve')
    const tokens = await poll(device, codes)
    assert.equal(tokens.claims().sub, 'alice')
    const account = await client.fetchUserInfo(device, tokens.access_token, 'alice')
    assert.equal(account.preferred_username, 'alice')
  })

  it('stops when the codes expire', async (t) => {
    const stage = await Stage.start(t, ['--lifetime', '2'])
    const device = await discover(stage, 'tv')
    const codes = await begin(device, 'read')
    await assert.rejects(poll(device, codes), { error: 'expired_token' })
  })

  it('waits longer when it is told to, and gets its tokens', async (t) => {
    const stage = await Stage.start(t)
    const device = await discover(stage, 'tv')
    const codes = await begin(device, 'read')
    stage.failNext(Fault.crowded)
    await Promise.all([poll(device, codes), decideAfter(stage, 2, codes, 'approve')])
    assert.deepEqual(stage.answers, ['slow_down', 'authorization_pending', 'tokens'])
  })

  it('gets no codes as an unknown client', async (t) => {
    const stage = await Stage.start(t)
    const stranger = await discover(stage, 'nobody')
    await assert.rejects(begin(stranger, 'read'), { error: 'invalid_client', status: 400 })
  })

  it('gets no codes as a client without this grant', async (t) => {
    const stage = await Stage.start(t)
    const web = await discover(stage, 'web')
    await assert.rejects(begin(web, 'read'), { error: 'unauthorized_client' })
  })

  it('gets nothing with the code of another client, and changes nothing', async (t) => {
    const stage = await Stage.start(t)
    const device = await discover(stage, 'tv')
    const thief = await discover(stage, 'cli')
    const codes = await begin(device, 'read')
    await assert.rejects(poll(thief, codes), { error: 'invalid_grant' })
    await stage.decide(codes.user_code, 'approve')
    await assert.rejects(poll(thief, codes), { error: 'invalid_grant' })
    assert.ok(await poll(device, codes))
  })

  it('gets nothing with an unknown code', async (t) => {
    const stage = await Stage.start(t)
    const device = await discover(stage, 'tv')
    const codes = await begin(device, 'read')
    codes.device_code = [...codes.device_code].reverse().join('')
    await assert.rejects(poll(device, codes), { error: 'invalid_grant' })
  })

  for (const way of [client.ClientSecretBasic, client.ClientSecretPost]) {
    it(`may show its secret by ${way.name}`, async (t) => {
      const stage = await Stage.start(t)
      const device = await discover(stage, 'box', way('box-secret'))
      const codes = await begin(device, 'read')
      await stage.decide(codes.user_code, 'approve')
      assert.ok(await poll(device, codes))
    })

    it(`gets no codes with a wrong secret by ${way.name}`, async (t) => {
      const stage = await Stage.start(t)
      const device = await discover(stage, 'box', way('tv-secret'))
      // After a challenge in a header, the client reports that instead of the body.
      const { error, code } = await begin(device, 'read').catch((refusal) => refusal)
      assert.ok(error === 'invalid_client' || code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', code)
    })
  }

  it('gets new tokens for a refresh token, once', async (t) => {
    const stage = await Stage.start(t)
    const device = await discover(stage, 'tv')
    const codes = await begin(device, 'read offline_access')
    await stage.decide(codes.user_code, 'approve')
    const tokens = await poll(device, codes)
    const renewed = await client.refreshTokenGrant(device, tokens.refresh_token)
    assert.notEqual(renewed.access_token, tokens.access_token)
    assert.ok(renewed.refresh_token)
    const again = client.refreshTokenGrant(device, tokens.refresh_token)
    await assert.rejects(again, { error: 'invalid_grant' })
  })

  it('goes on after a 503', async (t) => {
    const stage = await Stage.start(t)
    const device = await discover(stage, 'tv')
    const codes = await begin(device, 'read')
    stage.failNext(Fault.unavailable)
    await Promise.all([poll(device, codes), decideAfter(stage, 1, codes, 'approve')])
    assert.deepEqual(stage.answers, [503, 'tokens'])
  })

  for (const fault of [Fault.requestLost, Fault.answerLost]) {
    it(`can begin its loop again after ${fault}`, async (t) => {
      const stage = await Stage.start(t)
      const device = await discover(stage, 'tv')
      const codes = await begin(device, 'read')
      stage.failNext(fault)
      await assert.rejects(poll(device, codes), { message: 'fetch failed' })
      await stage.decide(codes.user_code, 'approve')
      assert.ok(await poll(device, codes))
    })
  }
})

function discover(stage, clientId, authentication = client.None(), algorithm = 'oauth2') {
  const options = { algorithm, execute: [client.allowInsecureRequests] }
  return client.discovery(new URL(stage.url), clientId, undefined, authentication, options)
}

function begin(device, scope) {
  return client.initiateDeviceAuthorization(device, { scope })
}

// The client ends its loop by its own clock; it is given more time here, so that it hears the server's word.
function poll(device, codes) {
  return client.pollDeviceAuthorizationGrant(device, codes, undefined, { signal: AbortSignal.timeout(60_000) })
}

async function decideAfter(stage, polls, codes, decision) {
  await stage.answered(polls)
  await stage.decide(codes.user_code, decision)
}
