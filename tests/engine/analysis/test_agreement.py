from __future__ import annotations

import numpy as np
from tuneboard.engine.analysis.agreement import agreement
from tuneboard.engine.analysis.importance import Importance, importance


def ranking(*values, unclear=()):
    names = tuple("abcdefgh"[: len(values)])
    return Importance("by hand", names, values, values, values, unclear=unclear)


def test_the_same_order_agrees():
    found = agreement(ranking(0.5, 0.3, 0.1, 0.1), ranking(0.9, 0.06, 0.02, 0.02))
    assert found.tau == 1
    assert found.sentence == "The methods agree (rank correlation 1.00): both name a first."


def test_the_reverse_order_disagrees():
    found = agreement(ranking(0.5, 0.3, 0.1), ranking(0.1, 0.3, 0.5))
    assert found.tau == -1
    assert not found.same_first
    assert found.sentence == "The methods disagree (rank correlation -1.00): a or c first."


def test_half_of_the_order_is_agreement_in_part():
    found = agreement(ranking(0.5, 0.3, 0.2, 0.1), ranking(0.5, 0.1, 0.2, 0.3))
    assert "disagree" in found.sentence or "in part" in found.sentence
    assert found.same_first


def test_the_order_of_what_is_chance_in_both_does_not_count():
    noise = ("b", "c", "d")
    found = agreement(
        ranking(0.9, 0.03, 0.02, 0.01, unclear=noise), ranking(0.9, 0.01, 0.02, 0.03, unclear=noise)
    )
    assert found.tau == 1


def test_two_hyper_parameters_have_no_rank_correlation():
    found = agreement(ranking(0.9, 0.1), ranking(0.6, 0.4))
    assert (found.tau, found.sentence) == (None, "The methods agree: both name a first.")


def test_an_empty_ranking_cannot_be_compared():
    found = agreement(ranking(0.9, 0.1), Importance("by hand"))
    assert found.sentence == "Nothing to compare: one of the rankings is empty."


def test_the_methods_agree_on_a_clear_case(mixed, random_trials):
    def score(config):
        return float(np.log10(config["lr"]) + config["depth"] / 30 + (config["kernel"] == "a") / 4)

    some = random_trials(mixed, 400, score)
    found = [importance(mixed, some, method=m) for m in ("ped_anova", "fanova", "permutation")]
    assert all(agreement(found[0], other).tau > 0.3 for other in found[1:])
    assert all(agreement(found[0], other).same_first for other in found)
