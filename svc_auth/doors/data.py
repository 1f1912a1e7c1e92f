"""The door for a copy of one's data, and for leaving for good."""

from __future__ import annotations

import base64

from contracts.auth import ErasureView, ExportFileView, ExportView, LeftBehind
from contracts.base import Page
from plumbing.idempotency import once
from plumbing.rpc import rpc
from svc_auth import checks
from svc_auth.actions import erasing, exports, people
from svc_auth.doors.base import now_utc
from svc_auth.doors.profile import Profile

_MOST_PIECES = 1_000_000


class Data(Profile):
    """Copies of data and erasure of who calls."""

    @rpc
    def start_export(self) -> ExportView:
        """Ask for a copy of everything that is kept of the caller."""
        with self.writing() as session:
            user = people.get(session, self.me(session).user_id, lock=True)

            def begin() -> ExportView:
                return exports.export_view(exports.ask(session, user, now_utc()))

            return once(session, user.user_id, ["start_export"], begin)

    @rpc
    def list_exports(self) -> Page[ExportView]:
        """Return the caller's copies, the newest first; ready ones with a link for an hour."""
        with self.db.reading() as session:
            rows = exports.list_of(session, self.me(session).user_id)
            return {"items": [exports.export_view(row) for row in rows], "next": None}

    @rpc
    def open_export(self, *, link_token: str) -> ExportFileView:
        """Return what is behind a link to a finished copy."""
        token = checks.opaque(link_token, "token")
        with self.db.reading() as session:
            row = exports.open_link(session, token, now_utc())
            name = f"charla-{row.asked_at:%Y-%m-%d}.zip"
            return {"name": name, "size": row.size or 0, "pieces": exports.count_pieces(session, row)}

    @rpc
    def read_export(self, *, link_token: str, number: int) -> str:
        """Return a piece of a finished copy in base64, by a link to it."""
        token, wanted = checks.opaque(link_token, "token"), checks.number(number, "number", _MOST_PIECES)
        with self.db.reading() as session:
            piece = exports.piece(session, exports.open_link(session, token, now_utc()), wanted)
        return base64.b64encode(piece).decode()

    @rpc
    def start_erasure(self, *, password: str | None, messages: LeftBehind) -> ErasureView:
        """Let the caller's account be erased when the grace is over; they proved themselves again."""
        left = checks.left_behind(messages)
        proved = self.proved(checks.maybe_password(password))
        kept_id = self.caller.user().session_id
        with self.writing() as session:
            user = self.unchanged(session, proved)
            return erasing.erasure_view(erasing.ask(session, user, left, kept_id, now_utc()))

    @rpc
    def get_erasure(self) -> ErasureView:
        """Return when the caller's account is to be erased."""
        with self.db.reading() as session:
            return erasing.erasure_view(erasing.find(session, self.me(session).user_id))

    @rpc
    def cancel_erasure(self) -> None:
        """Keep the caller's account after all; the same again does nothing."""
        with self.writing() as session:
            erasing.call_off(session, people.get(session, self.me(session).user_id, lock=True))
