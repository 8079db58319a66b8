"""The only reader of the environment: everything a Baton process may be told from outside."""

import os
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one process, read from `BATON_*` variables.

    `cost_age_days` and `competitor_age_days`: how long a fact counts for the rules; 0 is for ever.
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

    def pricing_url(self) -> str:
        """Return the SQLAlchemy URL of the pricing store."""
        return self.database_url or f"sqlite:///{self.data_dir}/pricing.db"

    def context_database_url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a context's own store (`BATON_<CONTEXT>_DATABASE_URL`)."""
        variable = f"BATON_{name.upper().replace('-', '_')}_DATABASE_URL"
        return os.environ.get(variable, "") or f"sqlite:///{self.data_dir}/{name}.db"

    def origins(self) -> tuple[str, ...]:
        """Return the browser origins that may open the websocket or post JSON."""
        local = (f"http://localhost:{self.port}", f"http://127.0.0.1:{self.port}")
        return (self.origin, *local) if self.origin else local


@cache
def settings() -> Settings:
    """Return the settings of this process (read once)."""
    return Settings()
