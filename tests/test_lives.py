"""A sample of lives, the same ones every time; `make soak` lives ten thousand others."""

import pytest

from tests.lives import MOVES, live, tally

pytestmark = pytest.mark.django_db


def test_the_record_goes_as_the_model_does():
    live(60, seed=3)
    assert all(tally[f"{move}: done"] for move in MOVES), "the sample leaves out a move"
