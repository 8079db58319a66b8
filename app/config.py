"""The app's only reader of the environment: everything that a process may be told from outside."""

import os
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]


class Settings(BaseSettings):
    """Settings of one process, read from `BATON_*` variables.

    `cost_age_days` and `competitor_age_days`: how long a fact counts for the rules; 0 is for ever.
    `installation`: which one a context belongs to that has no pricing store at hand to say so.
    """

    model_config = SettingsConfigDict(env_prefix="BATON_", extra="ignore")

    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = "redis://127.0.0.1:6390/0"
    demo: bool = False
    host: str = "127.0.0.1"
    port: int = 3000
    origin: str = ""
    cost_age_days: int = Field(default=400, ge=0, le=36_500)
    competitor_age_days: int = Field(default=30, ge=0, le=36_500)
    trusted_proxies: Annotated[Networks, NoDecode] = ()
    audit_key: str = ""
    audit_checkpoints: str = ""
    audit_webhook: str = ""
    installation: str = ""

    @field_validator("origin")
    @classmethod
    def _without_path(cls, given: str) -> str:
        return given.strip().rstrip("/")

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        """Read addresses and networks, with commas between them."""
        if not isinstance(given, str):
            return given
        return tuple(ip_network(part.strip(), strict=False) for part in given.split(",") if part.strip())

    def pricing_url(self) -> str:
        """Return the SQLAlchemy URL of the pricing store."""
        return self.database_url or f"sqlite:///{self.data_dir}/pricing.db"

    def context_database_url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a context's own store (`BATON_<CONTEXT>_DATABASE_URL`)."""
        variable = f"BATON_{name.upper().replace('-', '_')}_DATABASE_URL"
        return os.environ.get(variable, "") or f"sqlite:///{self.data_dir}/{name}.db"

    def origins(self) -> tuple[str, ...]:
        """Return the browser origins that may open the websocket or post JSON: the configured one alone, if any."""
        if self.origin:
            return (self.origin,)
        return (f"http://localhost:{self.port}", f"http://127.0.0.1:{self.port}")

    def is_https(self) -> bool:
        """Tell whether browsers come over TLS."""
        return self.origin.lower().startswith("https://")


@cache
def settings() -> Settings:
    """Return the settings of this process (read once)."""
    return Settings()
