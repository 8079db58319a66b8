"""An entry of a stream that could not be taken for what its place says, and was kept."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class KeptItem(BaseModel):
    """`where` is the stream, or the context and its partition; `entry` the id there."""

    model_config = ConfigDict(frozen=True)

    where: str
    entry: str
    cause: str
    payload: str
    at: datetime
