"""Files: content that is stored once under its hash, and pictures that are checked before they are stored.

```
stored     what a record holds of a file (StoredFile), and the refusal of one that cannot be taken (FileRefused)
sniff      the type of a file, by its content alone
location   takes location data out of a picture: exif, and one file of `containers/` for each format
pictures   checks and decodes a picture
inbox      the temporary files of one process: Upload → Incoming, and the leftovers of killed processes
store      the contract of a store: keep, open, exists, remove
stores/    the stores: disk
```

Everything here is synchronous and knows neither models nor SQL nor HTTP.
"""
