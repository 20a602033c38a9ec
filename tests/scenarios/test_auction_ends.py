"""When an auction ends, as far as the venue itself will end it."""

from openoutcry.engine.phases import HALT_SPAN, REOPENING_SPAN
from openoutcry.model.commands import AdvanceTime, SetPhase, SetSessions
from openoutcry.model.instrument import ALWAYS, Phase, SessionTurn
from openoutcry.model.units import Nanos
from tests.scenarios.language import play
from tests.stage import SECOND


def test_nobody_knows_when_a_call_ends_that_somebody_called():
    stage = play("venue call -> phase ACME auction")
    assert stage.engine.auction("ACME").ends_at is None


def test_the_calendar_says_when_it_ends():
    stage = play("venue call -> phase ACME auction")
    turns = (
        SessionTurn(Nanos(stage.at + 10 * SECOND), Phase.HALTED),
        SessionTurn(Nanos(stage.at + 30 * SECOND), Phase.CONTINUOUS),
        SessionTurn(Nanos(stage.at + 90 * SECOND), Phase.CLOSED),
    )
    stage.submit(SetSessions(calendar=ALWAYS, turns=turns))
    assert stage.engine.auction("ACME").ends_at == turns[1].at


def test_a_reopening_ends_by_itself_whatever_the_calendar_says():
    stage = play("""
        venue set band 500      -> changed ACME | band ACME 95 105
        alice buy 5 @ 105       -> accepted 1
        after 16s               -> phase ACME halted
    """)
    later = SessionTurn(Nanos(stage.at + 3600 * SECOND), Phase.CLOSED)
    stage.submit(SetSessions(calendar=ALWAYS, turns=(later,)))
    assert stage.engine.auction("ACME").ends_at is None, "it has not begun"
    stage.later(HALT_SPAN)
    stage.submit(AdvanceTime())
    assert stage.engine.instrument("ACME").phase is Phase.AUCTION
    assert stage.engine.auction("ACME").ends_at == stage.at + REOPENING_SPAN
    stage.submit(SetPhase(symbol="ACME", phase=Phase.CONTINUOUS))
    assert stage.engine.auction("ACME").ends_at is None
