"""The words of the mails, in English and Spanish."""

from __future__ import annotations

from datetime import timedelta

from plumbing.settings import settings
from svc_auth.policy import erasure_grace
from svc_auth.providers import Letter

#: (kind, language) -> (subject, text)
_TEXTS: dict[tuple[str, str], tuple[str, str]] = {
    ("verify_email", "en"): (
        "Confirm your e-mail address",
        "Hello {name},\n\nfollow this link within three days to confirm this address for Charla:\n\n{link}\n\n"
        "If you did not ask for this, do nothing.\n",
    ),
    ("verify_email", "es"): (
        "Confirma tu correo",
        "Hola, {name}:\n\nsigue este enlace en los próximos tres días para confirmar este correo en Charla:\n\n"
        "{link}\n\n"
        "Si no lo has pedido, no hagas nada.\n",
    ),
    ("address_in_use", "en"): (
        "Your address has an account already",
        "Hello,\n\nsomebody gave this address for the account {name} on Charla, but it belongs to another account "
        "already.\nIf that was you, sign in to your first account. If not, do nothing.\n",
    ),
    ("address_in_use", "es"): (
        "Tu correo ya tiene una cuenta",
        "Hola:\n\nalguien ha dado este correo para la cuenta {name} de Charla, pero ya pertenece a otra cuenta.\n"
        "Si has sido tú, entra en tu primera cuenta. Si no, no hagas nada.\n",
    ),
    ("reset_password", "en"): (
        "Set a new password",
        "Hello {name},\n\nfollow this link within an hour to set a new password for Charla:\n\n{link}\n\n"
        "If you did not ask for this, do nothing; your password stays as it is.\n",
    ),
    ("reset_password", "es"): (
        "Pon una contraseña nueva",
        "Hola, {name}:\n\nsigue este enlace durante la próxima hora para poner una contraseña nueva en Charla:\n\n"
        "{link}\n\n"
        "Si no lo has pedido, no hagas nada; tu contraseña sigue igual.\n",
    ),
    ("password_changed", "en"): (
        "Your password was changed",
        "Hello {name},\n\nyour password for Charla was changed and your other devices were signed out.\n"
        "If that was not you, ask for a new password at once.\n",
    ),
    ("password_changed", "es"): (
        "Tu contraseña ha cambiado",
        "Hola, {name}:\n\ntu contraseña de Charla ha cambiado y se ha cerrado la sesión en tus otros dispositivos.\n"
        "Si no has sido tú, pide una contraseña nueva ahora mismo.\n",
    ),
    ("email_changed", "en"): (
        "Your e-mail address was changed",
        "Hello {name},\n\nyour account on Charla no longer uses this address.\n"
        "If that was not you, sign in, change your password and set the address again.\n",
    ),
    ("email_changed", "es"): (
        "Tu correo ha cambiado",
        "Hola, {name}:\n\ntu cuenta de Charla ya no usa este correo.\n"
        "Si no has sido tú, entra, cambia la contraseña y vuelve a poner tu correo.\n",
    ),
    ("export_ready", "en"): (
        "The copy of your data is ready",
        "Hello {name},\n\nthe copy of your data that you asked for is ready, and is kept for seven days.\n"
        "Fetch it in the settings of Charla, under your data:\n\n{link}\n\n"
        "If that was not you, change your password and end your other sessions.\n",
    ),
    ("export_ready", "es"): (
        "La copia de tus datos está lista",
        "Hola, {name}:\n\nla copia de tus datos que has pedido está lista y se guarda siete días.\n"
        "Descárgala en los ajustes de Charla, en tus datos:\n\n{link}\n\n"
        "Si no has sido tú, cambia la contraseña y cierra tus otras sesiones.\n",
    ),
    ("erasure_asked", "en"): (
        "Your account will be deleted",
        "Hello {name},\n\nyour account on Charla will be deleted in {days} days, with your files and your profile.\n"
        "If you want to keep it, sign in before then and call the deletion off:\n\n{link}\n\n"
        "If that was not you, sign in now, call it off and change your password.\n",
    ),
    ("erasure_asked", "es"): (
        "Tu cuenta se va a eliminar",
        "Hola, {name}:\n\ntu cuenta de Charla se eliminará dentro de {days} días, con tus archivos y tu perfil.\n"
        "Si quieres conservarla, entra antes y cancela la eliminación:\n\n{link}\n\n"
        "Si no has sido tú, entra ahora, cancélala y cambia la contraseña.\n",
    ),
}
#: The web client's page for a link; the token is in the fragment, which no server log sees.
_PAGES = {
    "verify_email": "/verify-email",
    "reset_password": "/reset-password",
    "export_ready": "/settings/data",
    "erasure_asked": "/settings/data",
}


def letter(kind: str, to: str, locale: str, *, name: str, token: str = "") -> Letter:
    """Return the mail of a kind in the person's language (English where we lack it)."""
    language = "es" if locale.split("-")[0] == "es" else "en"
    subject, text = _TEXTS[kind, language]
    page = f"{settings().public_url.rstrip('/')}{_PAGES.get(kind, '/')}"
    link = f"{page}#token={token}" if token else page
    days = round(erasure_grace() / timedelta(days=1))
    return Letter(to=to, subject=subject, text=text.format(name=name, link=link, days=days))
