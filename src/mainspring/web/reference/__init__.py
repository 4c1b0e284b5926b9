"""The reference of the API at `/docs`, in which each operation can be tried.

```
page      the addresses: the page, and its assets under a name that changes with them
assets/   what the browser runs: no framework, nothing from elsewhere
```

| asset | what it does |
|---|---|
| `reference.js` | joins the parts: loads the description, draws it, follows who is signed in |
| `description.js` | reads the description (OpenAPI 3.1) |
| `drawing.js` | makes elements |
| `operation.js` | one operation: its form and its answer |
| `request.js` | from a filled form to a request |
| `session.js` | who is signed in, in the memory of the page alone |
"""
