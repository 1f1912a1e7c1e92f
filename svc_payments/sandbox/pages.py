"""The pages that browsers see: paying, saving a card, the bank's question, and an account's questions."""

from __future__ import annotations

import hmac
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from svc_payments.sandbox.cards import CARDS, Card, card_of
from svc_payments.sandbox.objects import accounts, confirming, methods, sessions, setups
from svc_payments.sandbox.options import Options
from svc_payments.sandbox.refusals import Refusal
from svc_payments.sandbox.store import Store, Thing
from svc_payments.sandbox.words import LANGUAGES, Words, money

_EXPIRY = re.compile(r"(0[1-9]|1[0-2])\s*/\s*(?:20)?([0-9]{2})")
_CODE = re.compile(r"[0-9]{3,4}")
_FAR_YEARS = 4


@dataclass(frozen=True)
class _Typed:
    """What somebody typed, or the key of the sentence that says what is wrong with it."""

    card: Card | None = None
    exp_month: int = 12
    exp_year: int = 0
    wrong: str = ""


class Pages:
    """Shows pages, and takes what is sent from them."""

    def __init__(self, store: Store, options: Options) -> None:
        self._store = store
        self._pages = options.public_url

    # paying, and saving a card

    def show(self, id: str) -> Response:  # noqa: A002 - of the path
        """Show the page of a session."""
        try:
            session = self._store.get("checkout.session", id)
        except Refusal:
            return _closed()
        if session["status"] != "open":
            return _closed()
        return _card_page(session, "refused_unproved" if request.args.get("unproved") else "")

    def send(self, id: str) -> Response:  # noqa: A002
        """Try the card that was typed in, or the test card that was chosen."""
        typed = _typed(request.form)
        with self._store.transaction():
            try:
                session = self._store.get("checkout.session", id)
            except Refusal:
                return _closed()
            if session["status"] != "open":  # sent twice: the first one has done it
                return _to(_named(session["success_url"], session)) if session["status"] == "complete" else _closed()
            if typed.card is None:
                return _card_page(session, typed.wrong)
            try:
                intent = self._try(session, typed.card, typed)
            except Refusal as refusal:
                reason = refusal.body["error"].get("decline_code")
                known = "refused_insufficient_funds" if reason == "insufficient_funds" else "refused_card_declined"
                return _card_page(session, known)
            if intent["status"] == "requires_action":
                return _to(intent["next_action"]["redirect_to_url"]["url"])
            sessions.complete(self._store, session)
        return _to(_named(session["success_url"], session))

    def _try(self, session: Thing, card: Card, typed: _Typed) -> Thing:
        store = self._store
        method = methods.make(store, card, typed.exp_month, typed.exp_year)
        if session["mode"] == "payment":
            intent = sessions.intent_of(store, session)
            confirming.confirm(store, intent, method, pages=self._pages)
        else:
            intent = setups.intent_of(store, session)
            setups.confirm(store, intent, method, pages=self._pages)
        return intent

    # the bank's question

    def ask(self, secret: str) -> Response:
        """Show the bank's question."""
        intent = self._asked(secret)
        if intent is None:
            return _closed()
        words, text = _words(), ""
        if intent["object"] == "payment_intent":
            amount = money(intent["amount"], intent["currency"], words["language"])
            text = words["proof_lead_pay"].format(amount=amount)
        return _page("proof.html", allow=(self._after(intent, "succeeded"),), lead=text or words["proof_lead_save"])

    def answered(self, secret: str) -> Response:
        """Take the answer: complete or fail."""
        proved = request.form.get("answer") == "complete"
        with self._store.transaction():
            intent = self._asked(secret)
            if intent is None:
                return _closed()
            if proved:
                self._proved(intent)
            elif intent["object"] == "payment_intent":
                confirming.unproved(self._store, intent)
            else:
                setups.fail(self._store, intent, {"code": "setup_intent_authentication_failure", "type": "card_error"})
            return _to(self._after(intent, "succeeded" if proved else "failed"))

    def _asked(self, secret: str) -> Thing | None:
        """Return the payment or setup that waits for an answer."""
        found = self._store.find(secret.partition("_secret_")[0])
        if found is None or found["object"] not in ("payment_intent", "setup_intent"):
            return None
        if not hmac.compare_digest(found["client_secret"].encode(), secret.encode()):
            return None
        return found if found["status"] == "requires_action" else None

    def _proved(self, intent: Thing) -> None:
        store = self._store
        method = store.get("payment_method", intent["payment_method"])
        if intent["object"] == "payment_intent":
            confirming.pay(store, intent, method, proved=True)
        else:
            setups.succeed(store, intent, method, proved=True)
        if intent["_session"] is not None:
            sessions.complete(store, store.get("checkout.session", intent["_session"]))

    def _after(self, intent: Thing, outcome: str) -> str:
        """Return where the browser goes on after the answer."""
        if intent["_session"] is None:
            return _with(intent["_return_url"], payment_intent=intent["id"], redirect_status=outcome)
        session = self._store.get("checkout.session", intent["_session"])
        if outcome == "succeeded":
            return _named(session["success_url"], session)
        return f"{self._pages}/c/{session['id']}?unproved=1"

    # an account's questions

    def onboard(self, id: str, token: str) -> Response:  # noqa: A002
        """Show what the provider would ask."""
        found = self._linked(id, token)
        if found is None:
            return _closed()
        account, link = found
        if link["expires_at"] < time.time():
            return _to(link["refresh_url"])
        lead = _words()["onboarding_lead"].format(country=account["country"])
        return _page("onboarding.html", allow=(link["return_url"], link["refresh_url"]), lead=lead)

    def onboarded(self, id: str, token: str) -> Response:  # noqa: A002
        """Take the answers."""
        with self._store.transaction():
            found = self._linked(id, token)
            if found is None:
                return _closed()
            account, link = found
            if link["expires_at"] < time.time():
                return _to(link["refresh_url"])
            accounts.answered(self._store, account, all_of_it=request.form.get("answer") == "complete")
        return _to(link["return_url"])

    def _linked(self, account_id: str, token: str) -> tuple[Thing, Thing] | None:
        account = self._store.find(account_id)
        link = account.get("_link") if account else None
        if account is None or not link or not hmac.compare_digest(link["token"].encode(), token.encode()):
            return None
        return account, link


