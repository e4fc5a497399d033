// The example server, devices that ask it for codes, and people with a browser. Nothing here sleeps.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Where the screenshots go, and where the crate's own tests write pages.
export const gallery = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', 'browser')

export const screens = Object.freeze({
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
})

export function openBrowser() {
  const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet],
  })
}

// A server of its own for one test, which ends with the test.
export class Site {
  static async start(t, options = []) {
    const server = spawn(await program(), ['--listen', '127.0.0.1:0', '--metrics', '127.0.0.1:0', '--threads', '1', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => server.kill())
    const lines = createInterface(server.stdout)[Symbol.asyncIterator]()
    const told = async (what) => (await lines.next()).value.replace(what, '')
    return new Site(await told('listening on '), await told('metrics on '))
  }

  constructor(url, metrics) {
    this.url = url
    this.metrics = metrics
  }

  // A device shows a code. `cli` may send a link as well.
  async device(client = 'tv', scope = 'openid profile') {
    const codes = await this.#post('/device_authorization', { client_id: client, scope })
    return new Device(this, client, codes)
  }

  // A person with an empty browser.
  async person(t, browser, options) {
    const context = await browser.newContext({ baseURL: this.url, locale: 'en', ...options })
    context.setDefaultTimeout(20_000)
    t.after(() => context.close())
    return new Person(this, context, await context.newPage())
  }

  // Polls once.
  async poll(client, device_code) {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    return this.#post('/token', { grant_type, client_id: client, device_code })
  }

  // Who an access token is about.
  async subject(token) {
    const response = await fetch(`${this.url}/userinfo`, { headers: { authorization: `Bearer ${token}` } })
    return (await response.json()).sub
  }

  // How often an event happened.
  async count(event) {
    const metrics = await (await fetch(this.metrics)).text()
    return Number(metrics.match(new RegExp(`event="${event}"\\} (\\d+)`))?.[1] ?? 0)
  }

  async #post(path, form) {
    const response = await fetch(this.url + path, { method: 'POST', body: new URLSearchParams(form) })
    return response.json()
  }
}

class Device {
  constructor(site, client, codes) {
    Object.assign(this, { site, client, codes })
  }

  get code() {
    return this.codes.user_code
  }

  get link() {
    return this.codes.verification_uri_complete
  }

  // The answer to one poll.
  poll() {
    return this.site.poll(this.client, this.codes.device_code)
  }

  // What the device has after one poll: the user whose tokens these are, or an error code.
  async result() {
    const answer = await this.poll()
    return answer.error ?? this.site.subject(answer.access_token)
  }
}

// An error page is a resource that failed. A field is filled in before the browser comes to its autofocus.
const harmless = ['Failed to load resource', 'Autofocus processing was blocked']

export class Person {
  #requested = []
  #complaints = []

  constructor(site, context, page) {
    Object.assign(this, { site, context, page })
    context.on('request', (request) => this.#requested.push(request.url()))
    // The content security policy, say, or an exception in the page's script.
    context.on('weberror', (error) => this.#complaints.push(String(error.error())))
    context.on('console', (message) => {
      if (!harmless.some((start) => message.text().startsWith(start))) this.#complaints.push(message.text())
    })
  }

  // Another tab of the same browser.
  async newTab() {
    return new Person(this.site, this.context, await this.context.newPage())
  }

  // Goes to the pages, which ask for a sign-in first.
  async signIn(name = 'alice') {
    await this.page.goto('/activate')
    await this.fillLogin(name)
  }

  async fillLogin(name) {
    await this.page.fill('#username', name)
    await this.page.fill('#password', name)
    await this.page.click('button')
    await this.page.waitForURL('**/activate')
  }

  async enter(code) {
    await this.page.goto('/activate')
    await this.page.fill('#user_code', code)
    await this.proceed()
  }

  async proceed() {
    await this.#leave(() => this.page.click('button.wide'))
  }

  // Presses a button of the review: `approve`, `deny`, `not_me` or `other_account`.
  async decide(decision) {
    await this.#leave(() => this.page.click(`button[value=${decision}]`))
  }

  title() {
    return this.page.title()
  }

  heading() {
    return this.page.innerText('h1')
  }

  // What is wrong with the code, as the page says it.
  mistake() {
    return this.page.innerText('#mistake')
  }

  async photograph(name) {
    await this.page.screenshot({ path: path.join(gallery, `${name}.png`), fullPage: true })
  }

  // That nothing was loaded from elsewhere, and that the browser found nothing to complain of.
  assertQuiet() {
    assert.ok(this.#requested.length > 0)
    const foreign = this.#requested.filter((url) => !url.startsWith(`${this.site.url}/`) && !url.startsWith('data:'))
    assert.deepEqual(foreign, [])
    assert.deepEqual(this.#complaints, [])
  }

  async #leave(act) {
    const left = this.page.waitForEvent('domcontentloaded')
    await act()
    await left
  }
}

let built

// The example that EXAMPLE_SERVER names. Without that, cargo builds one.
function program() {
  built ??= (async () => {
    if (process.env.EXAMPLE_SERVER) return process.env.EXAMPLE_SERVER
    const features = ['--features', 'dpop,metrics,page,tower']
    const options = ['--locked', '--quiet', '--example', 'server', ...features, '--message-format', 'json']
    const cargo = spawn('cargo', ['build', ...options], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    const messages = (await cargo.stdout.toArray()).join('').split('\n').filter(Boolean).map((line) => JSON.parse(line))
    const example = messages.find(({ target, executable }) => target?.name === 'server' && executable)
    assert.ok(example, 'the example server does not build')
    return example.executable
  })()
  return built
}
