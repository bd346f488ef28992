"""Stripe's test cards (docs.stripe.com/testing)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an issuer says no; `decline_code` only where Stripe's table names one."""

    code: str
    decline_code: str | None
    message: str


GENERIC = Refusal("card_declined", "generic_decline", "Your card was declined.")
FUNDS = Refusal("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Refusal("card_declined", "lost_card", "Your card was declined.")
STOLEN = Refusal("card_declined", "stolen_card", "Your card was declined.")
FRAUD = Refusal("card_declined", "fraudulent", "Your card was declined.")
VELOCITY = Refusal(
    "card_declined",
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its limit.",
)
EXPIRED = Refusal("expired_card", None, "Your card has expired.")
CVC = Refusal("incorrect_cvc", None, "Your card's security code is incorrect.")
PROCESSING = Refusal(
    "processing_error",
    None,
    "An error occurred while processing your card. Try again in a little bit.",
)


@dataclass(frozen=True, slots=True)
class Card:
    """`authenticates` is whether 3-D Secure is asked before the issuer decides."""

    kind: str
    number: str
    token: str | None = None
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    refusal: Refusal | None = None
    authenticates: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = (
    Card("visa", "4242424242424242", "pm_card_visa"),
    Card("visa_debit", "4000056655665556", "pm_card_visa_debit", funding="debit"),
    Card("mastercard", "5555555555554444", "pm_card_mastercard", "mastercard"),
    Card("mastercard_debit", "5200828282828210", "pm_card_mastercard_debit", "mastercard"),
    Card("amex", "378282246310005", "pm_card_amex", "amex"),
    Card("discover", "6011111111111117", "pm_card_discover", "discover"),
    Card("diners", "3056930009020004", "pm_card_diners", "diners"),
    Card("jcb", "3566002020360505", "pm_card_jcb", "jcb", "JP"),
    Card("unionpay", "6200000000000005", "pm_card_unionpay", "unionpay", "CN"),
    Card("visa_sg", "4000007020000003", "pm_card_sg", country="SG"),
    Card("visa_gb", "4000008260000000", "pm_card_gb", country="GB"),
    Card("visa_au", "4000000360000006", "pm_card_au", country="AU"),
    Card("declined", "4000000000000002", "pm_card_visa_chargeDeclined", refusal=GENERIC),
    Card(
        "insufficient_funds",
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        refusal=FUNDS,
    ),
    Card("lost_card", "4000000000009987", "pm_card_visa_chargeDeclinedLostCard", refusal=LOST),
    Card(
        "stolen_card", "4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", refusal=STOLEN
    ),
    Card("expired_card", "4000000000000069", "pm_card_chargeDeclinedExpiredCard", refusal=EXPIRED),
    Card("incorrect_cvc", "4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", refusal=CVC),
    Card(
        "processing_error",
        "4000000000000119",
        "pm_card_chargeDeclinedProcessingError",
        refusal=PROCESSING,
    ),
    Card(
        "card_velocity_exceeded",
        "4000000000006975",
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        refusal=VELOCITY,
    ),
    Card("fraudulent", "4100000000000019", "pm_card_radarBlock", refusal=FRAUD),
    Card(
        "three_d_secure",
        "4000000000003220",
        "pm_card_threeDSecure2Required",
        country="IE",
        authenticates=True,
    ),
    Card(
        "three_d_secure_always",
        "4000002760003184",
        "pm_card_authenticationRequired",
        country="DE",
        authenticates=True,
    ),
    Card(
        "three_d_secure_unless_set_up",
        "4000002500003155",
        "pm_card_authenticationRequiredOnSetup",
        country="FR",
        authenticates=True,
    ),
    Card(
        "three_d_secure_declined",
        "4000008400001629",
        "pm_card_threeDSecureRequiredChargeDeclined",
        refusal=GENERIC,
        authenticates=True,
    ),
    Card(
        "three_d_secure_insufficient_funds",
        "4000008260003178",
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        country="GB",
        refusal=FUNDS,
        authenticates=True,
    ),
    # The look-up of the authentication fails, so that nobody is ever asked.
    Card(
        "three_d_secure_processing_error",
        "4000008400001280",
        "pm_card_threeDSecureRequiredProcessingError",
        refusal=PROCESSING,
    ),
    Card("three_d_secure_optional", "4000000000003055", "pm_card_threeDSecureOptional"),
)

BY_TOKEN = {card.token: card for card in CARDS if card.token is not None}
_BY_NAME = (
    {card.kind: card for card in CARDS} | {card.number: card for card in CARDS} | dict(BY_TOKEN)
)


def find_card(name: str) -> Card | None:
    """A card by its number, its `pm_card_` token or its kind."""
    return _BY_NAME.get(name.replace(" ", ""))
