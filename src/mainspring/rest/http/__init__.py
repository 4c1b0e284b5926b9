"""The room's addresses, and which part answers them.

```
room         which table, and which method
call         one request to a table
reading      what is asked, page by page
explaining   the plan of a question, for administrators
writing      what is to be changed, and what the answer to it says
operations   several changes in one request, all or nothing
preferences  what a request's headers ask for: Prefer, Range
profile      which schema they mean
formats      the formats of replies and bodies, by their media types
export       answers of more than a page, piece by piece
upload       multipart bodies: records with their files
download     a record's file, under the record's rule
```
"""
