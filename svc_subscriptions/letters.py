"""The words of digests, in Spanish and English, as plain text and as HTML."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate
from html import escape

from plumbing.settings import settings
from svc_subscriptions.actions.digests import Claim, Content
from svc_subscriptions.actions.unsubscribing import link

_WORDS = {
    "en": {
        "subject": "What happened on Charla",
        "greeting": "Here is what you have not seen yet.",
        "channels": "Channels",
        "unread": "{title}: {count} unread",
        "mention": "{count} mentions of you",
        "reply": "{count} replies to you",
        "comment": "{count} comments on your posts",
        "watched": "New in {title}",
        "open": "Open Charla",
        "stop": "No more of these mails",
    },
    "es": {
        "subject": "Lo que ha pasado en Charla",
        "greeting": "Esto es lo que aún no has visto.",
        "channels": "Canales",
        "unread": "{title}: {count} sin leer",
        "mention": "{count} menciones",
        "reply": "{count} respuestas",
        "comment": "{count} comentarios en tus publicaciones",
        "watched": "Novedades de {title}",
        "open": "Abrir Charla",
        "stop": "No recibir más correos como este",
    },
}


def digest(claimed: Claim, content: Content) -> EmailMessage:
    """Return a digest as a mail that a mail program can unsubscribe from with one click (RFC 8058)."""
    words = _WORDS["es" if content.locale.lower().startswith("es") else "en"]
    stop = link(claimed.user_id)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings().mail_from, content.email, words["subject"]
    message["Date"], message["Message-ID"] = formatdate(localtime=False), claimed.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{stop}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    sections = _sections(words, content)
    message.set_content(_text(words, sections, stop))
    message.add_alternative(_html(words, sections, stop), subtype="html")
    return message


def _sections(words: dict[str, str], content: Content) -> list[tuple[str, list[str]]]:
    channels = [words["unread"].format(title=title, count=count) for title, count in content.channels]
    counts = [words[kind].format(count=count) for kind, count in content.counts.items()]
    watched = [(words["watched"].format(title=each.title), each.posts) for each in content.watched]
    found = [("", counts), (words["channels"], channels), *watched]
    return [(heading, lines) for heading, lines in found if lines]


def _text(words: dict[str, str], sections: list[tuple[str, list[str]]], stop: str) -> str:
    parts = [words["greeting"]]
    for heading, lines in sections:
        parts.append("\n".join([*([heading] if heading else []), *(f"- {line}" for line in lines)]))
    parts.append(f"{words['open']}: {settings().public_url}\n{words['stop']}: {stop}")
    return "\n\n".join(parts) + "\n"


def _html(words: dict[str, str], sections: list[tuple[str, list[str]]], stop: str) -> str:
    body = [f"<p>{escape(words['greeting'])}</p>"]
    for heading, lines in sections:
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        body.append((f"<h2>{escape(heading)}</h2>" if heading else "") + f"<ul>{items}</ul>")
    body.append(
        f'<p><a href="{escape(settings().public_url)}">{escape(words["open"])}</a><br>'
        f'<a href="{escape(stop)}">{escape(words["stop"])}</a></p>'
    )
    return f"<!doctype html><html><body>{''.join(body)}</body></html>"
