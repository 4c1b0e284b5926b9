// The reference of the API at /docs, in a real browser: it is read and tried as a person would.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { newAlbum, ONE_PIXEL, password, signUp, url } from './people.mjs'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf-8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const PHONE = { width: 320, height: 640 }

let browser, ann

before(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  ann = await signUp('Ann')
  await newAlbum(ann, 'By the sea')
})
after(() => browser.close())

/** The page as somebody opens it; `troubles` is what the browser complains of. */
async function open(options = {}, address = '/docs') {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  page.troubles = []
  page.requests = []
  page.on('console', (message) => message.type() === 'error' && page.troubles.push(message.text()))
  page.on('pageerror', (error) => page.troubles.push(error.message))
  page.on('request', (request) => page.requests.push(request))
  await page.goto(url + address)
  await page.locator('section').first().waitFor()
  return page
}

async function signIn(page, secret = password) {
  await page.getByRole('button', { name: 'Sign in' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign in' })
  await dialog.getByLabel('E-mail').fill(ann.email)
  await dialog.getByLabel('Password').fill(secret)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
}

async function begin(page) {
  await signIn(page)
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

/** Opens an operation; gives its element. */
async function unfold(page, id) {
  await page.locator(`#${id} > summary`).click()
  const form = page.locator(`#${id} form`)
  await form.waitFor()
  return page.locator(`#${id}`)
}

/** Sends the form of an operation; gives the status and the body that are shown. */
async function send(operation) {
  await operation.getByRole('button', { name: 'Send' }).click()
  await operation.getByText('The request', { exact: true }).waitFor()
  const body = operation.getByRole('region', { name: 'Body of the answer' })
  return [await operation.locator('.status strong').textContent(), (await body.count()) ? await body.textContent() : '']
}

test('an operation is tried, signed in, and its answer shown', async () => {
  const page = await open()
  const reading = await unfold(page, 'read_albums')
  assert.deepEqual(await send(reading), ['200 OK', '[]'])
  await begin(page)
  const again = await unfold(page, 'read_albums')
  await again.getByLabel('title', { exact: true }).fill('like.By*')
  await again.getByLabel('select', { exact: true }).fill('title,owner(name)')
  const [status, body] = await send(again)
  assert.equal(status, '200 OK')
  assert.deepEqual(JSON.parse(body), [{ title: 'By the sea', owner: { name: 'Ann' } }])
  assert.equal(new URL(page.requests.at(-1).url()).search, '?title=like.By*&select=title,owner(name)')
  assert.deepEqual(page.troubles, [])
})

test('records are made, with a file too, changed and deleted', async () => {
  const page = await open()
  await begin(page)
  const making = await unfold(page, 'create_albums')
  await making.getByLabel('Prefer').fill('return=representation')
  await making.getByRole('textbox', { name: 'Content', exact: true }).fill('{"title": "From the page"}')
  const [made, shown] = await send(making)
  assert.equal(made, '201 Created')
  const [album] = JSON.parse(shown)
  const uploading = await unfold(page, 'create_photos')
  await uploading.getByLabel('image').setInputFiles({ name: 'pixel.png', mimeType: 'image/png', buffer: ONE_PIXEL })
  await uploading.getByLabel('album_id').fill(`${album.id}`)
  await uploading.getByLabel('Prefer').fill('return=representation')
  const [uploaded, photo] = await send(uploading)
  assert.equal(uploaded, '201 Created')
  const parts = JSON.parse(photo)[0].image.url.split('/').slice(4)
  const file = await unfold(page, 'read_file')
  for (const name of ['table', 'key', 'field', 'hash', 'name']) {
    const input = file.locator(`[name="path:${name}"]`)
    await ((await input.evaluate((each) => each.matches('select'))) ? input.selectOption(parts.shift()) : input.fill(parts.shift()))
  }
  assert.equal((await send(file))[0], '200 OK')
  await file.getByRole('img').waitFor()
  const removing = await unfold(page, 'delete_albums')
  assert.equal((await send(removing))[0], '400 Bad Request')
  await removing.getByLabel('id', { exact: true }).fill(`eq.${album.id}`)
  assert.equal((await send(removing))[0], '204 No Content')
})

test('what the page lists follows who is signed in', async () => {
  const page = await open()
  const described = () => page.requests.filter((request) => request.url() === `${url}/rest/v1/`)
  assert.equal(described()[0].headers().authorization, undefined)
  await begin(page)
  assert.match(described()[1].headers().authorization, /^Bearer ey/)
  assert.equal(await page.locator('#who').textContent(), ann.email)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  assert.equal(described()[2].headers().authorization, undefined)
})

test('who is signed in is kept in the memory of the page alone', async () => {
  const page = await open()
  await begin(page)
  const stored = () => page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length])
  assert.deepEqual(await stored(), [0, 0, '', 0])
  await page.reload()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
})

test('a wrong password is told', async () => {
  const page = await open()
  await signIn(page, 'not the password')
  await page.getByRole('dialog').getByText('Invalid login credentials').waitFor()
  await page.keyboard.press('Escape')
  assert.equal(await page.getByRole('dialog').count(), 0)
  assert.equal(await page.locator('#who').textContent(), 'Not signed in')
})

test('nothing is asked of another origin, and nothing else may run', async () => {
  const page = await open()
  await begin(page)
  await send(await unfold(page, 'read_albums'))
  assert.deepEqual(page.requests.map((request) => request.url()).filter((each) => !each.startsWith(`${url}/`)), [])
  const policy = (await fetch(`${url}/docs`)).headers.get('content-security-policy')
  assert.doesNotMatch(policy, /unsafe|\*|http/)
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    try {
      script.textContent = 'globalThis.ran = true'
      document.body.append(script)
    } catch {} // it may not even be written
    return globalThis.ran ?? false
  })
  assert.equal(ran, false)
})

