"""The pages' texts, in English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]

_ENGLISH: Words = {
    "language": "en",
    "sandbox": "Test mode: no money moves here.",
    "pay_title": "Pay",
    "save_title": "Save a card",
    "save_lead": "The card is saved for later payments. Nothing is charged now.",
    "number": "Card number",
    "expiry": "Expiry (MM/YY)",
    "code": "Security code",
    "pay": "Pay {amount}",
    "save": "Save the card",
    "back": "Back, without paying",
    "back_saving": "Back, without saving",
    "cards": "Or use a test card",
    "card_pays": "is accepted",
    "card_asks": "asks for confirmation (3-D Secure), unless it was saved",
    "card_always_asks": "always asks for confirmation (3-D Secure)",
    "card_declined": "is declined",
    "card_empty": "has insufficient funds",
    "card_saves_only": "can be saved, but fails when charged",
    "card_disputes": "pays; its holder then disputes it",
    "card_refund_fails": "pays; refunds fail afterwards",
    "card_refund_waits": "pays; refunds take a while",
    "unknown_card": "This is no test card. Never type a real card here.",
    "bad_expiry": "Write the month and year on which the card expires, such as 12/30.",
    "bad_code": "The security code has three or four digits.",
    "refused_card_declined": "The card was declined. Try another one.",
    "refused_insufficient_funds": "The card has insufficient funds. Try another one.",
    "refused_unproved": "The confirmation failed. Try again, or use another card.",
    "proof_title": "Your bank asks: is it you?",
    "proof_lead_pay": "You are about to pay {amount} to Charla.",
    "proof_lead_save": "Charla would like to save your card.",
    "proof_yes": "Complete",
    "proof_no": "Fail",
    "onboarding_title": "Receive payouts",
    "onboarding_lead": "Now the provider would ask for your name, date of birth and bank account ({country}).",
    "onboarding_yes": "Complete",
    "onboarding_no": "Stay incomplete",
    "closed_title": "This page is over",
    "closed_lead": "It was used already, or too much time has passed. Nothing was paid here now.",
}

_SPANISH: Words = {
    "language": "es",
    "sandbox": "Modo de prueba: aquí no se mueve dinero.",
    "pay_title": "Pagar",
    "save_title": "Guardar una tarjeta",
    "save_lead": "La tarjeta se guarda para pagos futuros. Ahora no se cobra nada.",
    "number": "Número de la tarjeta",
    "expiry": "Caducidad (MM/AA)",
    "code": "Código de seguridad",
    "pay": "Pagar {amount}",
    "save": "Guardar la tarjeta",
    "back": "Volver sin pagar",
    "back_saving": "Volver sin guardar",
    "cards": "O usa una tarjeta de prueba",
    "card_pays": "se acepta",
    "card_asks": "pide confirmación (3-D Secure), salvo si está guardada",
    "card_always_asks": "siempre pide confirmación (3-D Secure)",
    "card_declined": "se rechaza",
    "card_empty": "no tiene fondos suficientes",
    "card_saves_only": "se puede guardar, pero falla al cobrar",
    "card_disputes": "paga; luego su titular reclama",
    "card_refund_fails": "paga; los reembolsos fallan después",
    "card_refund_waits": "paga; los reembolsos tardan un poco",
    "unknown_card": "No es una tarjeta de prueba. No escribas nunca aquí una tarjeta de verdad.",
    "bad_expiry": "Escribe el mes y el año en que caduca la tarjeta, por ejemplo 12/30.",
    "bad_code": "El código de seguridad tiene tres o cuatro cifras.",
    "refused_card_declined": "La tarjeta se ha rechazado. Prueba con otra.",
    "refused_insufficient_funds": "La tarjeta no tiene fondos suficientes. Prueba con otra.",
    "refused_unproved": "La confirmación ha fallado. Inténtalo de nuevo o usa otra tarjeta.",
    "proof_title": "Tu banco pregunta: ¿eres tú?",
    "proof_lead_pay": "Vas a pagar {amount} a Charla.",
    "proof_lead_save": "Charla quiere guardar tu tarjeta.",
    "proof_yes": "Completar",
    "proof_no": "Fallar",
    "onboarding_title": "Recibir pagos",
    "onboarding_lead": "Ahora el proveedor te pediría nombre, fecha de nacimiento y cuenta bancaria ({country}).",
    "onboarding_yes": "Completar",
    "onboarding_no": "Dejar incompleto",
    "closed_title": "Esta página ya no vale",
    "closed_lead": "Ya se usó, o ha pasado demasiado tiempo. Ahora no se ha pagado nada aquí.",
}

LANGUAGES: Mapping[str, Words] = {"en": _ENGLISH, "es": _SPANISH}
_SIGNS = {"eur": "€", "usd": "US$", "gbp": "£", "mxn": "MX$", "jpy": "¥"}


def money(amount: int, currency: str, language: str) -> str:
    """Return an amount as people write it."""
    whole = f"{amount:,}" if currency == "jpy" else f"{amount / 100:,.2f}"
    sign = _SIGNS.get(currency, currency.upper())
    if language == "es":
        return f"{whole.translate(str.maketrans(',.', '.,'))}\N{NO-BREAK SPACE}{sign}"
    return f"{sign}{whole}"
