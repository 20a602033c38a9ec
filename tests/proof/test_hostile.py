"""Five thousand hostile cases: each is accepted or refused, and the venue lives."""

import pytest

from tests.proof import hostile


# Schemathesis draws some of its values outside of Hypothesis, which is its own affair.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.slow
def test_whatever_comes_in_is_accepted_or_a_4xx():
    counted = hostile.trial(1, cases=5_000)
    assert counted["cases"] > 4_000
    assert counted["2xx"] > 400
    assert counted["4xx"] > 400
