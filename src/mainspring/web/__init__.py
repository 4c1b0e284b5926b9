"""The HTTP kit: what stands between a socket and the rooms.

```
site       the ASGI application: finds the room, and gives every answer what all answers have
exchange   one request and its answer, as they are watched and completed on the way out
problem    what is refused, as an answer: the one place where errors become statuses and bodies
accept     which media type a request likes best
body       a request's body, never more of it than the limit
cors       which web pages of other origins may ask
health     /healthz and /readyz
home       the page at / on a developer's machine
reference/ the page at /docs, in which the API is told and tried
```
"""
