// Who is signed in. The tokens are in the memory of this page alone: nothing is stored, and closing the page forgets them.

const EARLY_SECONDS = 30

let session = null

export const signedIn = () => session !== null
export const person = () => session?.user.email

/** Begins a session; what the server refuses is thrown as an error with its message. */
export async function signIn(email, password) {
  session = await ask('token?grant_type=password', { email, password })
}

export async function signOut() {
  const headers = await authorization()
  session = null
  await fetch('/auth/v1/logout?scope=local', { method: 'POST', headers })
}

/** The header that tells who asks, with a token that holds for a while. */
export async function authorization() {
  if (session && session.expires_at - EARLY_SECONDS < Date.now() / 1000) {
    try {
      session = await ask('token?grant_type=refresh_token', { refresh_token: session.refresh_token })
    } catch {
      session = null // it was ended elsewhere, or has been too long away
      dispatchEvent(new Event('signed-out'))
    }
  }
  return session ? { Authorization: `Bearer ${session.access_token}` } : {}
}

async function ask(path, body) {
  const answer = await fetch(`/auth/v1/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const given = await answer.json()
  if (!answer.ok) throw new Error(given.message ?? answer.statusText)
  return given
}
