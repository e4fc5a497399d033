// The pages in each engine, behind a login at another origin: where a post leads, and that it can be reloaded and come back to.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { engines } from './engines.js'
import { startBehindSingleSignOn } from './front.js'

const unknownCode = 'BCDF-GHJK'

for (const [engine, { isThere, start }] of Object.entries(engines)) {
  describe(`in ${engine}`, { skip: isThere ? false : 'it is not installed' }, () => {
    let browser
    before(async () => {
      browser = await start()
    })
    after(() => browser.stop())

    // A test with a server behind a single sign-on, and alice, who has signed in.
    const flow = (name, act) =>
      test(name, async (t) => {
        const site = await startBehindSingleSignOn(t)
        const alice = await browser.open(t)
        await alice.goto(`${site.url}/activate`)
        await alice.expectHeading('Who are you?')
        await alice.click('#alice')
        await alice.expectHeading('Connect a device')
        await act({ site, alice })
      })

    flow('reload and back send no form again, and cost nothing', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(unknownCode)
      await alice.expect(async () => (await alice.text('#mistake')).slice(0, 22), 'This code is not valid')
      await alice.photograph(`${engine}-mistake`)
      for (let reload = 0; reload < 3; reload++) {
        await alice.reload()
        await alice.expectHeading('Connect a device')
      }
      await alice.enter(device.code)
      await alice.expectHeading('Allow Example TV to use your account?')
      await alice.photograph(`${engine}-review`)
      const review = await alice.url()
      for (let reload = 0; reload < 3; reload++) {
        await alice.reload()
        await alice.expectHeading('Allow Example TV to use your account?')
      }
      await alice.back()
      await alice.expectHeading('Connect a device')
      await alice.goto(review)
      await alice.expectHeading('Allow Example TV to use your account?')
      assert.equal(await site.count('reviewed'), 1)
      assert.equal(await site.count('unknown_user_code'), 1)
      await alice.click('button[value=approve]')
      await alice.expectHeading('Allowed')
      await alice.photograph(`${engine}-approved`)
      await alice.reload()
      await alice.expectHeading('Allowed')
      await alice.back()
      await alice.expect(() => alice.count('button[value=approve]'), 0)
      assert.equal(await site.count('approved'), 1)
      assert.equal(await device.result(), 'alice')
    })

    flow('back after a denial finds no live button', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.expectHeading('Allow Example TV to use your account?')
      const review = await alice.url()
      await alice.click('button[value=deny]')
      await alice.expectHeading('Denied')
      await alice.back()
      await alice.expect(() => alice.count('button[value=approve]'), 0)
      await alice.goto(review)
      await alice.expectHeading('Denied')
      assert.equal(await alice.count('button'), 0)
      assert.equal(await device.result(), 'access_denied')
    })

    flow('no address holds a code', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.expectHeading('Allow Example TV to use your account?')
      assert.match(await alice.url(), /\/activate\/review\/[0-9a-f]{32}$/)
    })

    flow('another account is chosen at the single sign-on', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.expectHeading('Allow Example TV to use your account?')
      await alice.click('button[value=other_account]')
      await alice.expectHeading('Who are you?')
      assert.equal(new URL(await alice.url()).origin, site.elsewhere)
      await alice.click('#bob')
      await alice.expectHeading('Connect a device')
      assert.equal(await alice.value('#user_code'), device.code)
      await alice.click('button.wide')
      await alice.expectHeading('Allow Example TV to use your account?')
      await alice.click('button[value=approve]')
      await alice.expectHeading('Allowed')
      assert.equal(await device.result(), 'bob')
    })

    flow('a code that is posted after the session ended leads to the single sign-on', async ({ site, alice }) => {
      const device = await site.device()
      await alice.fill('#user_code', device.code)
      await alice.forget('session')
      await alice.click('button.wide')
      await alice.expectHeading('Who are you?')
      await alice.click('#alice')
      await alice.expectHeading('Connect a device')
      assert.equal(await alice.value('#user_code'), device.code)
    })

    flow('a decision after the session ended leads to the single sign-on', async ({ site, alice }) => {
      for (const decision of ['approve', 'deny', 'not_me', 'other_account']) {
        const device = await site.device()
        await alice.enter(device.code)
        await alice.expectHeading('Allow Example TV to use your account?')
        await alice.forget('session')
        await alice.click(`button[value=${decision}]`)
        await alice.expectHeading('Who are you?')
        assert.equal(await device.result(), 'authorization_pending')
        await alice.click('#alice')
        await alice.expectHeading('Connect a device')
        assert.equal(await alice.value('#user_code'), device.code)
      }
    })

    flow('a wrong code stays in the field, and the right one goes on from there', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code.slice(0, -1))
      await alice.expect(async () => /characters/.test(await alice.text('#mistake')), true)
      assert.equal(await alice.value('#user_code'), device.code.slice(0, -1))
      await alice.enter(unknownCode)
      await alice.expect(async () => /not valid/.test(await alice.text('#mistake')), true)
      await alice.enter(device.code)
      await alice.expectHeading('Allow Example TV to use your account?')
      await alice.click('button[value=approve]')
      await alice.expectHeading('Allowed')
      assert.equal(await device.result(), 'alice')
    })

    flow('who did not start it says so, once', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.expectHeading('Allow Example TV to use your account?')
      await alice.click('button[value=not_me]')
      await alice.expectHeading('Denied and reported')
      await alice.reload()
      await alice.expectHeading('Denied and reported')
      await alice.back()
      await alice.expect(() => alice.count('button[value=approve]'), 0)
      assert.equal(await site.count('reported_not_me'), 1)
      assert.equal(await device.result(), 'access_denied')
    })

    flow('a link survives the single sign-on', async ({ site, alice }) => {
      const device = await site.device('cli')
      await alice.forget('session')
      await alice.goto(device.link)
      await alice.expectHeading('Who are you?')
      await alice.click('#bob')
      await alice.expectHeading('Connect a device')
      assert.equal(await alice.url(), `${site.url}/activate`)
      assert.equal(await alice.value('#user_code'), device.code)
      await alice.click('button.wide')
      await alice.expect(async () => /came in a link/.test(await alice.text('.compare strong')), true)
      await alice.click('button[value=approve]')
      await alice.expectHeading('Allowed')
      assert.equal(await device.result(), 'bob')
    })

    flow('two tabs keep two reviews', async ({ site, alice }) => {
      const [one, two] = [await site.device(), await site.device()]
      await alice.enter(one.code)
      await alice.expectHeading('Allow Example TV to use your account?')
      const other = await alice.newTab()
      await other.goto(`${site.url}/activate`)
      await other.enter(two.code)
      await other.expect(() => other.text('.compare .code'), two.code)
      await alice.reload()
      await alice.expect(() => alice.text('.compare .code'), one.code)
      await alice.click('button[value=deny]')
      await alice.expectHeading('Denied')
      await other.click('button[value=approve]')
      await other.expectHeading('Allowed')
      assert.equal(await one.result(), 'access_denied')
      assert.equal(await two.result(), 'alice')
    })
  })
}
