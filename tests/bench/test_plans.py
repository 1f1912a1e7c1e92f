"""What counts as reading a table whole, and which statements are one and the same."""

from __future__ import annotations

from typing import Any

from bench.plans import Reading, preparable, readings, shape

_BY_INDEX = {"Node Type": "Index Scan", "Relation Name": "posts", "Index Name": "posts_pkey", "Total Cost": 8.0}


def _above(*plans: dict[str, Any]) -> dict[str, Any]:
    return {"Node Type": "Nested Loop", "Total Cost": 1.0, "Plans": list(plans)}


def test_a_scan_that_was_forbidden_and_made_all_the_same_has_no_index() -> None:
    dear = {"Node Type": "Seq Scan", "Relation Name": "posts", "Total Cost": 1e10}
    assert list(readings(_above(dear))) == [Reading("posts")]


def test_an_index_without_a_condition_is_read_whole() -> None:
    plan = _above(_BY_INDEX, _BY_INDEX | {"Index Cond": "(id = $1)"})
    assert list(readings(plan)) == [Reading("posts", "posts_pkey")]


def test_lists_of_any_length_are_the_same_statement() -> None:
    one, two = "SELECT a FROM t WHERE b IN ($1::UUID)", "SELECT a FROM t WHERE b IN ($1::UUID, $2::UUID)"
    assert shape(one) == shape(two) != shape("SELECT a FROM u WHERE b IN ($1::UUID)")
    assert shape("INSERT INTO t VALUES ($1, $2), ($3, $4)") == shape("INSERT INTO t VALUES ($1, $2)")


def test_an_interval_that_was_a_literal_can_be_prepared() -> None:
    assert preparable("SELECT now() - INTERVAL $1, $2") == "SELECT now() - $1::interval, $2"
