from __future__ import annotations

from itertools import pairwise

from pixelfes.face.trust.verdicts import Verdict
from pixelfes.tracking.trust import Trust


def judged(*verdicts: Verdict) -> list[bool]:
    trust, seen = Trust(), []
    for number, verdict in enumerate(verdicts):
        trust.judged(verdict, 0.3 * number)
        seen.append(trust.is_on)
    return seen


def test_the_first_verdict_counts_at_once() -> None:
    assert judged(Verdict.OK) == [True]
    assert judged(Verdict.COVERED) == [False]


def test_alternating_verdicts_do_not_switch_a_trusted_face_off_and_on() -> None:
    seen = judged(Verdict.OK, *([Verdict.OK, Verdict.OK, Verdict.UNSURE] * 4))
    assert sum(one != other for one, other in pairwise(seen)) <= 1


def test_a_face_that_stays_covered_is_not_trusted_and_its_verdict_says_why() -> None:
    trust = Trust()
    for number in range(6):
        trust.judged(Verdict.OK if number < 3 else Verdict.COVERED, 0.3 * number)
    assert (trust.is_on, trust.verdict) == (False, Verdict.COVERED)


def test_a_face_that_is_bare_again_is_trusted_again() -> None:
    assert judged(*[Verdict.COVERED] * 3, *[Verdict.OK] * 4)[-1]
