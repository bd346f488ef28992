"""How the CRM says no: an `ErrorCode`, a `Message`, and the HTTP status PROPOSED for each."""


class Refusal(Exception):
    """`code` None: the web server itself answers, without an `ErrorCode`."""

    def __init__(self, status: int, code: int | None, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def service_session_over() -> Refusal:
    """Code 2 CONFIRMED; its status 401 PROPOSED."""
    return Refusal(401, 2, "The service token is missing or expired.")


def member_session_over(status: int = 401) -> Refusal:
    """Code 9 CONFIRMED; 401 PROPOSED, save redeem-point, where 400 is CONFIRMED."""
    return Refusal(status, 9, "The member session is over.")


def wrong_password() -> Refusal:
    return Refusal(400, 1001, "The password is not correct.")


def must_reset_password() -> Refusal:
    return Refusal(400, 1002, "The password must be reset.")


def unusable(message: str) -> Refusal:
    """Code 9000 is CONFIRMED as a general failure; 400 for a body without sense is PROPOSED."""
    return Refusal(400, 9000, message)


def no_such_call() -> Refusal:
    """A path without a route does not get as far as the CRM's own codes (PROPOSED)."""
    return Refusal(404, None, "No HTTP resource was found that matches the request URI.")


# From here on: codes of the PROPOSED range 3001 to 3005.


def not_enough_points() -> Refusal:
    return Refusal(400, 3001, "The points do not suffice.")


def no_such_redemption() -> Refusal:
    return Refusal(404, 3002, "There is no such redemption.")


def more_than_remains() -> Refusal:
    return Refusal(400, 3003, "The amount exceeds what remains to reverse.")


def receipt_used() -> Refusal:
    return Refusal(409, 3004, "The receipt number was used for another redemption.")


def unknown_member() -> Refusal:
    return Refusal(404, 3005, "The member is unknown.")


def membership_not_active() -> Refusal:
    return Refusal(400, 3005, "The membership is not active.")
