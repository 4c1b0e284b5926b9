"""One file a picture format: `clean(data)` gives the file's bytes without what may hold location data.

Each works by a list of what is *kept*: parts that the picture needs or that say nothing about a place. Unknown parts go, and so does
whatever stands behind the picture's end. The coded picture itself is passed on bit for bit. Each raises ValueError, IndexError or
struct.error where the file is not built as its format says.
"""
