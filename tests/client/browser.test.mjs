// What a browser does before and after a page's script asks another origin (Fetch standard, 4.8 and 4.9).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { good, newAlbum, newClient, publishableKey, signUp, url } from './people.mjs'

const PAGE = 'https://photos.example'
const SAFE_HEADERS = new Set(['accept', 'accept-language', 'content-language'])
const SAFE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']

const listed = (answer, name) => (answer.headers.get(name) ?? '').split(',').map((each) => each.trim().toLowerCase())

/** `fetch` as a page of an origin has it: asks first where it must, and shows nothing that the server does not allow. */
function browserFetch(origin) {
  return async (address, options = {}) => {
    const request = new Request(address, options)
    const names = [...request.headers.keys()].filter(
      (name) => !SAFE_HEADERS.has(name) && !(name === 'content-type' && SAFE_TYPES.some((type) => request.headers.get(name).startsWith(type)))
    )
    if (names.length || !['GET', 'HEAD', 'POST'].includes(request.method)) {
      const headers = { Origin: origin, 'Access-Control-Request-Method': request.method, 'Access-Control-Request-Headers': names.sort().join(',') }
      const preflight = await fetch(address, { method: 'OPTIONS', headers })
      if (!preflight.ok || preflight.headers.get('access-control-allow-origin') !== origin) throw new TypeError('Failed to fetch: preflight')
      const methods = listed(preflight, 'access-control-allow-methods')
      if (!methods.includes(request.method.toLowerCase())) throw new TypeError(`Failed to fetch: ${request.method}`)
      const allowed = listed(preflight, 'access-control-allow-headers')
      for (const name of names) if (!allowed.includes(name)) throw new TypeError(`Failed to fetch: header ${name}`)
    }
    const answer = await fetch(new Request(request, { headers: { ...Object.fromEntries(request.headers), Origin: origin } }))
    if (answer.headers.get('access-control-allow-origin') !== origin) throw new TypeError('Failed to fetch: origin')
    const shown = new Set([
      ...['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'last-modified', 'pragma'],
      ...listed(answer, 'access-control-expose-headers'),
    ])
    const headers = [...answer.headers].filter(([name]) => shown.has(name))
    const body = [101, 204, 205, 304].includes(answer.status) ? null : await answer.arrayBuffer()
    return new Response(body, { status: answer.status, statusText: answer.statusText, headers })
  }
}

const clientOf = (origin) => newClient({ global: { fetch: browserFetch(origin) } })

test('a page of an allowed origin does everything', async () => {
  const ann = await signUp('Ann', clientOf(PAGE))
  const album = await newAlbum(ann, 'From a page')
  const { api } = ann
  good(await api.from('albums').update({ title: 'Changed by a page' }).eq('id', album.id))
  const page = await api.from('albums').select('title', { count: 'exact' }).range(0, 0)
  assert.deepEqual([page.data, page.count], [[{ title: 'Changed by a page' }], 1])
  const alone = await api.from('albums').select('*', { count: 'exact', head: true })
  assert.equal(alone.count, 1)
  good(await api.auth.updateUser({ data: { name: 'Anna' } }))
  good(await api.auth.refreshSession())
  good(await api.from('albums').delete().eq('id', album.id))
  assert.equal((await api.auth.signOut()).error, null)
})

test('a page sees errors, too', async () => {
  const { error, status } = await clientOf(PAGE).from('albums').select('nonsense')
  assert.deepEqual([status, error.code], [400, '42703'])
})

test('a page of a foreign origin gets nothing', async () => {
  for (const origin of ['https://evil.example', 'https://photos.example.evil.example', 'http://photos.example', 'null']) {
    for (const headers of [{}, { apikey: publishableKey }]) {
      await assert.rejects(browserFetch(origin)(`${url}/rest/v1/albums`, { headers }), /Failed to fetch/, origin)
    }
  }
})

test('no answer lets a browser send cookies along', async () => {
  const answer = await fetch(`${url}/rest/v1/albums`, { headers: { Origin: PAGE } })
  assert.equal(answer.headers.get('access-control-allow-credentials'), null)
  assert.match(answer.headers.get('vary') ?? '', /origin/i)
})
