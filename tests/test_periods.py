from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subgroups.periods import Frequency, Period

pytestmark = pytest.mark.run_in("sqlite")  # arithmetic
DAYS = st.dates(date(1950, 1, 1), date(2150, 1, 1))


@pytest.mark.parametrize(
    ("day", "frequency", "first", "last", "name"),
    [
        (date(2021, 2, 28), "month", date(2021, 2, 1), date(2021, 2, 28), "February 2021"),
        (date(2021, 12, 31), "month", date(2021, 12, 1), date(2021, 12, 31), "December 2021"),
        (date(2021, 6, 30), "quarter", date(2021, 4, 1), date(2021, 6, 30), "April to June 2021"),
        (date(2022, 1, 1), "quarter", date(2022, 1, 1), date(2022, 3, 31), "January to March 2022"),
        (date(2022, 3, 31), "year", date(2021, 4, 1), date(2022, 3, 31), "2021-22"),
        (date(2022, 4, 1), "year", date(2022, 4, 1), date(2023, 3, 31), "2022-23"),
    ],
)
def test_the_period_of_a_day(day: date, frequency: str, first: date, last: date, name: str) -> None:
    period = Period.holding(day, frequency)
    assert (period.first_day, period.last_day, str(period)) == (first, last, name)


@given(DAYS, st.sampled_from(Frequency))
def test_periods_follow_one_another_without_a_gap(day: date, frequency: Frequency) -> None:
    period = Period.holding(day, frequency)
    assert period.first_day <= day <= period.last_day
    assert period.after() == Period.holding(period.last_day + timedelta(days=1), frequency)
    assert period.after().before() == period
    assert period.a_year_before.after(12 // frequency.months) == period
    assert list(period.until(period.after(2))) == [period, period.after(), period.after(2)]
