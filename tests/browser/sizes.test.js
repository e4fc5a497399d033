// Every page in every language, with text at 200 %, at a zoom of 200 %, and 320 pixels wide: nothing is scrolled sideways, nothing is
// cut off, and every control can be pressed. The crate's own tests have written the pages down.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gallery, openBrowser } from './site.js'

const folder = path.join(gallery, 'pages')
const files = readdirSync(folder).filter((file) => file.endsWith('.html'))
const languages = new Set(files.map((file) => file.match(/\((\w+)\)\.html$/)?.[1]).filter(Boolean))

// The width of the window, and the size of the text in it.
const sizes = [
  { name: 'a narrow window', width: 320, height: 568, text: '' },
  { name: 'a zoom of 200 %', width: 640, height: 400, text: '' },
  { name: 'text at 200 % on a phone', width: 390, height: 844, text: '200%' },
  { name: 'text at 200 % at a desk', width: 1280, height: 800, text: '200%' },
]

// `scripts/test-long` looks at both.
const lights = process.env.EVERY_LANGUAGE ? ['light', 'dark'] : ['light']

let browser
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())

describe('whatever the size', { concurrency: 2 }, () => {
  test('there are pages in nine languages', () => {
    assert.deepEqual([...languages].sort(), ['ar', 'de', 'en', 'es', 'fr', 'he', 'ja', 'pt', 'zh'])
  })
  for (const language of languages) {
    test(`the pages in ${language} can be read and used`, async (t) => {
      const page = await browser.newPage()
      t.after(() => page.close())
      for (const file of files.filter((file) => file.endsWith(`(${language}).html`))) {
        await page.goto(String(pathToFileURL(path.join(folder, file))))
        for (const { name, width, height, text } of sizes) {
          await page.setViewportSize({ width, height })
          for (const colorScheme of lights) {
            await page.emulateMedia({ colorScheme })
            const where = `${file}, ${name}, ${colorScheme}`
            assert.deepEqual({ where, wrong: await page.evaluate(faults, text) }, { where, wrong: [] })
          }
        }
      }
    })
  }
})

// Runs in the page.
function faults(text) {
  const root = document.documentElement
  root.style.fontSize = text
  const wrong = []
  const name = (element) => `${element.localName}.${element.className} ${element.textContent.trim().slice(0, 30)}`
  if (root.scrollWidth > root.clientWidth) wrong.push(`scrolled sideways by ${root.scrollWidth - root.clientWidth}`)
  for (const element of document.body.querySelectorAll('*')) {
    const { left, right, width, height } = element.getBoundingClientRect()
    // What is for screen readers alone is a pixel.
    if (width <= 1 || height <= 1 || element.closest('svg')) continue
    if (left < -1 || right > root.clientWidth + 1) wrong.push(`outside: ${name(element)}`)
    const { overflowX, overflowY } = getComputedStyle(element)
    const cuts = (overflow) => overflow !== 'visible'
    if (cuts(overflowX) && element.scrollWidth > element.clientWidth + 1) wrong.push(`cut at its side: ${name(element)}`)
    if (cuts(overflowY) && element.scrollHeight > element.clientHeight + 1) wrong.push(`cut below: ${name(element)}`)
  }
  for (const control of document.querySelectorAll('button, a[href], input:not([type=hidden]), summary, select')) {
    control.scrollIntoView({ block: 'center', behavior: 'instant' })
    const box = control.getClientRects()[0]
    if (!box || box.width <= 1) continue
    const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
    if (!hit || !(control.contains(hit) || hit.contains(control))) wrong.push(`cannot be pressed: ${name(control)}`)
  }
  return wrong
}
