"""The tables of svc_auth. `user_id` is the distribution column; look-up tables are led by their key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, MetaData, String, Uuid, false, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plumbing.tables import add_plumbing_tables, idempotent_calls_table

Id = Uuid(as_uuid=False)
Time = DateTime(timezone=True)

IS_ADMIN = text("'admin' = ANY (roles)")


class Base(DeclarativeBase):
    """What the tables of this service have in common."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        }
    )


Outbox, Inbox = add_plumbing_tables(Base)
idempotent_calls_table(Base.metadata)


class User(Base):
    """A person's account; without a password hash nobody signs in by password."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_admins", "user_id", postgresql_where=IS_ADMIN),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(32))
    display_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    email_verified_at: Mapped[datetime | None] = mapped_column(Time)
    locale: Mapped[str] = mapped_column(String(35))
    time_zone: Mapped[str] = mapped_column(String(64))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Time)
    deactivated_at: Mapped[datetime | None] = mapped_column(Time)


class Username(Base):
    """Look-up: who has, or had, a name. `username_key` is the name in lower case."""

    __tablename__ = "usernames"

    username_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)


class VerifiedEmail(Base):
    """Look-up: who proved to own a mailbox. Addresses nobody proved are not unique."""

    __tablename__ = "verified_emails"

    email_key: Mapped[str] = mapped_column(String(254), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)


class NameWord(Base):
    """Look-up for search: a folded word of a person's names."""

    __tablename__ = "name_words"
    __table_args__ = (Index("ix_name_words_word", "word", postgresql_ops={"word": "text_pattern_ops"}),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    word: Mapped[str] = mapped_column(String(160), primary_key=True)


class Session(Base):
    """One signed-in device: the family of its refresh tokens.

    `with_factor` tells whether it was opened with a second factor, or one was set up in it.
    """

    __tablename__ = "sessions"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    device: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Time)
    last_seen_at: Mapped[datetime] = mapped_column(Time)
    expires_at: Mapped[datetime] = mapped_column(Time, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Time)
    end_reason: Mapped[str | None] = mapped_column(String(32))
    with_factor: Mapped[bool] = mapped_column(default=False, server_default=false())


class RefreshToken(Base):
    """A refresh token, kept as SHA-256 only."""

    __tablename__ = "refresh_tokens"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Time)
    expires_at: Mapped[datetime] = mapped_column(Time, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Time)
    grace_uses: Mapped[int] = mapped_column(default=0)


class Factor(Base):
    """A TOTP secret (sealed) or a passkey."""

    __tablename__ = "factors"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    factor_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Time)
    confirmed_at: Mapped[datetime | None] = mapped_column(Time)
    last_used_at: Mapped[datetime | None] = mapped_column(Time)
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_step: Mapped[int | None] = mapped_column()
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary)
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)


class Credential(Base):
    """Look-up: whose passkey a credential id is."""

    __tablename__ = "credentials"

    credential_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    factor_id: Mapped[str] = mapped_column(Id)


class Identity(Base):
    """What a person is to an OpenID Connect provider: the way in that they linked."""

    __tablename__ = "identities"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    identity_id: Mapped[str] = mapped_column(Id, primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    label: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(Time)
    last_used_at: Mapped[datetime | None] = mapped_column(Time)


class IdentityOwner(Base):
    """Look-up: whose an identity is. `identity_hash` is made of issuer and subject."""

    __tablename__ = "identity_owners"

    identity_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    identity_id: Mapped[str] = mapped_column(Id)


class RecoveryCode(Base):
    """A one-use code that stands in for a lost TOTP device, kept as a keyed hash."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(Time)


class UsedToken(Base):
    """A one-use signed token (factor token, passkey challenge, OIDC sign-in) that was spent."""

    __tablename__ = "used_tokens"

    token_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Time, index=True)


class Revocation(Base):
    """A session that ended before its access tokens did; `session_id` None means all."""

    __tablename__ = "revocations"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    revocation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    session_id: Mapped[str | None] = mapped_column(Id)
    revoked_at: Mapped[datetime] = mapped_column(Time, index=True)


class AuditEntry(Base):
    """Something worth remembering that happened to an account."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_audit_id", "audit_id"),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    audit_id: Mapped[str] = mapped_column(Id, primary_key=True)
    actor_id: Mapped[str] = mapped_column(Id)
    action: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(Time)


class Mail(Base):
    """A mail that is owed; its text and its link are made when it is sent."""

    __tablename__ = "mails"

    email_key: Mapped[str] = mapped_column(String(254), primary_key=True)
    mail_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Time)
    next_at: Mapped[datetime] = mapped_column(Time, index=True)
    attempts: Mapped[int] = mapped_column(default=0)


class DataExport(Base):
    """A copy of what is kept of a person, as it grows.

    Attributes:
        section: The part of `svc_auth.actions.collecting.SECTIONS` that is being fetched.
        cursor: Where its next page begins; moved in the transaction that stores a page.
        parts: How many pages are stored.
        attempts: How often in a row a service did not answer.
        size: Of the finished file, in bytes.
    """

    __tablename__ = "data_exports"
    __table_args__ = (Index("ix_data_exports_waiting", "next_at", postgresql_where=text("state = 'waiting'")),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    export_id: Mapped[str] = mapped_column(Id, primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    section: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[str | None] = mapped_column(String(400))
    parts: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Time)
    asked_at: Mapped[datetime] = mapped_column(Time)
    ready_at: Mapped[datetime | None] = mapped_column(Time)
    expires_at: Mapped[datetime | None] = mapped_column(Time)
    size: Mapped[int | None] = mapped_column(BigInteger)


class ExportPart(Base):
    """A page of a section of a growing copy, as compressed JSON; they go when the file is made of them."""

    __tablename__ = "export_parts"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    export_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    section: Mapped[int] = mapped_column()
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ExportPiece(Base):
    """A piece of the finished file of a copy."""

    __tablename__ = "export_pieces"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    export_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Erasure(Base):
    """An account that is to be erased at `due_at`; once `erased_at` is set, all that is left of it."""

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_due", "due_at", postgresql_where=text("erased_at IS NULL")),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    messages: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime] = mapped_column(Time)
    due_at: Mapped[datetime] = mapped_column(Time)
    erased_at: Mapped[datetime | None] = mapped_column(Time)
