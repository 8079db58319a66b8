"""Analytics' own route: price changes per category and day."""

from collections.abc import Callable
from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import Engine

from workers.choreography.analytics import records


class DayOut(BaseModel):
    """One category's price changes of one day; the mean is in hundredths of a percent."""

    day: date
    category: str
    changes: int
    mean_change_bp: int


def router(store: Callable[[], Engine]) -> APIRouter:
    """Return the routes over analytics' store."""
    routes = APIRouter()

    @routes.get("/changes")
    def changes(since: date | None = None, category: str | None = None) -> list[DayOut]:
        """Read the counts from a day on, newest first."""
        with store().connect().execution_options(read_only=True) as connection:
            days = records.days(connection, since=since.isoformat() if since else "", category=category)
        return [
            DayOut(
                day=date.fromisoformat(day.day), category=day.category, changes=day.changes, mean_change_bp=day.mean_bp
            )
            for day in days
        ]

    return routes
