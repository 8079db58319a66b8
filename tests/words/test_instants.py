from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from app.words.instants import told_in, written

KOLKATA, BERLIN = ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/Berlin")


def test_an_instant_is_written_in_utc_with_its_z_wherever_it_was_said():
    noon = datetime(2026, 11, 26, 12, 30, 15, 999, tzinfo=timezone(timedelta(hours=1)))
    assert written(noon) == "2026-11-26T11:30:15Z"
    assert written(datetime.max.replace(tzinfo=UTC)) == "9999-12-31T23:59:59Z"


def test_each_sentence_tells_its_instants_in_one_zone_and_names_it_once():
    text = (
        "Its end on 2026-11-26T19:00:00Z falls into the freeze from 2026-11-26T18:00:00Z to 2026-11-27T01:00:05Z:"
        " Stock. It waits until 2026-11-27T01:00:05Z."
    )

    assert told_in(text, KOLKATA) == (
        "Its end on 27 Nov 2026 00:30 falls into the freeze from 26 Nov 2026 23:30 to 27 Nov 2026 06:30:05"
        " (Asia/Kolkata): Stock. It waits until 27 Nov 2026 06:30:05 (Asia/Kolkata)."
    )


def test_a_clock_change_is_followed():
    assert told_in("2026-10-25T00:30:00Z; 2026-10-25T01:30:00Z", BERLIN) == (
        "25 Oct 2026 02:30 (Europe/Berlin); 25 Oct 2026 02:30 (Europe/Berlin)"
    )
    assert told_in("2026-07-01T00:30:00Z.", BERLIN) == "1 Jul 2026 02:30 (Europe/Berlin)."


def test_utc_is_called_utc():
    assert told_in("until 2026-11-26T11:30:00Z", ZoneInfo("UTC")) == "until 26 Nov 2026 11:30 UTC"


@pytest.mark.parametrize(
    "text",
    ["", "No instant.", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-26T11:30:00+01:00", "2026-11-26",
     "2026-11-26T11:30:00.5Z", "A2026-11-26T11:30:00Zulu"],
)  # fmt: skip
def test_what_is_no_written_instant_stays_as_it_is(text):
    assert told_in(text, KOLKATA) == text


def test_blanks_and_line_ends_stay_as_they_are():
    assert told_in("a.  b! c;  ", KOLKATA) == "a.  b! c;  "
