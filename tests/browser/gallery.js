// Writes docs/gallery.md and its images, and those of the README: `npm run gallery`.

import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Site, openBrowser } from './site.js'

const docs = fileURLToPath(new URL('../../docs', import.meta.url))
const phone = { viewport: { width: 375, height: 667 } }
// As small as can be read: the images are part of the repository.
const small = { ...phone, deviceScaleFactor: 0.8 }
const desk = { viewport: { width: 1280, height: 800 } }

const languages = {
  ar: 'Arabic', zh: 'Simplified Chinese', en: 'English', fr: 'French', de: 'German',
  he: 'Hebrew', ja: 'Japanese', pt: 'Portuguese', es: 'Spanish',
}

// The way through the pages, in English: the name of an image, its words, and how to come there.
const way = [
  ['entry', 'The form for the code', async () => {}],
  ['review', 'The review', async ({ site, person }) => person.enter((person.device = await site.device()).code)],
  ['approved', 'The page after the approval, which can be undone', ({ person }) => person.decide('approve')],
  ['connected', 'The same page once the device has its tokens', async ({ person }) => {
    await person.device.result()
    await person.page.reload()
  }],
  ['devices', 'The list of the account\'s devices', ({ person }) => person.page.goto('/devices')],
  ['link', 'The review of a code that came in a link', async ({ site, person }) => {
    await person.page.goto((await site.device('cli')).link)
    await person.proceed()
  }],
  ['reported', 'The page after a report', ({ person }) => person.decide('not_me')],
  ['too-many-attempts', 'The page after too many wrong codes', async ({ person }) => {
    for (let entry = 0; entry < 6; entry++) await person.enter('BCDF-GHJK')
  }],
]

const inDark = ['review', 'approved', 'devices']

const ends = []
const t = { after: (end) => ends.push(end) }
const browser = await openBrowser()
try {
  await mkdir(path.join(docs, 'gallery'), { recursive: true })
  const rows = []
  const site = await Site.start(t)
  const photograph = (person, name) => person.page.screenshot({ path: path.join(docs, 'gallery', `${name}.png`) })

  for (const [locale, name] of Object.entries(languages)) {
    const person = await site.person(t, browser, { ...small, locale })
    await person.signIn()
    await person.enter((await site.device()).code)
    await photograph(person, `review-${locale}`)
    rows.push([`review-${locale}`, name])
  }
  for (const colorScheme of ['light', 'dark']) {
    const person = await site.person(t, browser, { ...small, colorScheme })
    await person.signIn(colorScheme === 'light' ? 'alice' : 'bob')
    for (const [name, words, go] of way) {
      await go({ site, person })
      if (colorScheme === 'dark' && !inDark.includes(name)) continue
      await photograph(person, `${name}-${colorScheme}`)
      rows.push([`${name}-${colorScheme}`, words])
    }
  }
  for (const [name, screen] of [['desktop', desk], ['phone', { ...phone, deviceScaleFactor: 2 }]]) {
    const person = await site.person(t, browser, screen)
    await person.signIn()
    await person.enter((await site.device()).code)
    await person.page.screenshot({ path: path.join(docs, `review-${name}.png`) })
  }
  await writeFile(path.join(docs, 'gallery.md'), page(rows))
} finally {
  await browser.close()
  for (const end of ends.reverse()) await Promise.resolve(end()).catch(() => {})
}

function page(rows) {
  const image = ([name, words]) => `<img src="gallery/${name}.png" width="240" alt="${words}">`
  const part = (rows) => rows.map(image).join('\n')
  const [reviews, light, dark] = [
    rows.slice(0, 9), rows.slice(9, 9 + way.length), rows.slice(9 + way.length),
  ]
  return `# The pages

Screenshots at 375 by 667 pixels, made by [tests/browser/gallery.js](../tests/browser/gallery.js). No native speaker has reviewed the
translations; corrections are welcome, one file for each language in \`src/page/texts\`.

## The review, in each language

In this order: ${reviews.map(([, words]) => words).join(', ')}.

${part(reviews)}

## A sign-in, page by page

${light.map(([, words], at) => `${at + 1}. ${words}`).join('\n')}

${part(light)}

## In dark colours

${part(dark)}
`
}
