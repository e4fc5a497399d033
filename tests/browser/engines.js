// Browsers of three engines under one interface: Chromium by Playwright, Firefox by Puppeteer, which speaks WebDriver BiDi with the
// browser itself, and WebKit by plain W3C WebDriver.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import puppeteer from 'puppeteer-core'
import { gallery, openBrowser } from './site.js'

const miniBrowser = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/libexec', '/usr/lib']
  .flatMap((folder) => ['4.1', '6.0', '4.0'].map((version) => `${folder}/webkit2gtk-${version}/MiniBrowser`))
  .find(existsSync)

const firefox = '/usr/bin/firefox-esr'

export const engines = Object.freeze({
  chromium: { isThere: true, start: () => Chromium.start() },
  'chromium without scripts': { isThere: true, start: () => Chromium.start({ javaScriptEnabled: false }) },
  // Not in the gate, where it takes a minute.
  firefox: { isThere: Boolean(process.env.EVERY_LANGUAGE) && existsSync(firefox), start: () => Firefox.start() },
  webkit: { isThere: miniBrowser !== undefined && ['/usr/bin/xvfb-run', '/usr/bin/WebKitWebDriver'].every(existsSync), start: () => WebKit.start() },
})

// What the tests do in a tab of either engine.
class Tab {
  // Waits until the page has this heading.
  async expectHeading(heading) {
    await this.expect(() => this.text('h1'), heading)
  }

  // Waits until `get` gives this. A page that is being left may give nothing or an error.
  async expect(get, expected) {
    const end = performance.now() + 20_000
    let found
    do {
      found = await get().catch((error) => String(error))
      if (found === expected) return
      await pause(50)
    } while (performance.now() < end)
    assert.deepEqual({ found, at: await this.url() }, { found: expected })
  }

  async enter(code) {
    await this.fill('#user_code', code)
    await this.click('button.wide')
  }
}

// A tab of Playwright or of Puppeteer, whose pages have these in common.
class PageTab extends Tab {
  constructor(context, page) {
    super()
    Object.assign(this, { context, page })
  }

  goto(url) {
    return this.page.goto(url)
  }

  async url() {
    return this.page.url()
  }

  back() {
    return this.page.goBack()
  }

  reload() {
    return this.page.reload()
  }

  async newTab() {
    return new this.constructor(this.context, await this.context.newPage())
  }

  photograph(name) {
    return this.page.screenshot({ path: path.join(gallery, `${name}.png`), fullPage: true })
  }
}

class Chromium {
  static async start(options = {}) {
    return Object.assign(new Chromium(), { browser: await openBrowser(), options })
  }

  // An empty browser.
  async open(t) {
    const context = await this.browser.newContext({ locale: 'en', ...this.options })
    context.setDefaultTimeout(20_000)
    t.after(() => context.close())
    return new ChromiumTab(context, await context.newPage())
  }

  stop() {
    return this.browser.close()
  }
}

class ChromiumTab extends PageTab {
  async text(css) {
    return this.page.textContent(css, { timeout: 1_000 })
  }

  count(css) {
    return this.page.locator(css).count()
  }

  value(css) {
    return this.page.inputValue(css)
  }

  fill(css, text) {
    return this.page.fill(css, text)
  }

  click(css) {
    return this.page.click(css, { noWaitAfter: true })
  }

  forget(cookie) {
    return this.context.clearCookies({ name: cookie })
  }
}

// How long the driver may take for one command. A browser that ended answers none, and its driver waits for good.
const LONGEST_COMMAND = 30_000

class Driven {
  static async start() {
    const driven = new this()
    await driven.startDriver()
    return driven
  }

