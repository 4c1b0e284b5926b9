"""Pictures for loved ones: albums that their owners show to the friends they choose."""

from mainspring import Access, App, Image, Mapped, Model, User, field, is_me, many, me, member_of, one

app = App("photos")


class Album(Model):
    """A set of pictures that its owner shows to the people they choose."""

    title: Mapped[str] = field(max_length=120)
    owner: Mapped[User] = one(default=me)
    friends: Mapped[list[User]] = many()  # no back: many-to-many, the join table is made
    photos: Mapped[list["Photo"]] = many(back="album")
    access = Access(read=is_me(owner) | member_of(friends), create=is_me(owner), write=is_me(owner))


class Photo(Model):
    """A picture in an album. Whoever may read or write the album may read or write it."""

    album: Mapped[Album] = one(back="photos", on_delete="cascade")
    image: Mapped[Image] = field(max_bytes=20_000_000, strip_location=True)
    caption: Mapped[str | None] = field(max_length=500, search=True)
    access = Access.through(album)
