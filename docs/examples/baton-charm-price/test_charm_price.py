"""Run with Baton installed: `python -m pytest docs/examples/baton-charm-price`."""

from charm_price import CharmPrice

from rules.facts import Facts


def test_a_price_just_below_a_round_number_passes_and_a_round_one_is_told_what_would() -> None:
    rule = CharmPrice(round_to=100_00, within=5_00)
    assert rule.check(Facts("T1", "Tea", "Kettle", "INR", 90_00, 99_50)) is None
    found = rule.check(Facts("T1", "Tea", "Kettle", "INR", 90_00, 100_00))
    assert found is not None
    assert found.passing_price == 99_99
    assert found.message == "The price is not within ₹5.00 below a round number; ₹99.99 would pass."
