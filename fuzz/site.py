"""What each part of a fuzz has in its hands: the stack, its doors, and people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fuzz.people import Person
from fuzz.watch import Watch
from stack.rundir import RunDir
from stack.running import RunningStack, load


@dataclass
class Site:
    """A stack that is up, and who there is.

    Attributes:
        run: Its run directory.
    """

    run: RunDir

    @cached_property
    def stack(self) -> RunningStack:
        """The running stack."""
        return load(self.run.path)

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return self.stack.url

    @property
    def media_url(self) -> str:
        """The origin of uploads and of what was uploaded."""
        return f"http://127.0.0.1:{self.stack.ports['media-http']}"

    def watch(self) -> Watch:
        """Return a new watch over all programs."""
        return Watch(self.stack, self.run.logs)

    def person(self, name: str) -> Person:
        """Return somebody new."""
        return Person.register(self.url, name)

    def admin(self, name: str) -> Person:
        """Return somebody new who administers the platform; the first one is made by auth's own job."""
        person = self.person(name)
        self.stack.make_admin(person.username)
        person.sign_in()
        return person
