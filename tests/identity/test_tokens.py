"""Bearer tokens: shown once, stored hashed, gone when revoked."""

import pytest
from sqlmodel import select

from app.clock import utc_now
from app.database import reading, transaction
from app.identity import people, tokens
from app.identity.errors import NoSuchAddress
from app.identity.records import ApiToken


def made_for(email: str) -> str:
    with transaction() as session:
        return tokens.create(session, email, "nightly import", utc_now())


def test_a_token_acts_as_the_person_it_was_made_for(asha: str) -> None:
    actor = tokens.actor_for_bearer(f"Bearer {made_for(asha)}")

    assert actor is not None
    assert (actor.email, actor.kind) == (asha, "service")


def test_the_store_holds_only_the_hash_of_a_token(asha: str) -> None:
    token = made_for(asha)

    with reading() as session:
        stored = session.exec(select(ApiToken)).one()

    assert token not in stored.model_dump_json()


def test_a_revoked_token_is_nobody(asha: str) -> None:
    token = made_for(asha)

    with transaction() as session:
        user = people.by_email(session, asha)
        assert user is not None
        assert len(tokens.revoke_all_of(session, user.id, utc_now())) == 1

    assert tokens.actor_for_bearer(f"Bearer {token}") is None


def test_a_token_of_somebody_shut_out_is_nobody(asha: str) -> None:
    token = made_for(asha)
    with transaction() as session:
        user = people.by_email(session, asha)
        assert user is not None
        user.active = False
        session.add(user)

    assert tokens.actor_for_bearer(f"Bearer {token}") is None


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer baton_", "Basic abc", "Bearer x" * 99])
def test_what_is_no_token_is_nobody(pricing_store: str, header: str | None) -> None:
    assert tokens.actor_for_bearer(header) is None


def test_nobody_gets_a_token_for_an_unknown_address(pricing_store: str) -> None:
    with pytest.raises(NoSuchAddress), transaction() as session:
        tokens.create(session, "nobody@shop.example", "x", utc_now())
