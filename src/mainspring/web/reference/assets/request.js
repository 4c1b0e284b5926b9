// From a filled form to a request, and what a shell would write for it.

const MULTIPART = 'multipart/form-data'

/** What to send, as a form says; `{address, method, headers, body, files}`. */
export function readForm(form, { method, path, parameters }) {
  const value = (name) => form.elements[name]?.value ?? ''
  const headers = {}
  const query = []
  let address = path
  for (const { name, place } of parameters) {
    const given = value(`${place}:${name}`)
    if (place === 'path') address = address.replace(`{${name}}`, encodeURIComponent(given))
    else if (given === '') continue
    else if (place === 'header') headers[name] = given
    else query.push(`${encodeURIComponent(name)}=${encode(given)}`)
  }
  if (query.length) address += `?${query.join('&')}`
  if (value('accept')) headers.Accept = value('accept')
  return { method, address, headers, ...readBody(form, value('media'), headers) }
}

function readBody(form, media, headers) {
  if (!media) return {}
  const written = [...form.querySelectorAll(`[data-media="${media}"] [data-member]`)]
  const members = written.flatMap((input) => {
    const name = input.dataset.member
    if (input.type === 'file') return [...input.files].map((file) => [name, file])
    return input.value === '' ? [] : [[name, input.value]]
  })
  if (media === MULTIPART) {
    const body = new FormData()
    for (const [name, each] of members) body.append(name, each)
    return { body, members } // the browser writes the Content-Type, with the boundary that it chose
  }
  headers['Content-Type'] = media
  if (written.length) return { body: new URLSearchParams(members).toString() }
  return { body: form.querySelector(`[data-media="${media}"] textarea`).value }
}

/** A value of the query string, in which the marks of the grammar stay as they are, to be read. */
function encode(text) {
  return encodeURIComponent(text).replace(/%(2C|3A|28|29|2A|7B|7D|22)/gi, (found) => ({ '%22': found, '%7B': found, '%7D': found })[found] ?? decodeURIComponent(found))
}

/** The request as a shell has it; the token stays out of it. */
export function asCommand({ method, address, headers, body, members }, signedIn) {
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`
  const parts = [`curl${method === 'GET' ? '' : ` -X ${method}`} ${quote(location.origin + address)}`]
  if (signedIn) parts.push('-H "Authorization: Bearer $TOKEN"')
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quote(`${name}: ${value}`)}`)
  if (members) for (const [name, value] of members) parts.push(`-F ${quote(value instanceof File ? `${name}=@${value.name}` : `${name}=${value}`)}`)
  else if (body) parts.push(`-d ${quote(body)}`)
  return parts.join(' \\\n  ')
}
