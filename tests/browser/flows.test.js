// What people do at the verification page, on a phone and at a desk.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Site, openBrowser, screens } from './site.js'

let browser
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())

for (const [screen, options] of Object.entries(screens)) {
  describe(`on a ${screen}`, { concurrency: 4 }, () => {
    // A test with a server of its own, and a person who has signed in as alice.
    const flow = (name, act, { server = [], ...more } = {}) =>
      test(name, async (t) => {
        const site = await Site.start(t, server)
        const alice = await site.person(t, browser, { ...options, ...more })
        await alice.signIn()
        await act({ t, site, alice })
        alice.assertQuiet()
      })

    flow('a code that is typed is grouped, reviewed and approved', async ({ site, alice }) => {
      const device = await site.device()
      const field = alice.page.locator('#user_code')
      assert.equal(await field.evaluate((field) => field === document.activeElement), true)
      await field.pressSequentially(device.code.replaceAll('-', '').toLowerCase())
      assert.equal((await field.inputValue()).toUpperCase(), device.code)
      await alice.photograph(`${screen}-entry`)
      await alice.proceed()
      assert.equal(await alice.heading(), 'Allow Example TV to use your account?')
      assert.equal(await alice.page.innerText('.compare .code'), device.code)
      await alice.photograph(`${screen}-review`)
      await alice.decide('approve')
      assert.equal(await alice.heading(), 'Allowed')
      assert.equal(await device.result(), 'alice')
    })

    flow('a sentence gives its code, however it comes into the field', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(`Your code is ${device.code}.`)
      assert.equal(await alice.heading(), 'Allow Example TV to use your account?')
    })

    flow('nothing but the letters that are typed is needed without a script', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code.replaceAll('-', '').toLowerCase())
      assert.match(await alice.page.innerText('.left'), /^valid for \d+ more minutes$/)
      await alice.decide('approve')
      assert.equal(await alice.heading(), 'Allowed')
      assert.equal(await device.result(), 'alice')
    }, { javaScriptEnabled: false })

    flow('a link fills the form in, leaves the address bar, and approves nothing by itself', async ({ site, alice }) => {
      const device = await site.device('cli')
      await alice.page.goto(device.link)
      assert.equal(alice.page.url(), `${site.url}/activate`)
      assert.equal(await alice.page.inputValue('#user_code'), device.code)
      await alice.proceed()
      assert.match(await alice.page.innerText('.compare strong'), /came in a link/)
      assert.ok(!(await alice.title()).includes(device.code))
      await alice.decide('approve')
      assert.equal(await alice.heading(), 'Allowed')
      assert.equal(await device.result(), 'alice')
    })

    test('a link survives the sign-in', async (t) => {
      const site = await Site.start(t)
      const device = await site.device('cli')
      const alice = await site.person(t, browser, options)
      await alice.page.goto(device.link)
      assert.equal(alice.page.url(), `${site.url}/login`)
      await alice.fillLogin('alice')
      assert.equal(await alice.page.inputValue('#user_code'), device.code)
      await alice.proceed()
      assert.match(await alice.page.innerText('.compare strong'), /came in a link/)
      alice.assertQuiet()
    })

    flow('an approval that was a mistake is undone', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.decide('approve')
      assert.match(await alice.page.innerText('.lead'), /^Example TV may now use the account alice\./)
      await alice.decide('undo')
      assert.equal(await alice.heading(), 'Undone')
      assert.equal(await device.result(), 'access_denied')
    })

    flow('what is left out and chosen is what the device gets, without a script', async ({ site, alice }) => {
      const device = await site.device('tv', 'openid contacts organization')
      await alice.enter(device.code)
      await alice.photograph(`${screen}-choices`)
      await alice.page.getByLabel('see your contacts').uncheck()
      await alice.decide('approve')
      assert.equal(await alice.mistake(), 'Choose one of the options, or deny.')
      assert.match(await alice.title(), /^Error: /)
      assert.equal(await alice.page.getByLabel('see your contacts').isChecked(), false)
      await alice.page.getByRole('group', { name: 'Organization' }).getByLabel('Example Ltd.').check()
      await alice.decide('approve')
      assert.equal(await alice.heading(), 'Allowed')
      const tokens = await device.poll()
      assert.equal(tokens.scope, 'openid organization')
      const claims = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'))
      assert.equal(claims.organization, 'example')
    }, { javaScriptEnabled: false })

    flow('a device is connected, found in the list, and signed out', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.decide('approve')
      assert.equal(await device.result(), 'alice')
      await alice.page.reload()
      assert.match(await alice.page.innerText('.lead'), /^Example TV is connected to alice\./)
      await alice.page.click('main a')
      await alice.page.waitForURL('**/activate/devices')
      assert.equal(await alice.page.innerText('.devices h2'), 'Example TV')
      await alice.decide('sign_out')
      assert.equal(await alice.page.innerText('.caution'), 'The device was signed out.')
      assert.equal(await alice.page.locator('.devices').count(), 0)
    })

    flow('deny is as large as approve, and approve has no focus', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      const [deny, approve] = await Promise.all(['deny', 'approve'].map((value) =>
        alice.page.locator(`button[value=${value}]`).boundingBox()))
      assert.deepEqual([deny.width, deny.height], [approve.width, approve.height])
      const focused = await alice.page.evaluate(() => document.activeElement.value ?? null)
      assert.notEqual(focused, 'approve')
      await alice.decide('deny')
      assert.equal(await alice.heading(), 'Denied')
      assert.equal(await device.result(), 'access_denied')
    })

    flow('who did not start it says so', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.decide('not_me')
      assert.equal(await alice.heading(), 'Denied and reported')
      assert.equal(await device.result(), 'access_denied')
    })

    flow('a wrong code is kept in the field, to be mended', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code.slice(0, -1))
      assert.match(await alice.mistake(), /characters/)
      assert.equal(await alice.page.inputValue('#user_code'), device.code.slice(0, -1))
      await alice.page.fill('#user_code', 'BCDF-GHJK')
      await alice.proceed()
      assert.match(await alice.mistake(), /not valid/)
      assert.match(await alice.title(), /^Error: /)
      await alice.page.fill('#user_code', device.code)
      await alice.proceed()
      await alice.decide('approve')
      assert.equal(await device.result(), 'alice')
    })

    flow('what expires under the reader cannot be approved', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.page.getByText('This code has expired.').waitFor()
      await alice.photograph(`${screen}-expired`)
      await alice.decide('approve')
      assert.equal(await alice.heading(), 'This request is closed')
      assert.equal(await device.result(), 'expired_token')
      await alice.enter(device.code)
      assert.match(await alice.mistake(), /not valid/)
    }, { server: ['--lifetime', '15', '--interval', '1'] })

    flow('too many attempts lock out who made them, and nobody else', async ({ t, site, alice }) => {
      const device = await site.device()
      for (let attempt = 0; attempt < 5; attempt++) {
        await alice.enter('BCDF-GHJK')
        assert.match(await alice.mistake(), /not valid/)
      }
      await alice.enter(device.code)
      assert.equal(await alice.heading(), 'Too many attempts')
      await alice.photograph(`${screen}-too-many-attempts`)
      const bob = await site.person(t, browser, options)
      await bob.signIn('bob')
      await bob.enter(device.code)
      await bob.decide('approve')
      assert.equal(await device.result(), 'bob')
    })

    flow('going back after deny undoes nothing', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.decide('deny')
      await alice.page.goBack()
      assert.equal(await alice.page.locator('button[value=approve]').count(), 0)
      await alice.page.reload()
      assert.equal(await alice.page.locator('button[value=approve]').count(), 0)
      assert.equal(await device.result(), 'access_denied')
    })

    flow('a double click is one decision', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.page.dblclick('button[value=approve]', { noWaitAfter: true })
      await alice.page.locator('.sign').waitFor()
      assert.equal(await alice.heading(), 'Allowed')
      await alice.page.reload()
      assert.equal(await alice.heading(), 'Allowed')
      assert.equal(await device.result(), 'alice')
    })

    flow('of two tabs the first to decide wins', async ({ site, alice }) => {
      const device = await site.device()
      const other = await alice.newTab()
      await alice.enter(device.code)
      await other.enter(device.code)
      await alice.decide('deny')
      assert.equal(await alice.heading(), 'Denied')
      await other.decide('approve')
      assert.equal(await other.heading(), 'Denied')
      assert.equal(await device.result(), 'access_denied')
    })

    flow('whose review it is decides alone', async ({ t, site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      const bob = await site.person(t, browser, options)
      await bob.signIn('bob')
      await bob.enter(device.code)
      assert.match(await bob.mistake(), /not valid/)
      await alice.decide('approve')
      assert.equal(await alice.heading(), 'Allowed')
      assert.equal(await device.result(), 'alice')
      bob.assertQuiet()
    })

    flow('another account takes the code over', async ({ site, alice }) => {
      const device = await site.device()
      await alice.enter(device.code)
      await alice.decide('other_account')
      await alice.page.waitForURL('**/login')
      await alice.fillLogin('bob')
      assert.equal(await alice.page.inputValue('#user_code'), device.code)
      await alice.proceed()
      assert.match(await alice.page.innerText('.account'), /bob/)
      await alice.decide('approve')
      assert.equal(await device.result(), 'bob')
    })
  })
}
