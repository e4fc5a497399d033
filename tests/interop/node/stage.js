// The example server behind a proxy that notes each answer of the token endpoint and makes faults on request, and a
// person with a browser. Nothing here sleeps: the person acts once the proxy has seen the client poll.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { createInterface } from 'node:readline'

// What goes wrong with one request to the token endpoint.
export const Fault = Object.freeze({
  // The connection closes before the server has seen the request.
  requestLost: 'requestLost',
  // The connection closes after the server has answered.
  answerLost: 'answerLost',
  // Something in front of the server answers 503.
  unavailable: 'unavailable',
  // Others poll with the same code at the same time, until the server says `slow_down`.
  crowded: 'crowded',
})

// Longer than any client waits between two polls.
const longestWait = 30_000

export class Stage {
  // How the token endpoint answered so far: an error code, `tokens`, `nothing`, or a status.
  answers = []
  #faults = []
  #waiting = new Set()

  // Starts a server of its own for one test, and ends it with the test.
  static async start(t, options = []) {
    const stage = new Stage()
    const proxy = http.createServer((request, response) => stage.#serve(request, response))
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    stage.url = `http://127.0.0.1:${proxy.address().port}`
    const server = await startServer(stage.url, options)
    stage.server = server.url
    t.after(() => {
      server.process.kill()
      proxy.close()
      proxy.closeAllConnections()
    })
    return stage
  }

  // The next requests to the token endpoint go wrong, one after the other.
  failNext(...faults) {
    this.#faults.push(...faults)
  }

  // Returns once the token endpoint has answered so many requests.
  async answered(count) {
    if (this.answers.length >= count) return
    let waiter, timer
    const enough = new Promise((resolve, reject) => {
      waiter = () => this.answers.length >= count && resolve()
      timer = setTimeout(() => reject(new Error(`the client gave up after ${this.answers}`)), longestWait)
    })
    this.#waiting.add(waiter)
    await enough.finally(() => clearTimeout(timer))
    this.#waiting.delete(waiter)
  }

  // Alice signs in, types the code and presses a button: `approve`, `deny` or `not_me`.
  async decide(userCode, decision) {
    const browser = new Browser(this.url)
    await browser.post('/login', { username: 'alice', password: 'alice' })
    const review = await browser.post('/activate', { user_code: userCode })
    const ticket = hiddenField(review, 'ticket')
    await browser.post('/activate/decision', { ticket, decision })
  }

  async #serve(request, response) {
    const body = Buffer.concat(await request.toArray())
    const again = () => this.#forward(request, body)
    if (request.method !== 'POST' || request.url !== '/token') return send(response, await again())
    const answer = await this.#answer(this.#faults.shift(), again)
    // First, so that who has an answer finds it noted.
    this.answers.push(inShort(answer))
    this.#waiting.forEach((waiter) => waiter())
    if (answer) send(response, answer)
    else request.socket.destroy()
  }

  async #answer(fault, forward) {
    switch (fault) {
      case undefined:
        return forward()
      case Fault.requestLost:
        return undefined
      case Fault.answerLost:
        await forward()
        return undefined
      case Fault.unavailable:
        return unavailable
      case Fault.crowded:
        for (let others = 0; others < 20; others++) {
          const answer = await forward()
          if (inShort(answer) === 'slow_down') return answer
        }
    }
    throw new Error(`nothing answers to ${fault}`)
  }

  async #forward({ method, url, headers }, body) {
    const upstream = http.request(this.server + url, { method, headers, agent: false })
    upstream.end(body)
    const [response] = await once(upstream, 'response')
    return {
      status: response.statusCode,
      headers: response.rawHeaders,
      body: Buffer.concat(await response.toArray()),
    }
  }
}

// What a load balancer says: no JSON.
const unavailable = {
  status: 503,
  headers: ['content-type', 'text/html', 'retry-after', '1'],
  body: Buffer.from('<h1>Come back soon</h1>'),
}

function send(response, { status, headers, body }) {
  response.writeHead(status, headers).end(body)
}

function inShort(answer) {
  if (answer === undefined) return 'nothing'
  if (answer.status === 200) return 'tokens'
  try {
    return JSON.parse(answer.body).error
  } catch {
    return answer.status
  }
}

// As much of a browser as the pages need.
class Browser {
  #cookies = []

  constructor(url) {
    this.url = url
  }

  // Posts a form, and follows the redirect to the page behind it.
  async post(path, form) {
    const response = await this.#send(path, { method: 'POST', body: new URLSearchParams(form) })
    const location = response.headers.get('location')
    return (location ? await this.#send(location) : response).text()
  }

  async #send(path, request) {
    const headers = { origin: this.url, cookie: this.#cookies.join('; ') }
    const response = await fetch(this.url + path, { ...request, headers, redirect: 'manual' })
    assert.ok(response.status < 400, `${path} answers ${response.status}`)
    this.#cookies.push(...response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]))
    return response
  }
}

// The value of the hidden field in a form.
function hiddenField(page, name) {
  const field = page.split('<input').find((field) => field.includes(`name="${name}"`))
  assert.ok(field, `the page has a field ${name}`)
  return field.split('value="')[1].split('"')[0]
}

// Devices poll every second, and codes outlive any test, unless the options of the example server say otherwise.
async function startServer(publicUrl, options) {
  const fixed = ['--listen', '127.0.0.1:0', '--threads', '1', '--public-url', publicUrl]
  const defaults = ['--interval', '1', '--lifetime', '60']
  const process = spawn(await program(), [...fixed, ...defaults, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(process.stdout), 'line')
  return { process, url: line.replace('listening on ', '') }
}

let built

// The example that EXAMPLE_SERVER names. Without that, cargo builds one.
function program() {
  built ??= (async () => {
    if (process.env.EXAMPLE_SERVER) return process.env.EXAMPLE_SERVER
    const features = ['--features', 'dpop,page,tower', '--message-format', 'json']
    const cargo = spawn('cargo', ['build', '--locked', '--quiet', '--example', 'server', ...features], {
      cwd: new URL('../../..', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const messages = (await cargo.stdout.toArray()).join('').split('\n').filter(Boolean).map((line) => JSON.parse(line))
    const example = messages.find(({ target, executable }) => target?.name === 'server' && executable)
    assert.ok(example, 'the example server does not build')
    return example.executable
  })()
  return built
}
