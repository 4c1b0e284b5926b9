// What an app's front end does to sign people up, in and out. Called with the server's address and the publishable key.
import assert from 'node:assert/strict'
import { createClient } from '@supabase/supabase-js'

const [address, key] = process.argv.slice(2)
const open = () => createClient(address, key, { auth: { persistSession: true, autoRefreshToken: false, storage: memory() } })
const email = 'ann@example.com'
const password = 'correct horse battery'

function memory() {
  const kept = new Map()
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) }
}

async function good(answer) {
  const { data, error } = await answer
  assert.equal(error, null)
  return data
}

async function refused(answer, status, code) {
  const { error } = await answer
  assert.deepEqual([error?.status, error?.code], [status, code])
  return error
}

const ann = open()
const signedUp = await good(ann.auth.signUp({ email, password, options: { data: { name: 'Ann' } } }))
assert.equal(signedUp.user.email, email)
assert.equal(signedUp.user.user_metadata.name, 'Ann')
assert.ok(signedUp.session.access_token)

await refused(open().auth.signUp({ email, password }), 422, 'user_already_exists')
const weak = await refused(open().auth.signUp({ email: 'bob@example.com', password: 'password' }), 422, 'weak_password')
assert.deepEqual([weak.name, weak.reasons], ['AuthWeakPasswordError', ['pwned']])
await refused(open().auth.signUp({ email: 'bob@example.com', password, options: { data: { roles: ['administrator'] } } }), 400, 'validation_failed')
await refused(open().auth.signInWithPassword({ email, password: 'wrong password' }), 400, 'invalid_credentials')
await refused(open().auth.signInWithPassword({ email: 'nobody@example.com', password }), 400, 'invalid_credentials')
await refused(open().auth.signInAnonymously(), 422, 'anonymous_provider_disabled')
await refused(open().auth.signInWithOtp({ email }), 404, 'not_found')

// The token is verified here, with the published keys.
const { claims, header } = await good(ann.auth.getClaims())
assert.deepEqual([claims.role, claims.aud, claims.aal, header.alg], ['authenticated', 'authenticated', 'aal1', 'ES256'])
assert.equal(claims.sub, signedUp.user.id)

assert.equal((await good(ann.auth.getUser())).user.id, signedUp.user.id)
assert.equal((await good(ann.auth.updateUser({ data: { name: 'Ann B.' } }))).user.user_metadata.name, 'Ann B.')

const before = signedUp.session.refresh_token
const refreshed = await good(ann.auth.refreshSession())
assert.notEqual(refreshed.session.refresh_token, before)

const phone = open()
await good(phone.auth.signInWithPassword({ email, password }))
await good(ann.auth.signOut({ scope: 'others' }))
await refused(phone.auth.getUser(), 400, undefined) // AuthSessionMissingError: the client lets go of what it held
assert.equal((await good(phone.auth.getSession())).session, null)

await good(phone.auth.signInWithPassword({ email, password }))
await good(ann.auth.updateUser({ password: 'another horse battery' }))
await refused(phone.auth.getUser(), 400, undefined)
await refused(ann.auth.updateUser({ password: 'another horse battery' }), 422, 'same_password')

// A refresh token that somebody else has used already ends the sign-in.
const stolen = (await good(ann.auth.getSession())).session.refresh_token
await good(open().auth.refreshSession({ refresh_token: stolen }))
await refused(ann.auth.refreshSession(), 400, 'refresh_token_already_used')
await refused(open().auth.refreshSession({ refresh_token: 'x' }), 400, 'refresh_token_not_found')

const { session } = await good(ann.auth.signInWithPassword({ email, password: 'another horse battery' }))
await good(ann.auth.signOut())
assert.equal((await good(ann.auth.getSession())).session, null)
await refused(open().auth.getUser(session.access_token), 400, undefined)
console.log('done')
