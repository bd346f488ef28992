"""Twenty members over tiers and balances, with every oddity that the CRM is known for."""

from decimal import Decimal

from sandbox.seed.model import Member, Membership

_FAR = "2036-08-31T23:59:59+08:00"
_FAR_WITHOUT_OFFSET = "2034-12-31T23:59:59"
_PAST = "2021-03-31T23:59:59+08:00"


def _membership(
    number: str,
    tier: str,
    balance: str,
    status: str = "ACTIVE",
    expires: str | None = _FAR,
    point_type: str = "C21 Points",
) -> Membership:
    return Membership(
        number=number,
        tier=tier,
        status=status,
        expires=expires,
        balance=Decimal(balance),
        point_type=point_type,
    )


def _member(  # noqa: PLR0913 - one row of a table
    customer: int,
    name: tuple[str, str],
    phone: tuple[str, str] | None,
    nationality: str,
    *memberships: Membership,
    birthday: str = "1988-05-14",
    email: str | None = None,
    must_reset_password: bool = False,
) -> Member:
    first, last = name
    local_part = f"{first}.{last}".lower().replace(" ", "").replace("'", "")
    return Member(
        customer_number=f"{customer:08d}",
        first_name=first,
        last_name=last,
        email=email or f"{local_part}@example.test",
        password=f"{first.lower()}-likes-points-{customer % 100:02d}",
        phone=f"+{phone[0]}{phone[1]}" if phone else None,
        country_code=phone[0] if phone else None,
        nationality=nationality,
        birthday=birthday,
        memberships=memberships,
        must_reset_password=must_reset_password,
    )


MEMBERS: tuple[Member, ...] = (
    # The one that newcomers get to know; plenty of points.
    _member(10001, ("Mei", "Tan"), ("65", "80000001"), "SG",
            _membership("CT0000001A", "Gold", "250000"), birthday="1990-01-31"),
    _member(10002, ("Arjun", "Nair"), ("65", "80000002"), "SG",
            _membership("CT0000002B", "Silver", "48250.50")),
    _member(10003, ("Saoirse", "Byrne"), ("353", "850000003"), "IE",
            _membership("CT0000003C", "Gold", "91200", expires=_FAR_WITHOUT_OFFSET)),
    _member(10004, ("Kenji", "Mori"), ("81", "9000000004"), "JP",
            _membership("CT0000004D", "Platinum", "612345.75")),
    # Too few points for anything.
    _member(10005, ("Ayu", "Lestari"), ("62", "81200000005"), "ID",
            _membership("CT0000005E", "Classic", "120")),
    _member(10006, ("Pim", "Suwan"), ("66", "810000006"), "TH",
            _membership("CT0000006F", "Classic", "0")),
    # Membership over.
    _member(10007, ("Oliver", "Hale"), ("44", "7000000007"), "GB",
            _membership("CT0000007G", "Silver", "30500", "EXPIRED", _PAST)),
    # Membership ended by the club.
    _member(10008, ("Dana", "Whitlock"), ("1", "2025550108"), "US",
            _membership("CT0000008H", "Gold", "77000", "TERMINATED", _FAR)),
    # Two people, one email: nobody can tell from it who signs in.
    _member(10009, ("Luca", "Ferri"), ("39", "3200000009"), "IT",
            _membership("CT0000009J", "Silver", "15000"), email="ferri.family@example.test"),
    _member(10010, ("Giulia", "Ferri"), ("39", "3200000010"), "IT",
            _membership("CT0000010K", "Silver", "22000"), email="ferri.family@example.test"),
    # Two memberships, the first of them over.
    _member(10011, ("Tashi", "Dorji"), ("975", "17000011"), "BT",
            _membership("C00000011L", "Classic", "900", "EXPIRED", _PAST),
            _membership("CT0000011M", "Gold", "134000")),
    # No phone on record.
    _member(10012, ("Noor", "Rahman"), None, "MY",
            _membership("CT0000012N", "Gold", "56000")),
    # Signs in with the right password and is told to choose another.
    _member(10013, ("Bronte", "Aldous"), ("61", "400000013"), "AU",
            _membership("CT0000013P", "Silver", "41000"), must_reset_password=True),
    # No date of expiry: the membership does not end.
    _member(10014, ("Hassan", "Ibrahim"), ("960", "7000014"), "MV",
            _membership("CT0000014Q", "Platinum", "1000000", expires=None)),
    _member(10015, ("Camille", "Joubert"), ("33", "600000015"), "FR",
            _membership("CT0000015R", "Gold", "88888.88")),
    _member(10016, ("Theo", "Marsh"), ("1", "6495550116"), "TC",
            _membership("CT0000016S", "Classic", "5400")),
    # A status that no document names.
    _member(10017, ("Ingrid", "Solberg"), ("47", "40000017"), "NO",
            _membership("CT0000017T", "Silver", "27000", "DORMANT")),
    _member(10018, ("Wei Jie", "Lim"), ("65", "80000018"), "SG",
            _membership("CT0000018U", "Platinum", "430000.25")),
    # A second account under the same membership programme, in another point currency.
    _member(10019, ("Rosa", "Calder"), ("61", "400000019"), "AU",
            _membership("CT0000019V", "Gold", "64000"),
            _membership("CT0000019W", "Gold", "999", point_type="Festive Points")),
    _member(10020, ("Femi", "O'Connell"), ("44", "7000000020"), "GB",
            _membership("CT0000020X", "Classic", "199.99")),
)  # fmt: skip
