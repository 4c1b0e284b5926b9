// People with clients of their own, on the server that MAINSPRING_URL names.
import { randomUUID } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'

export const url = process.env.CLIENT_URL
export const publishableKey = process.env.CLIENT_PUBLISHABLE_KEY
export const secretKey = process.env.CLIENT_SECRET_KEY
export const password = 'a long enough secret'

/** A client as `createClient` makes it, which keeps nothing and asks for no new tokens by itself. */
export function newClient({ key = publishableKey, auth = {}, ...options } = {}) {
  const quiet = { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false, ...auth }
  return createClient(url, key, { auth: quiet, ...options })
}

export function newEmail(name) {
  return `${name.toLowerCase()}-${randomUUID()}@example.com`
}

/** What a call gave, which must have gone well. */
export function good({ data, error, ...rest }) {
  if (error) throw new Error(`${error.code} ${error.message}`, { cause: error })
  return data
}

/** A new user with a signed-in client. */
export async function signUp(name, client = newClient()) {
  const email = newEmail(name)
  const { user, session } = good(await client.auth.signUp({ email, password, options: { data: { name } } }))
  return { api: client, email, id: user.id, session }
}

/** A new album. */
export async function newAlbum(person, title, friends = []) {
  return good(await person.api.from('albums').insert({ title, friends: friends.map(({ id }) => id) }).select().single())
}

/** A picture of one pixel, whose colour is as good as unique; PNG chunks are checked by Mainspring, so it is a real one. */
export async function newPhoto(person, album, caption) {
  const form = new FormData()
  form.append('album_id', album.id)
  form.append('caption', caption)
  form.append('image', new Blob([ONE_PIXEL], { type: 'image/png' }), 'pixel.png')
  const headers = { Authorization: `Bearer ${person.session.access_token}`, apikey: publishableKey, Prefer: 'return=representation' }
  const answer = await fetch(`${url}/rest/v1/photos`, { method: 'POST', headers, body: form })
  const [photo] = await answer.json()
  if (answer.status !== 201) throw new Error(`${answer.status}`)
  return photo
}

export const ONE_PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64'
)
