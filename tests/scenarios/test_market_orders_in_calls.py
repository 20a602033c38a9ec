"""Market orders that wait for the end of a call: what may be done to them meanwhile."""

from tests.scenarios.language import play


def test_a_halt_that_interrupts_a_call_lets_them_shrink():
    play("""
        venue call                  -> phase ACME auction
        alice buy 5 market gtc      -> accepted 1 @ 105
        alice buy 5 market gtc stp cancel_both -> accepted 2 @ 105
        venue halt                  -> phase ACME halted
        alice amend 1 to 4          -> replaced 1 4 @ 105
        alice amend 2 to 4          -> replaced 2 4 @ 105
        alice amend 1 to 6          -> amend_rejected halted
        alice amend 2 to 6          -> amend_rejected halted
        alice cancel 1              -> canceled 1 4 user
    """)


def test_they_may_grow_in_a_call_though_the_band_has_left_their_limit():
    play("""
        venue call                             -> phase ACME auction
        alice buy 5 market gtc                 -> accepted 1 @ 105
        alice buy 5 market gtc stp cancel_both -> accepted 2 @ 105
        venue set band 300                     -> changed ACME | band ACME 97 103
        alice amend 1 to 6                     -> replaced 1 6 @ 105 requeued
        alice amend 2 to 6                     -> replaced 2 6 @ 105 requeued
        bob   sell 12 @ 103                    -> accepted 3 | indicative 103 paired 12 imbalance 0
    """)
