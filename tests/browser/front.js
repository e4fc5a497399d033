// What stands in front of the example server: proxies, and a single sign-on at another origin.

import { once } from 'node:events'
import { createServer, request as ask } from 'node:http'
import { Site } from './site.js'

// The example server behind a single sign-on: its login leads to another origin, where a link signs in.
export async function startBehindSingleSignOn(t) {
  const elsewhere = await listen(t, 'localhost', (_, response) => {
    const links = ['alice', 'bob'].map((name) => `<a id=${name} href="${front.url}/signed-in?as=${name}">${name}</a>`)
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><title>Single sign-on</title><h1>Who are you?</h1>${links.join(' ')}`)
  })
  const front = await listen(t, '127.0.0.1', async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, front.url)
    if (request.method === 'GET' && pathname === '/login') {
      response.writeHead(302, { location: `${elsewhere.url}/?return_to=${front.url}` }).end()
    } else if (pathname === '/signed-in') {
      response.writeHead(303, { location: '/activate', 'set-cookie': await signIn(site, searchParams.get('as')) }).end()
    } else {
      forward(site, request, response)
    }
  })
  const site = await Site.start(t, ['--public-url', front.url])
  return Object.assign(new Site(front.url, site.metrics), { elsewhere: elsewhere.url })
}

async function signIn(site, name) {
  const body = new URLSearchParams({ username: name, password: name })
  const response = await fetch(`${site.url}/login`, { method: 'POST', body, redirect: 'manual' })
  return response.headers.getSetCookie()
}

async function listen(t, host, handler) {
  const server = createServer(handler).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  return { url: `http://${host}:${server.address().port}` }
}

function forward(site, request, response) {
  const { method, headers, url } = request
  const onward = ask(site.url + url, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}
