"""Start.

- create the table users
- users: index avatar
- create the table mainspring_accounts
- mainspring_accounts: index user_id
- create the table mainspring_sessions
- mainspring_sessions: index account_id
- mainspring_sessions: index expires_at
- mainspring_sessions: index refreshed_at
- create the table mainspring_attempts
- mainspring_attempts: index action, address
- mainspring_attempts: index at
- create the table mainspring_keys
- create the table mainspring_dropped_files
- create the table mainspring_answers
- mainspring_answers: index second
- create the table albums
- albums: index owner_id
- create the table albums_friends
- albums_friends: index user_id
- create the table photos
- photos: index album_id
- photos: index image
"""

import sqlalchemy as sa

from mainspring.schema import Operations

after = None


def up(op: Operations) -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200)),
        sa.Column("avatar", sa.String(500)),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("staff", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_index("ix_users_avatar", "users", ["avatar"])
    op.create_table(
        "mainspring_accounts",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_mainspring_accounts_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("user_id", name="uq_mainspring_accounts_user_id"),
        counted=True,
    )
    op.create_index("ix_mainspring_accounts_user_id", "mainspring_accounts", ["user_id"])
    op.create_table(
        "mainspring_sessions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("family", sa.String(64), nullable=False),
        sa.Column("turn", sa.String(64), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["mainspring_accounts.id"], name="fk_mainspring_sessions_account_id", ondelete="CASCADE"),
        sa.UniqueConstraint("family", name="uq_mainspring_sessions_family"),
    )
    op.create_index("ix_mainspring_sessions_account_id", "mainspring_sessions", ["account_id"])
    op.create_index("ix_mainspring_sessions_expires_at", "mainspring_sessions", ["expires_at"])
    op.create_index("ix_mainspring_sessions_refreshed_at", "mainspring_sessions", ["refreshed_at"])
    op.create_table(
        "mainspring_attempts",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("address", sa.String(50), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        counted=True,
    )
    op.create_index("ix_mainspring_attempts_action_address", "mainspring_attempts", ["action", "address"])
    op.create_index("ix_mainspring_attempts_at", "mainspring_attempts", ["at"])
    op.create_table(
        "mainspring_keys",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("text", sa.String(100)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("hash", name="uq_mainspring_keys_hash"),
        sa.UniqueConstraint("kind", name="uq_mainspring_keys_kind"),
        counted=True,
    )
    op.create_table(
        "mainspring_dropped_files",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        counted=True,
    )
    op.create_table(
        "mainspring_answers",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("second", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_mainspring_answers_second", "mainspring_answers", ["second"])
    op.create_table(
        "albums",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_albums_owner_id", ondelete="RESTRICT"),
        counted=True,
    )
    op.create_index("ix_albums_owner_id", "albums", ["owner_id"])
    op.create_table(
        "albums_friends",
        sa.Column("album_id", sa.BigInteger(), primary_key=True),
        sa.Column("user_id", sa.Uuid(), primary_key=True),
        sa.ForeignKeyConstraint(["album_id"], ["albums.id"], name="fk_albums_friends_album_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_albums_friends_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_albums_friends_user_id", "albums_friends", ["user_id"])
    op.create_table(
        "photos",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("image", sa.String(500), nullable=False),
        sa.Column("caption", sa.String(500)),
        sa.Column("album_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["album_id"], ["albums.id"], name="fk_photos_album_id", ondelete="CASCADE"),
        counted=True,
    )
    op.create_index("ix_photos_album_id", "photos", ["album_id"])
    op.create_index("ix_photos_image", "photos", ["image"])


def down(op: Operations) -> None:
    op.drop_table("photos")
    op.drop_table("albums_friends")
    op.drop_table("albums")
    op.drop_table("mainspring_answers")
    op.drop_table("mainspring_dropped_files")
    op.drop_table("mainspring_keys")
    op.drop_table("mainspring_attempts")
    op.drop_table("mainspring_sessions")
    op.drop_table("mainspring_accounts")
    op.drop_table("users")
