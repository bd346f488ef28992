"""What of the schema tells of a person, or opens something of theirs: declared, field by field.

A test holds every field, argument and input of the schema to this list or to that of the harmless
ones, so that a new one cannot be forgotten. Log lines hide what stands under one of these names.
"""

# By type, or by `Type.field` for arguments. What identifies a booking or an offer is none: it is
# what an operator finds them by, and opens nothing without its member's token.
PERSONAL: dict[str, frozenset[str]] = {
    "BookWithCardInput": frozenset({"guestNotes"}),
    "BookWithPointsInput": frozenset({"guestNotes"}),
    "Booking": frozenset({"confirmationCode"}),
    "ExperienceFilter": frozenset({"search"}),  # a guest's own words
    "InsufficientPoints": frozenset({"balance"}),
    "Member": frozenset({"email", "firstName", "lastName", "phoneNumber"}),
    "Membership": frozenset({"number"}),
    "PaymentSheet": frozenset({"customerId", "ephemeralKeySecret", "paymentIntentClientSecret"}),
    "PointsBalance": frozenset({"balance"}),
    "RefreshSessionInput": frozenset({"refreshToken"}),
    "Session": frozenset({"accessToken", "idToken", "refreshToken"}),
    "SignInInput": frozenset({"email", "password"}),
}


def plain_name(name: str) -> str:
    """One spelling for `guestNotes`, `guest_notes` and `Guest-Notes`."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


PERSONAL_NAMES = frozenset(plain_name(name) for names in PERSONAL.values() for name in names)