def _typed(form: MultiDict[str, str]) -> _Typed:
    far = time.gmtime().tm_year + _FAR_YEARS
    chosen = form.get("shortcut", "")
    card = card_of(chosen or form.get("number", ""))
    if card is None:
        return _Typed(wrong="unknown_card")
    if chosen:
        return _Typed(card, 12, far)
    expiry = _EXPIRY.fullmatch(form.get("expiry", "").strip())
    now = time.gmtime()
    if expiry is None or (2000 + int(expiry[2]), int(expiry[1])) < (now.tm_year, now.tm_mon):
        return _Typed(wrong="bad_expiry")
    if not _CODE.fullmatch(form.get("code", "").strip()):
        return _Typed(wrong="bad_code")
    return _Typed(card, int(expiry[1]), 2000 + int(expiry[2]))


def _words() -> Words:
    return LANGUAGES[request.accept_languages.best_match(tuple(LANGUAGES), "en")]


def _card_page(session: Thing, wrong: str) -> Response:
    """Return the form, with what was wrong: as 200, since browsers report other answers as errors of the page."""
    words = _words()
    paying = session["mode"] == "payment"
    amount = money(session["amount_total"], session["currency"], words["language"]) if paying else ""
    allow = (session["success_url"], session["cancel_url"] or "")
    return _page("card.html", allow=allow, session=session, paying=paying, amount=amount, cards=CARDS, wrong=wrong)


def _closed() -> Response:
    response = _page("closed.html")
    response.status_code = 410
    return response


def _page(template: str, *, allow: tuple[str, ...] = (), **values: Any) -> Response:
    """Return a page without scripts. Browsers hold where forms lead, redirects included, against `form-action`."""
    response = make_response(render_template(template, words=_words(), **values))
    targets = " ".join(sorted({f"{url.scheme}://{url.netloc}" for url in map(urlsplit, allow) if url.netloc}))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {targets}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    response.headers["Vary"] = "Accept-Language"
    return response


def _to(url: str) -> Response:
    return make_response(redirect(url, 303))


def _named(url: str, session: Thing) -> str:
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _with(url: str, **values: str) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(values))))
    return urlunsplit(parts._replace(query=query))


def register(app: Flask, store: Store, options: Options) -> None:
    """Give an application the pages."""
    pages = Pages(store, options)
    blueprint = Blueprint("pages", __name__)
    for path, shown, sent in (
        ("/c/<id>", pages.show, pages.send),
        ("/3ds/<secret>", pages.ask, pages.answered),
        ("/onboard/<id>/<token>", pages.onboard, pages.onboarded),
    ):
        blueprint.add_url_rule(path, f"show {path}", shown, methods=["GET"])
        blueprint.add_url_rule(path, f"send {path}", sent, methods=["POST"])
    app.register_blueprint(blueprint)
