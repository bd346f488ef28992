"""GraphiQL as a person uses it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.e2e.conftest import Endpoints

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

# Longer than a booking's own time budget and one slow answer.
PATIENCE_MS = 20_000


class Explorer:
    """`strays` are requests to another host; `problems` what the browser complained of.

    `sent` is the body of the last request that `run` made.
    """

    def __init__(self, page: "Page", endpoints: Endpoints) -> None:
        self.page = page
        self.strays: list[str] = []
        self.problems: list[str] = []
        self.sent: dict[str, Any] = {}
        self._at = endpoints
        self._home = urlsplit(endpoints.graphiql).netloc
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", self._watch)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on(
            "console",
            lambda said: self.problems.append(said.text) if said.type == "error" else None,
        )

    def _watch(self, request: "Request") -> None:
        where = urlsplit(request.url)
        if where.scheme not in {"data", "blob"} and where.netloc != self._home:
            self.strays.append(request.url)

    def open(self) -> None:
        """Open the page and wait for the schema and the editors."""
        with self.page.expect_response(_asks("IntrospectionQuery")):
            self.page.goto(self._at.graphiql)
        self.page.locator(".graphiql-query-editor .view-line").first.wait_for()

    def sign_in(self, password: str | None = None) -> None:
        self.page.get_by_label("Email").fill(self._at.email)
        self.page.get_by_label("Password").fill(password or self._at.password)
        self.page.get_by_role("button", name="Sign in").click()

    def run(self, operation: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Open the operation's tab, run it with its own or these variables; its `data`."""
        # By its title: a tab's accessible name has a second part while it can be closed.
        self.page.get_by_role("tab").get_by_title(operation, exact=True).click()
        if variables is not None:
            self._type(json.dumps(variables))
        with self.page.expect_response(_asks(operation)) as answered:
            self.page.get_by_role("button", name="Execute query").click()
        self.sent = json.loads(answered.value.request.post_data or "{}")
        answer = answered.value.json()
        assert "errors" not in answer, answer["errors"]
        self.page.locator(".result-window .view-line").first.wait_for()
        data: dict[str, Any] = answer["data"]
        return data

    def shoot(self, folder: Path, name: str) -> None:
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=str(folder / f"{name}.png"))

    def _type(self, variables: str) -> None:
        self.page.locator(".graphiql-editor-tool textarea").first.focus()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(variables)
        # The editor has closed brackets and quotes of its own accord.
        self.page.keyboard.press("Control+Shift+End")
        self.page.keyboard.press("Delete")


def _asks(operation: str) -> Callable[[Any], bool]:
    def is_it(response: Any) -> bool:
        sent = response.request.post_data
        return bool(sent) and json.loads(sent).get("operationName") == operation

    return is_it
