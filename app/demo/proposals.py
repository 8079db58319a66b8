"""Telling the stories: every proposal goes through the lifecycle's own actions, at the time it is said to have."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Literal

from sqlmodel import Session, select

from app.canary.waves import Wave, WavePlan
from app.demo.goods import CURRENCY
from app.demo.stories import FREEZE, MOVED_SINCE, STORIES, DemoStep, DemoStory
from app.identity.actor import SYSTEM, Actor
from app.identity.demo import DEMO_PEOPLE
from app.lifecycle import actions
from app.lifecycle.proposing import facts, policy
from app.lifecycle.proposing.submission import Listed, ProposedLine, Submission, listed
from app.lifecycle.publishing import brakes
from app.lifecycle.records import Counter, Proposal
from app.lifecycle.table.status import Status
from app.lifecycle.table.transitions import Action
from app.pricelist.catalog_import import CatalogRow
from app.words.money import Money

FIRST_NUMBER = 2_401
_PUBLISHING = timedelta(seconds=1)
_ACTORS = {person.id.removeprefix("demo-"): person.actor() for person in DEMO_PEOPLE} | {
    "catalog": Actor.context("catalog")
}
_Verdict = Literal["CLEAN", "SOFT", "HARD"]


def tell_stories(session: Session, shop: Sequence[CatalogRow], now: datetime) -> None:
    """Let everything happen, in the order of time."""
    session.add(Counter(name="proposal", n=FIRST_NUMBER - 1))
    session.flush()
    Telling(session, shop, now).run()


class Telling:
    """The stories under way: what is still to happen, and which products are already spoken for."""

    def __init__(self, session: Session, shop: Sequence[CatalogRow], now: datetime) -> None:
        self._session = session
        self._shop = shop
        self._now = now
        self._taken: set[str] = set()
        self._chance = Random("stories")  # noqa: S311 - the same each time
        self._order = count()
        self._ahead: list[tuple[datetime, int, partial[None]]] = []

    def run(self) -> None:
        """Submit every story at its time, and do with it what followed."""
        for story in STORIES:
            self._plan(self._now - story.ago, partial(self._submit, story))
        self._plan(self._now - timedelta(hours=20), partial(self._announce_freeze))
        while self._ahead:
            at, _, happen = heappop(self._ahead)
            happen(at)

    def _announce_freeze(self, at: datetime) -> None:
        starts, ends, reason = FREEZE
        hour = self._now.replace(minute=0, second=0, microsecond=0)
        brakes.freeze(
            self._session, starts=hour + starts, ends=hour + ends, actor=_ACTORS["leela"], reason=reason, now=at
        )

    def _plan(self, at: datetime, happen: partial[None]) -> None:
        if at <= self._now:
            heappush(self._ahead, (at, next(self._order), happen))

    def _submit(self, story: DemoStory, at: datetime) -> None:
        submission = self._submission(story, at)
        proposal = actions.submit(self._session, submission, actor=_ACTORS[story.by], now=at)
        self._session.flush()
        for part in (proposal, *self._siblings(proposal)):
            self._plan_publication(part.id, at)
        for step in story.steps:
            self._plan(at + step.after, partial(self._do, proposal.id, step))
        if story.reason == MOVED_SINCE:
            self._plan(at + timedelta(hours=8), partial(self._raise_cost, submission.lines[0].sku))

    def _submission(self, story: DemoStory, at: datetime) -> Submission:
        return Submission(
            story.reason,
            tuple(sorted(self._lines(story, at), key=lambda line: line.sku)),
            self._now + story.effective_in if story.effective_in else None,
            "split" if story.split else "together",
            ends_at=self._now + story.ends_in if story.ends_in else None,
            waves=_plan_of(story),
        )

    def _siblings(self, proposal: Proposal) -> Sequence[Proposal]:
        return self._session.exec(select(Proposal).where(Proposal.sibling_of == proposal.id)).all()

    def _plan_publication(self, proposal_id: str, at: datetime) -> None:
        proposal = self._session.get_one(Proposal, proposal_id)
        if proposal.status == Status.APPROVED and proposal.effective_at is None:
            self._plan(at + _PUBLISHING, partial(self._publish, proposal_id))

    def _publish(self, proposal_id: str, at: datetime) -> None:
        actions.publish(self._session, proposal_id, now=at)

    def _do(self, proposal_id: str, step: DemoStep, at: datetime) -> None:
        session, actor = self._session, _ACTORS[step.by]
        if step.deed == "expire":
            actions.expire(session, proposal_id, now=at)
        elif step.deed == "roll-back":
            actions.roll_back(session, proposal_id, actor=actor, reason=step.comment, now=at)
        elif step.deed == "confirm-roll-back":
            actions.confirm_rolled_back(session, proposal_id, now=at)
        else:
            actions.decide(session, proposal_id, Action(step.deed), actor=actor, comment=step.comment, now=at)
            self._plan_publication(proposal_id, at)

    def _lines(self, story: DemoStory, at: datetime) -> Iterator[ProposedLine]:
        """Choose products and prices so that the rules in force give the verdicts that the story is about."""
        wanted: tuple[tuple[_Verdict, int], ...] = (("SOFT", story.soft), ("HARD", story.hard), ("CLEAN", story.clean))
        for verdict, lines in wanted:
            if lines:
                yield from self._judged_so(story, verdict, lines, at)

    def _judged_so(self, story: DemoStory, verdict: _Verdict, lines: int, at: datetime) -> Iterator[ProposedLine]:
        rules = policy.active_rule_set(self._session)
        found = listed(self._session, [a.sku for a in self._shop if self._is_about(a, story)], now=at)
        known = policy.with_more(self._session, found, rules, at)
        offers = [(product, self._price(product, verdict, story)) for product in known.values()]
        considered = [policy.facts_for(product, Money(price, CURRENCY)) for product, price in offers]
        judged = policy.judge_lines(considered, rules, at)
        fitting = [
            ProposedLine(product.sku, price)
            for (product, price), line in zip(offers, judged, strict=True)
            if line.verdict == verdict and price != product.amount
        ][:lines]
        self._taken.update(line.sku for line in fitting)
        yield from fitting

    def _is_about(self, article: CatalogRow, story: DemoStory) -> bool:
        text = f"{article.category} {article.subcategory} {article.name}"
        return article.sku not in self._taken and any(word in text for word in story.about)

    def _price(self, product: Listed, verdict: _Verdict, story: DemoStory) -> int:
        if verdict == "HARD":
            return round((product.cost or product.amount) * self._chance.uniform(1.02, 1.08) / 50) * 50
        if verdict == "SOFT" and story.beyond:
            return self._beyond_competitor(product)
        if verdict == "SOFT":
            return round(product.amount * self._chance.uniform(1.16, 1.25) / 100) * 100
        low, high = (0.94, 0.985) if story.falls else (1.01, 1.06)
        step = 50 if product.amount < 10_000 else 100
        return max(step, round(product.amount * self._chance.uniform(low, high) / step) * step)

    def _beyond_competitor(self, product: Listed) -> int:
        """Return a price above the competitor's band, or no change where that would also be a steep rise."""
        price = round((product.competitor or product.amount) * self._chance.uniform(1.11, 1.15) / 100) * 100
        return price if price * 100 <= product.amount * 115 else product.amount

    def _raise_cost(self, sku: str, at: datetime) -> None:
        article = next(article for article in self._shop if article.sku == sku)
        dearer = replace(article, cost=(article.cost or article.price * 8 // 10) * 104 // 100)
        facts.import_catalog(self._session, [dearer], actor=SYSTEM, now=at, batch="demo")


def _plan_of(story: DemoStory) -> WavePlan | None:
    if not story.waves:
        return None
    bake = int(story.bake.total_seconds())
    return WavePlan(waves=tuple(Wave(share_bp=share, bake_seconds=bake) for share in story.waves))
