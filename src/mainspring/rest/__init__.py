"""Records over HTTP: `/rest/v1`, in the dialect of PostgREST.

```
http         the room's addresses, and which part answers them
preferences  what a request's headers ask for: Prefer, Accept, Range
upload       multipart bodies: records with their files
download     a record's file, under the record's rule
openapi      the description of it all (OpenAPI 3.1)
```
"""