test('on a phone nothing stands outside of the page', async () => {
  const page = await open({ viewport: PHONE })
  await begin(page)
  for (const summary of await page.locator('section > details > summary').all()) await summary.click()
  await send(page.locator('#read_albums'))
  const [wide, most] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert.ok(wide <= most, `${wide} of ${most}`)
})

test('the keyboard alone is enough', async () => {
  const page = await open()
  const summary = page.locator('#read_albums > summary')
  for (let steps = 0; !(await summary.evaluate((each) => each === document.activeElement)); steps++) {
    assert.ok(steps < 50, 'the operation is never reached')
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  await page.locator('#read_albums form').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.type('eq.0')
  await page.keyboard.press('Enter')
  await page.locator('#read_albums .status').getByText('200 OK').waitFor()
})

test('the search and the address lead to an operation', async () => {
  const page = await open({}, '/docs#create_albums')
  await page.locator('#create_albums form').waitFor()
  await page.getByLabel('Find').fill('sign out')
  assert.deepEqual(await page.locator('.operation:visible').evaluateAll((all) => all.map(({ id }) => id)), ['sign_out'])
})

/** No finding of WCAG A or AA, whatever is open. */
async function checkAccess(colorScheme) {
  const page = await open({ colorScheme })
  const check = async (state) => {
    await page.evaluate(AXE)
    const { violations, passes } = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }), RULES)
    const told = violations.map(({ id, nodes }) => `${state}: ${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
    assert.deepEqual(told, [])
    assert.ok(passes.some(({ id }) => id === 'color-contrast'))
  }
  await page.getByText('How to ask').click()
  await page.getByText('Conditions stand in the query').waitFor()
  await check('closed')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await check('signing in')
  await page.keyboard.press('Escape')
  await begin(page)
  for (const summary of await page.locator('#section-albums > details > summary, #section-auth > details > summary').all()) await summary.click()
  await send(page.locator('#read_albums'))
  await page.locator('#delete_albums').getByRole('button', { name: 'Send' }).click()
  await page.locator('#delete_albums').getByText('400 Bad Request').waitFor()
  for (const summary of await page.locator('.inside details > summary').all()) await summary.click()
  await check('everything open')
  await page.setViewportSize(PHONE)
  await check('on a phone')
}

test('nobody is left out, by day', async () => checkAccess('light'))

test('nobody is left out, by night', async () => checkAccess('dark'))
