"""Paying: in chats, creators, for posts, oneself; by card, by saved card, from a balance."""

from __future__ import annotations

import pytest

from contracts.base import new_id
from contracts.payments import PaymentView
from plumbing.live_channels import user_channel
from plumbing.settings import settings
from svc_payments.ledger import accounts
from svc_payments.models import LedgerTransaction
from svc_payments.payment_models import OPEN, Payment, ProviderCall
from tests.svc_payments_flows.market import Market, keyed, refused
from tests.svc_payments_provider.sandbox_process import pay, send

DECLINED, EMPTY, ASKS = "4000000000000002", "4000000000009995", "4000002500003155"


def test_a_card_payment_goes_from_the_page_to_the_ledger(market: Market) -> None:
    begun = market.pay(1000, note="lunch")
    assert begun["status"] == "requires_action"
    assert str(begun["action_url"]).startswith(market.sandbox.url)
    done = market.finish(begun)
    assert (done["status"], done["action_url"], done["failure"]) == ("succeeded", None, None)
    assert market.of(market.bob) == 1000  # people in a chat pay no fee
    assert market.held(accounts.COSTS) == -40  # 1.5 % and 25
    assert market.held(accounts.PROVIDER) == -960
    assert market.count(ProviderCall) == 0


def test_money_of_a_card_is_held_and_cannot_be_spent_at_once(market: Market) -> None:
    market.paid(1000)
    with keyed(market.bob):
        code = refused(
            lambda: market.service.create_payment(
                conversation_id=market.chat, payee_id=market.ada, amount=1000, currency="EUR", method="balance"
            )
        )
    assert code == "balance_too_low"


def test_a_balance_pays_at_once_and_completely(market: Market) -> None:
    market.give(market.ada, 1500)
    done = market.pay(1000, method="balance")
    assert done["status"] == "succeeded"
    assert (market.of(market.ada), market.of(market.bob)) == (500, 1000)
    assert refused(lambda: market.pay(501, method="balance")) == "balance_too_low"
    assert market.count(Payment) == 1


def test_events_and_frames_tell_both_sides_what_they_may_know(market: Market) -> None:
    done = market.paid(1000, note="lunch")
    changes = market.events("payment_changed")
    assert [(each["status"], each["version"]) for each in changes] == [
        ("created", 1),
        ("requires_action", 2),
        ("succeeded", 3),
    ]
    assert all(each["conversation_id"] == market.chat and each["note"] == "lunch" for each in changes)
    (told,) = market.events("payment_succeeded")
    assert (told["payment_id"], told["amount"]) == (done["id"], 1000)
    for_ada = [frame["data"] for frame in market.push.on(user_channel(market.ada))]
    for_bob = [frame["data"] for frame in market.push.on(user_channel(market.bob))]
    assert [each["status"] for each in for_ada] == [each["status"] for each in for_bob]
    assert for_ada[1]["action_url"]
    assert not any("fee" in each or "net" in each for each in for_ada)
    assert not any("action_url" in each for each in for_bob)
    assert for_bob[-1]["net"] == 1000


def test_a_declined_card_can_be_followed_by_another(market: Market) -> None:
    begun = market.pay(1000)
    send(str(begun["action_url"]), shortcut=DECLINED)
    still = market.see(begun["id"], market.ada)
    assert (still["status"], market.posted("charge")) == ("requires_action", 0)
    assert market.finish(begun)["status"] == "succeeded"
    assert market.posted("charge") == 1


def test_3_d_secure_leads_to_the_same_end(market: Market) -> None:
    assert market.paid(1000, card=ASKS)["status"] == "succeeded"


def test_a_saved_card_pays_without_a_page(market: Market) -> None:
    card = market.saved_card(market.ada)
    done = market.pay(700, method=card)
    assert done["status"] == "succeeded"
    assert market.of(market.bob) == 700
    with keyed(market.bob):
        assert market.service.get_payment(payment_id=done["id"])["method"] == "card"


def test_a_saved_card_that_is_refused_fails_with_a_code(market: Market) -> None:
    card = market.saved_card(market.ada, "4000000000000341")
    failed = market.pay(700, method=card)
    assert (failed["status"], failed["failure"]) == ("failed", "card_declined")
    with keyed(market.bob):
        assert market.service.get_payment(payment_id=failed["id"])["failure"] is None
    assert market.posted("charge") == 0
    assert market.count(ProviderCall) == 0


