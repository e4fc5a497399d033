// Every page, in each language, light and dark, on a phone and at a desk: axe-core finds nothing, and nothing has to be
// scrolled sideways.

import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import { Site, gallery, openBrowser, screens } from './site.js'

const unknownCode = 'BCDF-GHJK'

// How to come to each page, one after the other. Alice enters five wrong codes, which is all that she may, before the last.
const tour = {
  login: ({ alice }) => alice.page.goto('/activate'),
  entry: ({ alice }) => alice.fillLogin('alice'),
  mistyped: ({ alice }) => alice.enter('BCD'),
  unknown: ({ alice }) => alice.enter(unknownCode),
  review: async ({ site, alice }) => alice.enter((await site.device()).code),
  approved: ({ alice }) => alice.decide('approve'),
  undone: ({ alice }) => alice.decide('undo'),
  connected: async ({ site, alice }) => {
    const device = await site.device()
    await alice.enter(device.code)
    await alice.decide('approve')
    assert.equal(await device.result(), 'alice')
    await alice.page.reload()
  },
  devices: ({ alice }) => alice.page.goto('/devices'),
  'signed-out': ({ alice }) => alice.decide('sign_out'),
  linked: async ({ site, alice }) => alice.page.goto((await site.device('cli')).link),
  'linked-review': ({ alice }) => alice.proceed(),
  denied: ({ alice }) => alice.decide('deny'),
  reported: async ({ site, alice }) => {
    await alice.enter((await site.device()).code)
    await alice.decide('not_me')
  },
  choices: async ({ site, alice }) => {
    await alice.enter((await site.device('tv', 'openid contacts organization')).code)
  },
  'choices-not-offered': ({ alice }) => alice.decide('approve'),
  closed: async ({ site, alice }) => {
    await alice.enter((await site.device()).code)
    await alice.page.$eval('[name=ticket]', (field) => {
      field.value = 'forged'
    })
    await alice.decide('approve')
  },
  'too-many-attempts': async ({ alice }) => {
    for (let entry = 0; entry < 5; entry++) await alice.enter(unknownCode)
  },
  'bad-form': async ({ alice }) => {
    await alice.page.goto('/activate')
    await alice.page.$eval('form', (form) => {
      form.action = '/activate/decision'
    })
    await alice.proceed()
  },
  'cross-site': async ({ site, alice }) => {
    const form = `<form method=post action="${site.url}/activate"><button class=wide>Win a prize</button></form>`
    await alice.page.goto(`data:text/html,${encodeURIComponent(form)}`)
    await alice.proceed()
  },
}

// Those that take a policy or a failure, which the example server has not. The crate's own tests have written them down.
const written = [
  'a sign-in at another origin',
  'approval-forbidden',
  'approval-needs-step-up',
  'a policy that warns',
  'pages-unavailable',
  'visitor-source-away',
  'page-method',
]

// The languages whose every page is looked at, and those of which the review is: `scripts/test-long` looks at all pages.
const whole = { en: 'ltr', de: 'ltr', ar: 'rtl' }
const others = { es: 'ltr', fr: 'ltr', he: 'rtl', ja: 'ltr', pt: 'ltr', zh: 'ltr' }
const all = { ...whole, ...others }

let browser
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())

describe('every page', { concurrency: 3 }, () => {
  for (const [language, direction] of Object.entries(process.env.EVERY_LANGUAGE ? all : whole)) {
    test(`is fit for everybody who reads ${language}`, async (t) => {
      const site = await Site.start(t)
      const alice = await site.person(t, browser, { locale: language })
      const headings = new Set()
      for (const [name, go] of Object.entries(tour)) {
        await go({ site, alice })
        const { lang, dir } = await alice.page.evaluate(() => {
          const { lang, dir } = document.documentElement
          return { lang, dir }
        })
        assert.deepEqual({ name, lang, dir }, { name, lang: language, dir: direction })
        headings.add(await alice.heading())
        await inspect(alice.page, name)
        if (name === 'review') await inspectFold(alice.page)
        await alice.photograph(`${language}-${name}`)
      }
      // Else one of the pages was not come to.
      assert.equal(headings.size, 14)
      alice.assertQuiet()
    })

    test(`is fit for everybody who reads ${language}, where a policy or a failure makes it`, async (t) => {
      const page = await browser.newPage()
      t.after(() => page.close())
      for (const name of written) {
        await page.goto(String(pathToFileURL(path.join(gallery, 'pages', `${name} (${language}).html`))))
        assert.equal(await page.evaluate(() => document.documentElement.lang), language)
        await inspect(page, name)
        await page.screenshot({ path: path.join(gallery, `${language}-${name}.png`), fullPage: true })
      }
    })
  }
})

describe('the review', { concurrency: 3 }, () => {
  for (const [language, dir] of Object.entries(others)) {
    test(`is fit for everybody who reads ${language}`, async (t) => {
      const site = await Site.start(t)
      const alice = await site.person(t, browser, { locale: language })
      await alice.signIn()
      await alice.enter((await site.device()).code)
      assert.deepEqual(await alice.page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [language, dir])
      await inspect(alice.page, 'review')
      await inspectFold(alice.page)
      await alice.photograph(`${language}-review`)
      alice.assertQuiet()
    })
  }
})

// The decision is in sight without scrolling, on a small phone and at a desk.
async function inspectFold(page) {
  for (const viewport of [{ width: 375, height: 667 }, { width: 1280, height: 800 }]) {
    await page.setViewportSize(viewport)
    for (const value of ['deny', 'approve']) {
      const { y, height } = await page.locator(`button[value=${value}]`).boundingBox()
      assert.ok(y + height <= viewport.height, `${value} ends at ${y + height} of ${viewport.height}`)
    }
  }
}

// Looks at one page in every light and size.
async function inspect(page, name) {
  await page.evaluate(axe.source)
  for (const [screen, { viewport }] of Object.entries(screens)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme })
      const found = await page.evaluate(async () => {
        const { violations, passes } = await globalThis.axe.run({ resultTypes: ['violations'] })
        const { scrollWidth, clientWidth } = document.documentElement
        return { violations, checked: passes.length, sideways: scrollWidth - clientWidth }
      })
      const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
      const where = `${name}, ${screen}, ${colorScheme}`
      assert.deepEqual({ where, violations, sideways: found.sideways }, { where, violations: [], sideways: 0 })
      assert.ok(found.checked > 10, where)
    }
  }
  await inspectNarrow(page, name)
}

// On 320 pixels, which is a desktop at 400 %, nothing has to be scrolled sideways; in forced colours every button has an edge.
async function inspectNarrow(page, where) {
  await page.setViewportSize({ width: 320, height: 568 })
  await page.emulateMedia({ forcedColors: 'active' })
  const found = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    const edgeless = [...document.querySelectorAll('button')].filter((button) => getComputedStyle(button).borderTopStyle !== 'solid')
    return { sideways: scrollWidth - clientWidth, edgeless: edgeless.length }
  })
  assert.deepEqual({ where, ...found }, { where, sideways: 0, edgeless: 0 })
  await page.emulateMedia({ forcedColors: 'none' })
}
