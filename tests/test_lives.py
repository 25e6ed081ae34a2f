"""A sample of lives; `make soak` lives ten thousand others, which come to everything."""

import pytest

from tests.lives import MOVES, live, tally

pytestmark = pytest.mark.django_db
# What Hypothesis draws differs a little with the modules that are loaded; these happen dozens of times.
OFTEN = ["return", "escalate", "grant", "refuse", "correct", "answer", "take-back"]


def test_the_record_goes_as_the_model_does():
    live(60, seed=3)
    assert all(tally[f"{move}: done"] for move in OFTEN), "the sample makes too few moves"
    assert all(tally[f"{move}: done"] + tally[f"{move}: refused"] for move in MOVES), "one is never tried"