def test_a_saved_card_that_asks_leads_its_holder_to_their_bank(market: Market) -> None:
    card = market.saved_card(market.ada, "4000002760003184")
    begun = market.pay(700, method=card)
    assert begun["status"] == "requires_action"
    send(str(begun["action_url"]), answer="complete")
    assert market.see(begun["id"], market.ada)["status"] == "succeeded"


def test_somebody_elses_card_pays_nothing(market: Market) -> None:
    card = market.saved_card(market.bob)
    assert refused(lambda: market.pay(700, method=card)) == "payment_method_invalid"
    assert market.count(Payment) == 0


def test_tips_go_to_the_owner_without_the_fee(market: Market) -> None:
    channel = market.channels.channel(market.bob)
    with keyed(market.ada):
        begun = market.service.create_tip(channel_id=channel, amount=1000, currency="EUR")
    done = market.finish(begun)
    assert (done["kind"], done["payee_id"], done["channel_id"]) == ("tip", market.bob, channel)
    assert (market.of(market.bob), market.held(accounts.FEES)) == (950, 50)
    tipped = market.tip_post(market.channels.post(channel))
    assert tipped["post_id"] is not None
    assert market.events("payment_changed") == []  # nothing of it is in a chat


def test_people_are_tipped_in_shared_conversations_alone(market: Market) -> None:
    alone = market.messaging.together(market.ada)
    strangers = market.messaging.together(market.bob, market.eve)

    def tip(conversation_id: str | None) -> str:
        with keyed(market.ada):
            return refused(
                lambda: market.service.create_tip(
                    user_id=market.bob, conversation_id=conversation_id, amount=500, currency="EUR"
                )
            )

    assert tip(market.chat) == "done"
    assert tip(alone) == "unknown_payee"
    assert tip(strangers) == "unknown_conversation"
    assert tip(None) == "one_payee"


@pytest.mark.parametrize("names", [[], ["channel_id", "post_id"], ["channel_id", "user_id"], ["conversation_id"]])
def test_a_tip_has_one_place(market: Market, names: list[str]) -> None:
    place = dict.fromkeys(names, market.chat)
    with keyed(market.ada):
        assert refused(lambda: market.service.create_tip(amount=500, currency="EUR", **place)) == "one_payee"


def test_a_post_is_bought_once(market: Market) -> None:
    post = market.channels.post(market.channels.channel(market.bob), 300)
    begun = market.buy(post)
    assert not market.may_read(market.ada, post)
    assert market.buy(post)["id"] == begun["id"]  # another click, another key
    assert market.finish(begun)["status"] == "succeeded"
    assert market.may_read(market.ada, post)
    assert refused(lambda: market.buy(post)) == "already_paid_for"
    (told,) = market.events("entitlement_changed")
    assert (told["subject_id"], told["active"], told["until"]) == (post, True, None)
    assert market.held(accounts.FEES) == 15


def test_a_post_that_was_begun_by_card_can_be_bought_from_the_balance_instead(market: Market) -> None:
    post = market.channels.post(market.channels.channel(market.bob), 300)
    begun = market.buy(post)
    market.give(market.ada, 300)
    done = market.buy(post, "balance")
    assert (done["status"], market.payment(begun["id"]).status) == ("succeeded", "canceled")
    send(str(begun["action_url"]), shortcut="4242424242424242")
    assert market.see(begun["id"], market.ada)["status"] == "canceled"
    assert market.posted("charge") == 0


def test_a_post_whose_page_was_paid_meanwhile_is_not_bought_again(market: Market) -> None:
    post = market.channels.post(market.channels.channel(market.bob), 300)
    begun = market.buy(post)
    pay(str(begun["action_url"]))  # and nobody has told us yet
    market.give(market.ada, 300)
    assert refused(lambda: market.buy(post, "balance")) == "already_paid_for"
    assert (market.of(market.ada), market.posted("charge"), market.posted("payment")) == (300, 1, 0)


def test_what_has_no_price_is_not_for_sale_and_ones_own_costs_nothing(market: Market) -> None:
    channel = market.channels.channel(market.bob)
    assert refused(lambda: market.buy(market.channels.post(channel))) == "not_for_sale"
    post = market.channels.post(channel, 300)
    market.channels.posts[post]["deleted"] = True
    assert refused(lambda: market.buy(post)) == "not_for_sale"
    assert refused(lambda: market.buy(market.channels.post(channel, 300), user_id=market.bob)) == "not_to_yourself"


