"""The guest of a form."""

from sandbox.seed import identifiers
from sandbox.sevenrooms.fields import Fields
from sandbox.sevenrooms.replies import Refusal
from sandbox.sevenrooms.rows import Guest
from sandbox.sevenrooms.state import digits


def read_guest(form: Fields, *, contact_needed: bool = True) -> Guest:
    """Names and an E.164 phone are needed on create (CONFIRMED-V)."""
    read = form.needed if contact_needed else form.text
    first, last = read("first_name") or "", read("last_name") or ""
    phone = form.phone("phone") if contact_needed or form.text("phone") else None
    email = form.text("email")
    if email is not None and "@" not in email:
        raise Refusal(400, "email is not valid")
    identity = f"{digits(phone)}:{first} {last}".casefold()
    return Guest(
        client_id=form.text("client_id") or identifiers.entity_id("client", identity),
        first_name=first,
        last_name=last,
        phone=phone,
        email=email,
        loyalty_id=form.text("loyalty_id"),
    )
