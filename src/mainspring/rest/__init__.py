"""Records over HTTP: `/rest/v1`, in the dialect of PostgREST.

```
http/     the room's addresses
media     the media types of records
openapi   the description of it all (OpenAPI 3.1)
xsd       the XML Schema of records and errors
schemas   the parts of that description that follow from the models
parameters, answers   its parts that every table has
```
"""
