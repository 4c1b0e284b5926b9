"""Sign-in: who is who, and how they prove it.

```
tables      what is kept: Account, Session, Attempt, ApiKey
passwords   which passwords are taken, and how they are hashed and compared
secret      secrets that are only recognised, never read back: API keys and refresh tokens
signing     the keys that sign access tokens, in files
tokens      access tokens, written and read
sessions    sign-ins: begun, refreshed, ended
attempts    tries, counted for each address
proxies     where a request came from
accounts    what people do: sign up, sign in, change themselves; and what is done to them by command
profile     a user as GoTrue's clients see them
keys        the publishable and the secret key
identity    who asks, from the headers of a request
authority   all of it, joined for one process
refusals    what is refused, with GoTrue's codes
hashing     where passwords are hashed, few at once
http        /auth/v1, as the ready-made clients call it
```
"""
