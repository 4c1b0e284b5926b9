// Joins the parts: loads the description, draws it, and follows who is signed in.

import { readDescription } from './description.js'
import { draw, prose } from './drawing.js'
import { drawOperation } from './operation.js'
import { authorization, person, signedIn, signIn, signOut } from './session.js'

const part = (id) => document.getElementById(id)

/** Loads what the caller could reach, and draws it. */
async function load() {
  part('note').textContent = 'Loading the description …'
  try {
    const answer = await fetch('/rest/v1/', { headers: await authorization() })
    const description = await answer.json()
    if (!answer.ok) throw new Error(description.message)
    const sections = readDescription(description)
    part('sections').replaceChildren(...sections.map(drawSection))
    part('contents').replaceChildren(...sections.map(({ name }) => draw('li', {}, draw('a', { href: `#section-${name}` }, name))))
    drawGuide(description.info.description)
    part('note').textContent = ''
    find()
    arrive()
  } catch (error) {
    part('note').textContent = `The description could not be loaded: ${error.message}`
  }
  part('who').textContent = signedIn() ? person() : 'Not signed in'
  part('enter').hidden = signedIn()
  part('leave').hidden = !signedIn()
}

function drawGuide(text) {
  part('guide').hidden = !text
  part('guide').replaceChildren(part('guide').firstElementChild, ...(text ?? '').split('\n\n').map((each) => draw('p', {}, prose(each))))
}

function drawSection({ name, description, fields, operations }) {
  const rows = fields.map((each) => draw('tr', {}, draw('th', { scope: 'row' }, draw('code', {}, each.name)), draw('td', {}, each.type), draw('td', {}, prose(each.description))))
  const head = draw('thead', {}, draw('tr', {}, ['Field', 'Type', 'Note'].map((each) => draw('th', { scope: 'col' }, each))))
  const table = draw('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': `Fields of ${name}` }, draw('table', {}, head, draw('tbody', {}, rows)))
  return draw(
    'section',
    { id: `section-${name}`, 'aria-labelledby': `title-${name}` },
    draw('h2', { id: `title-${name}` }, name),
    description && draw('p', {}, prose(description)),
    rows.length ? draw('details', { class: 'more' }, draw('summary', {}, `Fields of ${name}`), table) : null,
    operations.map(drawOperation)
  )
}

/** Opens the operation that the address names. */
function arrive() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (!target) return
  if (target.matches('details')) target.open = true
  target.scrollIntoView()
}

/** Shows what has the words that are looked for, and no more. */
function find() {
  const words = part('search').value.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (text) => words.every((word) => text.toLowerCase().includes(word))
  for (const section of part('sections').children) {
    const whole = fits(section.id)
    const operations = [...section.querySelectorAll('.operation')]
    for (const each of operations) each.hidden = !whole && !fits(each.querySelector('summary').textContent)
    section.hidden = operations.every((each) => each.hidden)
  }
  for (const item of part('contents').children) item.hidden = part('sections').querySelector(`#${CSS.escape(item.firstChild.hash.slice(1))}`)?.hidden ?? false
  const none = [...part('sections').children].every((each) => each.hidden)
  part('note').textContent = words.length && none ? 'Nothing has these words.' : ''
}

part('enter').addEventListener('click', () => part('entrance').showModal())
part('cancel').addEventListener('click', () => part('entrance').close())
part('entrance').addEventListener('close', () => {
  part('credentials').reset()
  part('refused').textContent = ''
})
part('credentials').addEventListener('submit', async (event) => {
  event.preventDefault()
  part('refused').textContent = ''
  try {
    await signIn(part('email').value, part('password').value)
  } catch (error) {
    part('refused').textContent = error.message
    return
  }
  part('entrance').close()
  await load()
  part('leave').focus()
})
part('leave').addEventListener('click', async () => {
  await signOut()
  await load()
  part('enter').focus()
})
part('search').addEventListener('input', find)
addEventListener('hashchange', arrive)
addEventListener('signed-out', load)

await load()
