"""The client opens without network, once it was open with one."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.conftest import MakeClient

# The worker says in its own list of files what the shell is made of.
_SHELL_IS_KEPT = """async () => {
  await navigator.serviceWorker.ready;
  const list = await (await fetch('ngsw.json')).json();
  const shell = list.assetGroups.find((each) => each.name === 'shell').urls;
  const kept = await Promise.all(shell.map((url) => caches.match(url)));
  return shell.length > 5 && kept.every(Boolean);
}"""


def test_the_shell_opens_offline(client: MakeClient, ana: Account) -> None:
    browser = client(ana, service_worker=True).open("c")
    browser.page.wait_for_function(_SHELL_IS_KEPT)
    browser.page.reload()  # now by the worker
    expect(browser.heading("core.nav.chats")).to_be_visible()
    browser.complaints.expect("ERR_INTERNET_DISCONNECTED|ERR_FAILED|504 ")
    browser.context.set_offline(True)
    browser.page.reload()
    expect(browser.heading("core.nav.chats")).to_be_visible()
    browser.sees(browser.words("core.connecting"))