def test_a_top_up_is_ones_own(market: Market) -> None:
    with keyed(market.ada):
        begun = market.service.top_up(amount=2000, currency="USD")
    done = market.finish(begun)
    assert (done["kind"], done["payee_id"]) == ("top_up", None)
    assert market.held(accounts.person(market.ada), "USD") == 2000
    with keyed(market.ada):
        ads = market.finish(market.service.top_up(amount=2000, currency="USD", purpose="ads"))
    assert market.held(accounts.ads(market.ada), "USD") == 2000
    assert market.see(ads["id"], market.ada)["status"] == "succeeded"


def test_in_large_groups_the_payee_is_looked_for(market: Market) -> None:
    group = market.messaging.together(market.ada, market.bob, *(new_id() for _ in range(450)))
    assert market.pay(conversation_id=group)["status"] == "requires_action"
    assert refused(lambda: market.pay(conversation_id=group, payee_id=market.eve)) == "unknown_payee"


def test_an_open_payment_can_be_canceled_and_then_nobody_can_pay_it(market: Market) -> None:
    begun = market.pay()
    with keyed(market.ada):
        assert market.service.cancel_payment(payment_id=begun["id"])["status"] == "canceled"
        assert market.service.cancel_payment(payment_id=begun["id"])["status"] == "canceled"
    send(str(begun["action_url"]), shortcut="4242424242424242")
    market.hear()
    assert (market.payment(begun["id"]).status, market.posted("charge")) == ("canceled", 0)


def test_what_was_paid_cannot_be_canceled(market: Market) -> None:
    begun = market.pay()
    pay(str(begun["action_url"]))  # nobody has told us
    with keyed(market.ada):
        assert refused(lambda: market.service.cancel_payment(payment_id=begun["id"])) == "payment_not_open"
    assert market.payment(begun["id"]).status == "succeeded"


def test_the_provider_is_asked_once_a_second_at_most(market: Market) -> None:
    begun = market.pay()
    market.see(begun["id"], market.ada)
    asked = market.payment(begun["id"]).asked_at
    for person in (market.ada, market.bob):
        with keyed(person):
            market.service.get_payment(payment_id=begun["id"])
    assert market.payment(begun["id"]).asked_at == asked


def test_lists_are_ones_own_newest_first_and_paged(market: Market) -> None:
    market.give(market.ada, 1000)
    made = [market.pay(100 + number, method="balance")["id"] for number in range(5)]
    other = market.messaging.together(market.ada, market.bob)
    made.append(market.pay(200, method="balance", conversation_id=other)["id"])

    def pages(user_id: str, **asked: object) -> list[PaymentView]:
        found: list[PaymentView] = []
        after = None
        with keyed(user_id):
            while True:
                page = market.service.list_payments(limit=2, after=after, **asked)  # type: ignore[arg-type]
                found += page["items"]
                after = page["next"]
                if after is None:
                    return found

    assert [each["id"] for each in pages(market.ada)] == made[::-1]
    assert [each["id"] for each in pages(market.bob, role="payee")] == made[::-1]
    assert [each["id"] for each in pages(market.ada, conversation_id=market.chat)] == made[-2::-1]
    assert pages(market.ada, role="payee") == pages(market.bob) == pages(market.eve) == []


def test_nobody_begins_payments_without_end(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("svc_payments.actions.paying.MAX_OPEN", 2)
    first = market.pay()
    market.pay()
    assert refused(market.pay) == "too_many_open_payments"
    market.finish(first)
    assert refused(market.pay) == "done"


def test_what_the_provider_refuses_fails_with_a_stable_code(market: Market) -> None:
    market.sandbox.control("calls", how="refuse", method="POST", path="/v1/checkout", code="amount_too_small")
    failed = market.pay()
    assert (failed["status"], failed["failure"]) == ("failed", "provider_refused")
    assert market.count(ProviderCall) == 0
    assert market.count(Payment, Payment.status.in_(OPEN)) == 0


def test_the_payers_way_back_is_on_our_pages(market: Market) -> None:
    begun = market.pay(return_path="/chats/1?tab=pay#last")
    back = pay(str(begun["action_url"]))
    assert back == f"{settings().public_url}/chats/1?tab=pay&payment_id={begun['id']}#last"


def test_the_ledger_names_the_payment_and_keeps_nobodys_words(market: Market) -> None:
    done = market.paid(1000, note="lunch")
    query = LedgerTransaction.payment_id == done["id"]
    assert market.count(LedgerTransaction, query) == 2  # the charge and the provider's fee
    assert market.count(LedgerTransaction, query, LedgerTransaction.memo != "") == 0
