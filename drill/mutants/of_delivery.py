"""Mistakes on the way of an event or a call: stored, published, delivered, handled, acknowledged."""

from __future__ import annotations

from drill.mutants.mutant import Mutant

_OUTBOX = "tests/plumbing/test_outbox.py"
_OBSERVER = "tests/plumbing/test_observer.py"

MUTANTS = (
    Mutant(
        name="outbox-after-commit",
        file="plumbing/outbox.py",
        old="    _INSERT.run(session, rows=rows)\n    after_commit(session, wake_relay)\n",
        new="""    after_commit(session, lambda: _store_apart(session, rows))
    after_commit(session, wake_relay)


def _store_apart(session: Session, rows: str) -> None:
    with session.get_bind().engine.begin() as connection:
        _INSERT.run(connection, rows=rows)
""",
        why="the outbox row is written by another transaction after the commit; a death in between loses the event",
        proof=(f"{_OUTBOX}::TestRecording::test_event_is_one_transaction_with_what_it_tells_of",),
    ),
    Mutant(
        name="deleted-before-published",
        file="plumbing/outbox.py",
        old="        try:\n            self._publish([row for row in rows if self._may_be_heard(row)])\n",
        new="        self._delete(rows)\n"
        "        try:\n            self._publish([row for row in rows if self._may_be_heard(row)])\n",
        why="the relay deletes the rows first; what the broker does not take then is gone",
        proof=(
            f"{_OUTBOX}::TestFailures::test_relay_that_was_killed_before_it_deleted_publishes_again",
            f"{_OUTBOX}::TestFailures::test_nothing_is_deleted_that_the_broker_refused",
        ),
    ),
    Mutant(
        name="confirm-not-awaited",
        file="plumbing/publisher.py",
        old="            if not self._settled.wait(timeout_s) or self._refused:\n",
        new="            if self._refused:\n",
        why="the relay takes what it sent for what the broker has; a refusal that comes a moment later is not heard",
        proof=(f"{_OUTBOX}::TestFailures::test_nothing_is_deleted_that_the_broker_refused",),
    ),
    Mutant(
        name="auto-ack",
        file="plumbing/consumer.py",
        old="                auto_declare=True,\n",
        new="                auto_declare=True,\n                no_ack=True,\n",
        why="the broker forgets a message when it hands it over; whoever dies at work on it takes it along",
        proof=(f"{_OBSERVER}::TestFailures::test_event_whose_handler_died_is_delivered_again",),
    ),
    Mutant(
        name="acknowledged-before-handled",
        file="plumbing/consumer.py",
        old="        try:\n            provider.handle_message(message)\n",
        new="        self.ack_message(message)\n        try:\n            provider.handle_message(message)\n",
        why="a message is acknowledged when it comes; what fails is neither tried again nor parked",
        proof=(
            f"{_OBSERVER}::TestFailures::test_event_whose_handler_died_is_delivered_again",
            f"{_OBSERVER}::TestFailures::test_event_that_keeps_failing_is_parked_with_its_reason",
        ),
    ),
    Mutant(
        name="moved-although-refused",
        file="plumbing/consumer.py",
        old="        if taken:\n            self.ack_message(message)\n            return\n",
        new="        self.ack_message(message)\n        if taken:\n            return\n",
        why="a message leaves its queue although the broker did not take the copy that is to be tried again later",
        proof=("tests/plumbing/test_refusals.py::test_what_the_broker_did_not_take_is_not_given_back_at_once",),
    ),
    Mutant(
        name="handler-without-inbox",
        file="svc_media/actions/attaching.py",
        old="    if inbox_once(session, _CONSUMER, carrier.id):\n",
        new="    if carrier.id:\n",
        why="an observer neither asks nor fills the inbox; what is delivered again, or late, is done again",
        proof=("tests/svc_media/test_access.py::test_a_deletion_that_is_told_first_wins",),
    ),
    Mutant(
        name="inbox-always-new",
        file="plumbing/inbox.py",
        old="    return session.execute(statement.returning(_inbox.c.event_id)).first() is not None\n",
        new="    session.execute(statement)\n    return True\n",
        why="the inbox is written and not asked; every observer works on every delivery",
        proof=(f"{_OBSERVER}::TestOnce::test_same_event_twice_is_handled_once",),
    ),
    Mutant(
        name="expired-call-worked-on",
        file="plumbing/container.py",
        old="            call.check_deadline()\n",
        new="",
        why="a call that nobody waits for any more is worked on; under overload all work is such work",
        proof=("tests/plumbing/test_rpc.py::TestDeadlines::test_call_that_expired_on_its_way_is_not_executed",),
    ),
)
