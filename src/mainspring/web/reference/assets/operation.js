// One operation: what it is, a form to try it with, and what the server answered.

import { draw, prose } from './drawing.js'
import { asCommand, readForm } from './request.js'
import { authorization, signedIn } from './session.js'

const MOST_SHOWN = 200_000
const FORMS = ['multipart/form-data', 'application/x-www-form-urlencoded']

let count = 0
const newId = () => `field-${++count}`

export function drawOperation(operation) {
  const { id, method, path, summary } = operation
  const heading = draw('summary', {}, draw('span', { class: `method ${method.toLowerCase()}` }, method), ' ', draw('code', { class: 'path' }, path), ' ', draw('span', { class: 'what' }, prose(summary)))
  const details = draw('details', { class: 'operation', id }, heading)
  // Its form is drawn when it is opened for the first time: a long reference opens at once.
  details.addEventListener('toggle', () => details.open && details.children.length === 1 && details.append(drawInside(operation)))
  return details
}

function drawInside(operation) {
  const output = draw('div', { class: 'answer' })
  const form = draw('form', { class: 'trial', 'aria-label': `Try: ${operation.summary}` }, drawParameters(operation), drawBodies(operation), drawAccept(operation))
  const button = draw('button', { type: 'submit', class: 'main' }, 'Send')
  form.append(draw('div', { class: 'actions' }, button, draw('button', { type: 'reset' }, 'Clear')))
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    button.setAttribute('aria-disabled', 'true')
    await send(readForm(form, operation), output)
    button.removeAttribute('aria-disabled')
  })
  const answers = operation.answers.map(({ status, description }) => [draw('dt', {}, status), draw('dd', {}, prose(description))])
  return draw(
    'div',
    { class: 'inside' },
    operation.description && draw('p', {}, prose(operation.description)),
    form,
    output,
    draw('details', { class: 'more' }, draw('summary', {}, 'What it may answer'), draw('dl', { class: 'answers' }, answers))
  )
}

function drawParameters({ parameters }) {
  const groups = [
    ['In the path', ({ place }) => place === 'path'],
    ['Conditions', ({ condition }) => condition],
    ['Options', ({ place, condition }) => place === 'query' && !condition],
    ['Headers', ({ place }) => place === 'header'],
  ]
  return groups.map(([title, belongs]) => {
    const found = parameters.filter(belongs)
    return found.length ? draw('fieldset', {}, draw('legend', {}, title), draw('div', { class: 'fields' }, found.map(drawParameter))) : null
  })
}

function drawParameter({ name, place, description, required, condition, choices, whole, example }) {
  const attributes = { name: `${place}:${name}`, required, placeholder: condition ? 'eq.…' : example, inputmode: whole ? 'numeric' : null }
  return drawField(name, { attributes, choices, description, required })
}

/** A labelled input; with choices, a list to choose from. */
function drawField(label, { attributes, choices, description, required }) {
  const id = newId()
  const described = description ? { 'aria-describedby': `${id}-help` } : {}
  const all = { id, autocomplete: 'off', spellcheck: 'false', ...described, ...attributes }
  const options = choices && [...(required ? [] : ['']), ...choices.filter((each) => each !== null)]
  const input = options ? draw('select', all, options.map((each) => draw('option', { value: each }, `${each}`))) : draw('input', all)
  return draw(
    'div',
    { class: 'field' },
    draw('label', { for: id }, label, required && draw('span', { class: 'needed' }, ' needed')),
    input,
    description && draw('p', { class: 'help', id: `${id}-help` }, prose(description))
  )
}

function drawBodies({ bodies }) {
  if (!bodies.length) return null
  const panels = bodies.map((body, number) => draw('div', { 'data-media': body.media, hidden: number > 0 }, drawBody(body)))
  const id = newId()
  const choose = draw('select', { id, name: 'media' }, bodies.map(({ media }) => draw('option', { value: media }, media)))
  const show = () => {
    for (const panel of panels) {
      panel.hidden = panel.dataset.media !== choose.value
      for (const input of panel.querySelectorAll('input, select, textarea')) input.disabled = panel.hidden
    }
  }
  choose.addEventListener('change', show)
  show()
  return draw('fieldset', {}, draw('legend', {}, 'Body'), draw('div', { class: 'field' }, draw('label', { for: id }, 'Content-Type'), choose), panels)
}

function drawBody({ media, fields, example }) {
  if (FORMS.includes(media)) {
    return draw('div', { class: 'fields' }, fields.map(({ name, file, accept, required, choices, description }) => {
      const attributes = { 'data-member': name, type: file ? 'file' : 'text', accept, required }
      return drawField(name, { attributes, choices: file ? undefined : choices, description, required })
    }))
  }
  const id = newId()
  const text = typeof example === 'string' ? example : example === undefined ? '' : JSON.stringify(example, null, 2)
  const rows = Math.min(Math.max(text.split('\n').length + 1, 4), 16)
  return draw('div', { class: 'field' }, draw('label', { for: id }, 'Content'), draw('textarea', { id, rows, spellcheck: 'false' }, text))
}

function drawAccept({ accepts }) {
  if (accepts.length < 2) return null
  return draw('fieldset', {}, draw('legend', {}, 'Answer'), draw('div', { class: 'fields' }, drawField('Accept', { attributes: { name: 'accept' }, choices: accepts, required: false })))
}

// -- the answer -------------------------------------------------------------------------------------------------------------

async function send(request, output) {
  const status = draw('p', { class: 'status', role: 'status' }, 'Asking …')
  output.replaceChildren(draw('h4', {}, 'Answer'), status)
  const began = performance.now()
  try {
    const headers = { ...(await authorization()), ...request.headers }
    const answer = await fetch(request.address, { method: request.method, headers, body: request.body })
    const content = await answer.blob()
    const milliseconds = Math.round(performance.now() - began)
    status.replaceChildren(draw('strong', { class: answer.ok ? 'good' : 'bad' }, `${answer.status} ${answer.statusText}`.trim()), ` in ${milliseconds} ms, ${content.size} bytes`)
    output.append(...(await drawAnswer(answer, content)))
  } catch (error) {
    status.replaceChildren(draw('strong', { class: 'bad' }, 'There was no answer'), ` ${error.message}`)
  }
  output.append(draw('details', { class: 'more' }, draw('summary', {}, 'The request'), drawText('The request', asCommand(request, signedIn()))))
}

async function drawAnswer(answer, content) {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  const more = draw('details', { class: 'more' }, draw('summary', {}, 'Headers'), drawText('Headers of the answer', headers))
  return content.size ? [await drawContent(answer.headers.get('content-type') ?? '', content), more] : [more]
}

async function drawContent(media, content) {
  const address = () => URL.createObjectURL(content)
  if (media.startsWith('image/')) return draw('img', { src: address(), alt: 'The picture that the server answered with' })
  if (!/json|xml|^text\//.test(media)) return draw('p', {}, draw('a', { href: address(), download: 'answer' }, 'Save the file'))
  const text = await content.slice(0, MOST_SHOWN).text()
  const shown = drawText('Body of the answer', pretty(media, text))
  return content.size > MOST_SHOWN ? draw('div', {}, shown, draw('p', {}, 'This is the beginning. ', draw('a', { href: address(), download: 'answer' }, 'Save the whole'))) : shown
}

function pretty(media, text) {
  if (!/json$|json;/.test(media) || text.length >= MOST_SHOWN || /[0-9]{16}|\.[0-9]*0\b/.test(text)) return text // digits stay as they came
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function drawText(label, text) {
  return draw('pre', { tabindex: '0', role: 'region', 'aria-label': label }, text)
}
