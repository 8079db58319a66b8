"""What one unit holds is read exactly, or refused in a sentence."""

import pytest

from app.words.content import Content, NotAContent, parse_content


@pytest.mark.parametrize(
    ("typed", "read", "shown"),
    [
        ("500 g", (500_000, "mg"), "500 g"),
        ("1.5 l", (1_500_000, "µl"), "1.5 l"),
        ("1,5 L", (1_500_000, "µl"), "1.5 l"),
        ("12 pcs", (12, "pc"), "12 pcs"),
        ("30 pieces", (30, "pc"), "30 pcs"),
        ("75cl", (750_000, "µl"), "750 ml"),
        ("0.25 kg", (250_000, "mg"), "250 g"),
        ("1 mg", (1, "mg"), "1 mg"),
        ("2 m", (2_000, "mm"), "2 m"),
        ("5 μl", (5, "µl"), "5 µl"),
    ],
)
def test_a_content_is_read_as_people_write_it(typed: str, read: tuple[int, str], shown: str) -> None:
    found = parse_content(typed)

    assert (found, str(found)) == (Content(*read), shown)
    assert parse_content(str(found)) == found


@pytest.mark.parametrize(
    "typed", ["", "g", "500", "500 oz", "1,500 g", "0 g", "-5 g", "6 x 330 ml", "1.5 pcs", "0.0001 g", "2000 kg", "٥ g"]
)
def test_what_may_mean_something_else_is_refused(typed: str) -> None:
    with pytest.raises(NotAContent):
        parse_content(typed)
