"""Calls the CRM's stand-in as the public record says, over plain httpx: nothing is sent twice."""

import base64
import contextlib
from collections.abc import Iterator
from typing import Any

import httpx

from tests.sandbox_process import Sandbox

# A seeded member with plenty of points.
CUSTOMER = "00010001"
MEMBER_NO = "CT0000001A"
PASSWORD = "mei-likes-points-01"
POINT_TYPE = "C21 Points"


class MembersonCaller:
    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        environment = sandbox.environment
        self.user = environment["MEMBERSON_API_USER"]
        self.password = environment["MEMBERSON_API_PASSWORD"]
        self.headers = {"SvcAuth": svc_auth(self.user, self.password)}
        self.http = http
        self.url = environment["MEMBERSON_URL"]

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        sent = {**self.headers, **headers}
        return self.http.post(f"{self.url}/api/{path}", json=body, headers=sent)

    def get(self, path: str, params: dict[str, str] | None = None, **headers: str) -> Any:
        sent = {**self.headers, **headers}
        return self.http.get(f"{self.url}/api/{path}", params=params, headers=sent)

    def authenticate(self) -> str:
        answer = self.post("user/authenticate", {"UserName": self.user, "Password": self.password})
        token: str = answer.raise_for_status().json()
        self.headers["Token"] = token
        return token

    def sign_in(self, customer: str = CUSTOMER, password: str = PASSWORD) -> httpx.Response:
        answer = self.post(f"profile/{customer}/signin", {"Password": password})
        if answer.is_success:
            self.headers["ProfileToken"] = answer.json()["Token"]
        return answer

    def redeem(self, receipt: str, amount: Any = 300, **changes: Any) -> httpx.Response:
        return self.post(
            "transaction/redeem-point", {**order(receipt), "Amount": amount, **changes}
        )

    def cancel(self, receipt: str, **changes: Any) -> httpx.Response:
        return self.post("transaction/cancel-redeem-point", {**order(receipt), **changes})

    def history(self, **params: str) -> httpx.Response:
        answer: httpx.Response = self.get(f"member/{MEMBER_NO}/transactions", params)
        return answer

    def balance(self) -> float:
        summary = self.get(f"profile/{CUSTOMER}/summary").json()
        accounts = summary["MembershipSummaries"][0]["AccountSummaries"]
        return float(accounts[0]["Balance"])


def order(receipt: str) -> dict[str, Any]:
    return {
        "MemberNo": MEMBER_NO,
        "PointType": POINT_TYPE,
        "TransactionDate": "2026-03-02T16:00:00+08:00",
        "Location": "HQ",
        "RedemptionCode": "RD001",
        "Description": "Dinner for two",
        "ReceiptNo": receipt,
    }


def svc_auth(user: str, password: str, between: str = ",") -> str:
    return between.join(base64.b64encode(part.encode()).decode() for part in (user, password))


@contextlib.contextmanager
def signed_in(sandbox: Sandbox) -> Iterator[MembersonCaller]:
    """A caller with all three headers; the calls it took are forgotten."""
    with httpx.Client(trust_env=False, timeout=10) as http:
        caller = MembersonCaller(sandbox, http)
        caller.authenticate()
        caller.sign_in().raise_for_status()
        sandbox.forget_calls()
        yield caller
