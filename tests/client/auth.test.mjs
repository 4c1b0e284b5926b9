import assert from 'node:assert/strict'
import { test } from 'node:test'
import { good, newClient, newEmail, password, publishableKey, secretKey, signUp, url } from './people.mjs'

/** The server says `session_not_found`, of which the client makes this. */
async function assertSignedOut(client) {
  assert.equal((await client.auth.getUser()).error?.name, 'AuthSessionMissingError')
}

test('sign-up gives a session and a user', async () => {
  const { api, email, id, session } = await signUp('Ann')
  assert.equal(session.token_type, 'bearer')
  assert.ok(session.expires_in > 0 && session.expires_in <= 900)
  assert.equal(session.user.email, email)
  assert.equal(session.user.user_metadata.name, 'Ann')
  assert.deepEqual(good(await api.from('users').select('id, name').eq('id', id)), [{ id, name: 'Ann' }])
})

test('a known address cannot sign up again', async () => {
  const { email } = await signUp('Ann')
  const { data, error } = await newClient().auth.signUp({ email: email.toUpperCase(), password })
  assert.deepEqual([error.status, error.code], [422, 'user_already_exists'])
  assert.equal(data.session, null)
})

test('a weak password is refused with its reasons', async () => {
  const { error } = await newClient().auth.signUp({ email: newEmail('ann'), password: 'short' })
  assert.equal(error.name, 'AuthWeakPasswordError')
  assert.deepEqual([error.status, error.code, error.reasons], [422, 'weak_password', ['length']])
})

test('sign-in with the right password', async () => {
  const { email, id } = await signUp('Ann')
  const { user, session } = good(await newClient().auth.signInWithPassword({ email, password }))
  assert.equal(user.id, id)
  assert.ok(session.access_token)
})

test('sign-in with a wrong password or an unknown address looks the same', async () => {
  const { email } = await signUp('Ann')
  const { error: wrong } = await newClient().auth.signInWithPassword({ email, password: 'another long secret' })
  const { error: unknown } = await newClient().auth.signInWithPassword({ email: newEmail('nobody'), password })
  assert.deepEqual([wrong.status, wrong.code, wrong.message], [400, 'invalid_credentials', 'Invalid login credentials'])
  assert.deepEqual([unknown.status, unknown.code, unknown.message], [wrong.status, wrong.code, wrong.message])
})

test('getUser asks the server', async () => {
  const { api, email, id } = await signUp('Ann')
  const { user } = good(await api.auth.getUser())
  assert.deepEqual([user.id, user.email, user.aud, user.role], [id, email, 'authenticated', 'authenticated'])
})

test('getClaims verifies the token with the published keys', async () => {
  const { api, id } = await signUp('Ann')
  const { claims, header } = good(await api.auth.getClaims())
  assert.deepEqual([claims.sub, claims.aud, header.alg], [id, 'authenticated', 'ES256'])
})

test('refresh turns the tokens', async () => {
  const { api, session } = await signUp('Ann')
  const { session: turned } = good(await api.auth.refreshSession())
  assert.notEqual(turned.refresh_token, session.refresh_token)
  good(await api.auth.getUser())
})

test('a refresh token used twice ends the sign-in', async () => {
  const { api, session } = await signUp('Ann')
  good(await api.auth.refreshSession())
  const { error } = await newClient().auth.refreshSession({ refresh_token: session.refresh_token })
  assert.deepEqual([error.status, error.code], [400, 'refresh_token_already_used'])
  await assertSignedOut(api)
})

test('a session is kept and found again', async () => {
  const kept = new Map()
  const storage = {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  }
  const { id } = await signUp('Ann', newClient({ auth: { persistSession: true, storage } }))
  const later = newClient({ auth: { persistSession: true, storage } })
  assert.equal((await later.auth.getSession()).data.session.user.id, id)
  assert.deepEqual(good(await later.from('users').select('id').eq('id', id)), [{ id }])

  const [[name, text]] = kept // as if it were tomorrow: the client asks for a new token by itself
  kept.set(name, JSON.stringify({ ...JSON.parse(text), expires_at: 1 }))
  const tomorrow = newClient({ auth: { persistSession: true, storage } })
  assert.ok((await tomorrow.auth.getSession()).data.session.expires_at > Date.now() / 1000)
})

