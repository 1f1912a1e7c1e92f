"""The auction alone: a pure function."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contracts.base import new_id
from plumbing import codec
from svc_ads.serving import auction
from svc_ads.serving.auction import FLOOR_MICROS, FULL, Candidate, Inputs, decide
from svc_ads.serving.index import TIES, Index
from svc_ads.serving.log import Logged, logged
from svc_ads.serving.matching import Facts, matched
from tests.svc_ads_serving.shop import terms_of_test

FACTS = Facts("contextual", "es", ("music",))


def candidate(**wanted: object) -> Candidate:
    facts = {"campaign_id": new_id(), "version": 1, "bid": 50_000, "cap": 3, "creatives": ("a",), "left": 10**9}
    return Candidate(**{**facts, **wanted})  # type: ignore[arg-type]


def inputs(*candidates: Candidate, decision_id: str = "d") -> Inputs:
    return Inputs(decision_id, 1, FACTS, candidates)


def test_who_is_alone_pays_the_floor() -> None:
    assert decide(inputs(candidate())).price == FLOOR_MICROS


def test_nobody_pays_more_than_their_bid() -> None:
    first, second = candidate(), candidate()
    assert decide(inputs(first, second)).price == 50_000


def test_each_reason_to_be_passed_over_is_told() -> None:
    out = [
        candidate(own=True),
        candidate(hidden=True),
        candidate(blocked=True),
        candidate(unapproved=True),
        candidate(seen=3),
        candidate(throttle=0),
        candidate(left=49_999),
    ]
    outcome = decide(inputs(*out))
    assert outcome.campaign_id is None
    assert outcome.fates == ("own", "hidden", "blocked", "unapproved", "frequency", "throttled", "no_budget")


candidates = st.lists(
    st.builds(
        candidate,
        bid=st.integers(10_000, 60_000),
        seen=st.integers(0, 4),
        throttle=st.sampled_from([0, FULL // 2, FULL]),
        hidden=st.booleans(),
        left=st.integers(0, 100_000),
    ),
    max_size=12,
)


@given(candidates, st.uuids())
def test_the_order_of_candidates_does_not_matter_and_the_log_gives_the_same_again(
    found: list[Candidate], decision: object
) -> None:
    asked = inputs(*found, decision_id=str(decision))
    outcome = decide(asked)
    again = decide(inputs(*reversed(found), decision_id=str(decision)))
    assert (outcome.campaign_id, outcome.price) == (again.campaign_id, again.price)
    raw = codec.decode(codec.encode(Logged(1, FACTS, asked.floor, asked.candidates, outcome.fates)))
    assert decide(logged(raw).inputs(str(decision))) == outcome
    running = [each for each in found if auction.passed_over(each, str(decision)) is None]
    if running:
        bids = sorted((each.bid for each in running), reverse=True)
        assert FLOOR_MICROS <= outcome.price <= bids[0]
        assert len(bids) == 1 or outcome.price == min(bids[0], bids[1] + 1)


def test_equal_bids_win_equally_often() -> None:
    found = [candidate() for _ in range(4)]
    won = {each.campaign_id: 0 for each in found}
    for number in range(2_000):
        winner = decide(inputs(*found, decision_id=f"d{number}")).campaign_id
        assert winner is not None
        won[winner] += 1
    assert all(400 <= count <= 600 for count in won.values())


def test_creatives_take_turns_and_a_throttle_is_a_share() -> None:
    shown = [auction.creative_of(f"d{number}", ("a", "b")) for number in range(1_000)]
    assert 400 <= shown.count("a") <= 600
    taking = sum(auction.takes_part(f"d{number}", "c", FULL // 4) for number in range(2_000))
    assert 420 <= taking <= 580


Words = tuple[str, ...]
words = st.lists(st.sampled_from(["es", "en", "fr", "music", "sea", "ES", "FR"]), max_size=3, unique=True).map(tuple)


@given(st.lists(st.tuples(words, words, words, st.integers(10, 14)), max_size=20), words, st.sampled_from(["ES", None]))
def test_the_index_finds_all_that_fit_by_bid(
    rules: list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], int]],
    topics: tuple[str, ...],
    region: str | None,
) -> None:
    index = Index()
    made = [
        terms_of_test(languages=languages, regions=regions, channel_topics=found, bid_micros=bid * 1_000)
        for languages, regions, found, bid in rules
    ]
    for terms in made:
        index.put(terms)
    facts = Facts("personal", "es", topics, region)
    found = [terms for level in index.levels(facts, "d") for terms in level]
    fitting = {terms.campaign_id for terms in found if matched(terms, facts) is not None}
    assert fitting == {terms.campaign_id for terms in made if matched(terms, facts) is not None}
    assert [terms.bid_micros for terms in found] == sorted((terms.bid_micros for terms in found), reverse=True)
    for terms in made:
        index.drop(terms.campaign_id)
    assert index._cells == {}


def test_of_many_equal_bids_a_decision_draws_some_and_each_gets_its_turn() -> None:
    index = Index()
    made = [terms_of_test() for _ in range(100)]
    for terms in made:
        index.put(terms)
    drawn: set[str] = set()
    for number in range(200):
        level = next(index.levels(FACTS, f"d{number}"))
        assert len(level) == TIES
        drawn |= {terms.campaign_id for terms in level}
    assert drawn == {terms.campaign_id for terms in made}


def test_rules_with_very_many_values_stay_findable() -> None:
    wide = tuple(f"topic{number}" for number in range(50))
    regions = tuple(f"R{number}" for number in range(50))
    index = Index()
    index.put(terms_of_test(channel_topics=wide, regions=regions))
    facts = Facts("personal", "es", ("topic7",), "R3")
    assert [len(level) for level in index.levels(facts, "d")] == [1]
