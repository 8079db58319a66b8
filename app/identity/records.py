"""The rows of identity. Secrets are kept as hashes only."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    """A person. `active=False` ends every session and token at their next use."""

    __tablename__ = "user_account"

    id: str = Field(primary_key=True)
    email: str = Field(unique=True)
    name: str
    password_hash: str | None = None
    active: bool = True
    created_at: datetime
    one_time_until: datetime | None = None
    """The password was made by somebody else: it is good until then, once, for setting one of one's own."""


class UserRole(SQLModel, table=True):
    """One role of one person."""

    __tablename__ = "user_role"

    user_id: str = Field(primary_key=True, foreign_key="user_account.id")
    role: str = Field(primary_key=True)


class LoginSession(SQLModel, table=True):
    """A signed-in browser; `id_hash` is the SHA-256 of the cookie's value."""

    __tablename__ = "login_session"

    id_hash: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class ApiToken(SQLModel, table=True):
    """A machine's bearer token; `token_hash` is the SHA-256 of what was shown once."""

    __tablename__ = "api_token"

    token_hash: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    label: str
    created_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None
    """None on tokens of before there was an end to them: these never end by themselves."""


class FamiliarBrowser(SQLModel, table=True):
    """A browser in which somebody signed in before; `id_hash` is the SHA-256 of a cookie that proves nothing else."""

    __tablename__ = "familiar_browser"

    id_hash: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True, foreign_key="user_account.id", index=True)
    seen_at: datetime