test('updateUser changes the name', async () => {
  const { api, id } = await signUp('Ann')
  const { user } = good(await api.auth.updateUser({ data: { name: 'Anna' } }))
  assert.equal(user.user_metadata.name, 'Anna')
  assert.deepEqual(good(await api.from('users').select('name').eq('id', id).single()), { name: 'Anna' })
})

test('updateUser does not make an administrator', async () => {
  const { api, id } = await signUp('Ann')
  for (const data of [{ roles: ['administrator'] }, { staff: true }, { disabled: false }, { nonsense: 1 }]) {
    const { error } = await api.auth.updateUser({ data })
    assert.deepEqual([error.status, error.code], [400, 'validation_failed'], JSON.stringify(data))
  }
  const { error } = await newClient().auth.signUp({ email: newEmail('eve'), password, options: { data: { roles: ['administrator'] } } })
  assert.equal(error.status, 400)
  assert.deepEqual(good(await api.from('users').select('roles, staff').eq('id', id).single()), { roles: [], staff: false })
})

test('a new password ends the other sign-ins', async () => {
  const { api, email } = await signUp('Ann')
  const other = newClient()
  good(await other.auth.signInWithPassword({ email, password }))
  good(await api.auth.updateUser({ password: 'quite another secret' }))

  good(await api.auth.getUser())
  await assertSignedOut(other)
  assert.equal((await newClient().auth.signInWithPassword({ email, password })).error.code, 'invalid_credentials')
  good(await newClient().auth.signInWithPassword({ email, password: 'quite another secret' }))
})

test('after sign-out the token is of no use', async () => {
  const { api, session } = await signUp('Ann')
  assert.equal((await api.auth.signOut()).error, null)
  assert.equal((await api.auth.getSession()).data.session, null)

  const stolen = newClient({ global: { headers: { Authorization: `Bearer ${session.access_token}` } } })
  const { error, status } = await stolen.from('albums').select()
  assert.deepEqual([status, error.code], [401, 'PGRST303'])
  assert.ok((await newClient().auth.refreshSession({ refresh_token: session.refresh_token })).error)
})

test('sign-out reaches as far as asked', async () => {
  const { api, email } = await signUp('Ann')
  const [second, third] = [newClient(), newClient()]
  for (const client of [second, third]) good(await client.auth.signInWithPassword({ email, password }))

  assert.equal((await second.auth.signOut({ scope: 'local' })).error, null)
  good(await third.auth.getUser())
  assert.equal((await api.auth.signOut({ scope: 'others' })).error, null)
  good(await api.auth.getUser())
  await assertSignedOut(third)
})

test('the client tells what happened to the sign-in', async () => {
  const { email } = await signUp('Ann')
  const client = newClient()
  const events = []
  client.auth.onAuthStateChange((event) => void events.push(event))
  good(await client.auth.signInWithPassword({ email, password }))
  good(await client.auth.refreshSession())
  good(await client.auth.updateUser({ data: { name: 'Anna' } }))
  await client.auth.signOut()
  assert.deepEqual(
    events.filter((event) => event !== 'INITIAL_SESSION'),
    ['SIGNED_IN', 'TOKEN_REFRESHED', 'USER_UPDATED', 'SIGNED_OUT']
  )
})

test('a signed-out client with the publishable key is nobody in particular', async () => {
  assert.deepEqual(good(await newClient().from('albums').select()), [])
  assert.equal((await newClient().auth.getUser()).error.name, 'AuthSessionMissingError')
})

test('the secret key is an administrator', async () => {
  const { id } = await signUp('Ann')
  const { email } = good(await newClient({ key: secretKey }).from('users').select('email').eq('id', id).single())
  assert.match(email, /^ann-/)
})

test('an unknown key is refused', async () => {
  const { error, status } = await newClient({ key: `${publishableKey}x` }).from('albums').select()
  assert.deepEqual([status, error.code], [401, 'PGRST301'])
})

test('what is not there yet is told in the shape that the client reads', async () => {
  const { error } = await newClient().auth.signInWithOtp({ email: newEmail('ann') })
  assert.deepEqual([error.name, error.status, error.code], ['AuthApiError', 404, 'not_found'])
  assert.equal((await fetch(`${url}/auth/v1/nonsense`)).headers.get('x-supabase-api-version'), '2024-01-01')
})
