// `openid-client` 5, which many applications still have: it takes an ID token by RS256 alone, unless it was told otherwise.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Issuer } from 'openid-client-5'
import { Stage } from './stage.js'

describe('openid-client 5', { concurrency: true }, () => {
  it('gets an ID token by RS256 without any setting', async (t) => {
    const { tokens, device, stage } = await signIn(t, { client_id: 'tv', token_endpoint_auth_method: 'none' })
    assert.equal(tokens.claims().sub, 'alice')
    const account = await device.userinfo(tokens)
    assert.equal(account.preferred_username, 'alice')
    assert.equal(stage.answers.at(-1), 'tokens')
  })

  it('gets one by ES256 as the client that registered it', async (t) => {
    const box = { client_id: 'box', client_secret: 'box-secret', id_token_signed_response_alg: 'ES256' }
    const { tokens } = await signIn(t, box)
    assert.equal(tokens.claims().aud, 'box')
  })
})

async function signIn(t, registration) {
  const stage = await Stage.start(t)
  const issuer = await Issuer.discover(stage.url)
  const device = new issuer.Client(registration)
  const codes = await device.deviceAuthorization({ scope: 'openid profile' })
  await stage.decide(codes.user_code, 'approve')
  return { tokens: await codes.poll(), device, stage }
}
