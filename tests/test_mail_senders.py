"""Several senders at once, in processes of their own: no mail is lost, and none is doubled unseen."""

from collections import Counter

import pytest

from tests.mail_storm import storm, wrong_in


def test_four_senders_of_which_one_is_killed_lose_no_mail(committed):
    mails, kills = 60, 1
    assert wrong_in(*storm(mails, kills), mails, kills) == []


@pytest.mark.run_in("sqlite")  # arithmetic
@pytest.mark.django_db
def test_the_count_tells_what_was_lost_or_doubled():
    one, two = "Message-ID: <1>", "Message-ID: <2>"
    assert wrong_in(Counter([one]), 0, 2, 0) == ["1 of 2 were lost"]
    assert wrong_in(Counter([one, two, two]), 0, 2, 1) == [
        "1 were doubled, 0 are told, 1 senders were killed"
    ]