  async startDriver() {
    const port = await freePort()
    this.url = `http://127.0.0.1:${port}`
    const { program, args, env, capabilities } = this.constructor.driver(port)
    this.capabilities = capabilities
    // A group of its own, so that the screen and the browsers end with it.
    this.driver = spawn(program, args, {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, LC_ALL: 'C.UTF-8', LANGUAGE: 'en', ...env },
    })
    while (!(await this.call('GET', '/status').catch(() => undefined))?.ready) {
      assert.equal(this.driver.exitCode, null, `${program} ${args.join(' ')} ended`)
      await pause(100)
    }
  }

  // An empty browser: each session has a profile of its own.
  async open(t) {
    const session = await this.startBrowser().catch(async () => {
      // The browser now and then ends before it has met its driver: once more, with both new.
      this.stop()
      await this.startDriver()
      return this.startBrowser()
    })
    t.after(() => this.call('DELETE', session))
    return new DrivenTab(this, session)
  }

  async startBrowser() {
    const { sessionId } = await this.call('POST', '/session', { capabilities: { alwaysMatch: this.capabilities } })
    return `/session/${sessionId}`
  }

  async call(method, path, body) {
    const signal = AbortSignal.timeout(LONGEST_COMMAND)
    const response = await fetch(this.url + path, { method, signal, body: body && JSON.stringify(body) })
    const { value } = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`)
    return value
  }

  stop() {
    process.kill(-this.driver.pid)
  }
}

class WebKit extends Driven {
  static driver(port) {
    return {
      program: 'xvfb-run',
      args: ['--auto-servernum', 'WebKitWebDriver', `--port=${port}`],
      env: { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
      capabilities: { 'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] } },
    }
  }
}

class Firefox {
  static async start() {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: firefox,
      extraPrefsFirefox: { 'intl.accept_languages': 'en' },
    })
    return Object.assign(new Firefox(), { browser })
  }

  // An empty browser.
  async open(t) {
    const context = await this.browser.createBrowserContext()
    t.after(() => context.close())
    return new FirefoxTab(context, await context.newPage())
  }

  stop() {
    return this.browser.close()
  }
}

class FirefoxTab extends PageTab {
  // Puppeteer still tells the last address for a moment after the page has changed.
  url() {
    return this.page.evaluate(() => location.href)
  }

  // No elements are held: to let one go whose page has been left fails, where nobody can catch it.
  text(css) {
    return this.page.evaluate((css) => document.querySelector(css).textContent, css)
  }

  count(css) {
    return this.page.evaluate((css) => document.querySelectorAll(css).length, css)
  }

  value(css) {
    return this.page.evaluate((css) => document.querySelector(css).value, css)
  }

  async fill(css, text) {
    await this.page.evaluate((css) => {
      const field = document.querySelector(css)
      field.value = ''
      field.focus()
    }, css)
    await this.page.keyboard.type(text)
  }

  async click(css) {
    const [x, y] = await this.page.evaluate((css) => {
      const element = document.querySelector(css)
      element.scrollIntoView({ block: 'center', behavior: 'instant' })
      const { x, y, width, height } = element.getBoundingClientRect()
      return [x + width / 2, y + height / 2]
    }, css)
    await this.page.mouse.click(x, y)
  }

  async forget(name) {
    const cookies = await this.context.cookies()
    await this.context.deleteCookie(...cookies.filter((cookie) => cookie.name === name))
  }
}

class DrivenTab extends Tab {
  #window

  constructor(driven, session, window) {
    super()
    Object.assign(this, { driven, session })
    this.#window = window
  }

  goto(url) {
    return this.#call('POST', '/url', { url })
  }

  url() {
    return this.#call('GET', '/url')
  }

  async text(css) {
    return this.#call('GET', `${await this.#element(css)}/text`)
  }

  async count(css) {
    return (await this.#call('POST', '/elements', { using: 'css selector', value: css })).length
  }

  async value(css) {
    return this.#call('GET', `${await this.#element(css)}/property/value`)
  }

  async fill(css, text) {
    const element = await this.#element(css)
    await this.#call('POST', `${element}/clear`, {})
    if (text) await this.#call('POST', `${element}/value`, { text })
  }

  async click(css) {
    await this.#call('POST', `${await this.#element(css)}/click`, {})
  }

  back() {
    return this.#call('POST', '/back', {})
  }

  reload() {
    return this.#call('POST', '/refresh', {})
  }

  forget(cookie) {
    return this.#call('DELETE', `/cookie/${cookie}`)
  }

  async newTab() {
    this.#window ??= await this.#call('GET', '/window')
    const { handle } = await this.#call('POST', '/window/new', { type: 'tab' })
    return new DrivenTab(this.driven, this.session, handle)
  }

  async photograph(name) {
    const image = await this.#call('GET', '/screenshot')
    await writeFile(path.join(gallery, `${name}.png`), image, 'base64')
  }

  async #element(css) {
    const found = await this.#call('POST', '/element', { using: 'css selector', value: css })
    return `/element/${Object.values(found)[0]}`
  }

  // WebDriver has one current window; with several, each call says which it means.
  async #call(method, path, body) {
    if (this.#window) await this.driven.call('POST', `${this.session}/window`, { handle: this.#window })
    return this.driven.call(method, this.session + path, body)
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
