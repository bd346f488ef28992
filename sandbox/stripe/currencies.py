"""What Stripe takes as an amount (docs.stripe.com/currencies)."""

from sandbox.stripe.errors import invalid_parameter

_CODES = (
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bif bmd bnd bob brl bsd bwp "
    "byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel "
    "gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jpy kes kgs khr kmf krw kyd kzt "
    "lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok "
    "npr nzd pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos "
    "srd std szl thb tjs top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf "
    "yer zar zmw bhd jod kwd omr tnd"
)
SUPPORTED = frozenset(_CODES.split())

# Stripe's published minimums, in minor units; all others depend on the day's rate, so any is taken.
MINIMUM = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "bgn": 100,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
}

# Eight digits, but for currencies whose unit is small.
MOST_DIGITS = {"idr": 12, "lbp": 12, "cop": 10, "huf": 10, "jpy": 10, "inr": 9}


# The smallest coins of these are no amounts (docs.stripe.com/currencies#special-cases).
STEP = {"isk": 100, "ugx": 100, "bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10}


def check_currency(currency: str) -> str:
    """The code in lower case, as Stripe answers it."""
    code = currency.lower()
    if code not in SUPPORTED:
        message = (
            f"Invalid currency: {currency}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(SUPPORTED))}"
        )
        raise invalid_parameter(message, "currency")
    return code


def check_amount(amount: int, currency: str) -> int:
    """An amount in minor units that this currency allows."""
    if amount < MINIMUM.get(currency, 1):
        message = f"Amount must be at least {MINIMUM.get(currency, 1)} {currency}"
        raise invalid_parameter(message, "amount", "amount_too_small")
    if len(str(amount)) > MOST_DIGITS.get(currency, 8):
        message = f"Amount must be no more than {'9' * MOST_DIGITS.get(currency, 8)} {currency}"
        raise invalid_parameter(message, "amount", "amount_too_large")
    if amount % STEP.get(currency, 1):
        message = f"Invalid amount: must be divisible by {STEP[currency]} {currency}"
        raise invalid_parameter(message, "amount")
    return amount
