"""The documents that a guest's app sends."""

SLOTS = """query($day: Date!, $party: Int!) { experiences(first: 60) { edges { node {
    venue { id } availability(date: $day, partySize: $party) {
      slots { id kind startsAt remaining price { amount currency points } } } } } } }"""

SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) { __typename
    ... on Session { accessToken } ... on UserError { message retryable } } }"""

_BOOKING = " fragment B on Booking { id status statusReason }"

POINTS = (
    """mutation($input: BookWithPointsInput!) { result: bookWithPoints(input: $input) { __typename
    ... on BookingAccepted { booking { ...B } }
    ... on UserError { message retryable } } }"""
    + _BOOKING
)

_CARD = (
    """ { __typename
    ... on BookingAccepted { booking { ...B } }
    ... on CardActionRequired { booking { ...B } paymentSheet { paymentIntentClientSecret } }
    ... on PaymentDeclined { declineCode }
    ... on UserError { message retryable } } }"""
    + _BOOKING
)
CARD = f"mutation($input: BookWithCardInput!) {{ result: bookWithCard(input: $input) {_CARD}"
CONFIRM = (
    "mutation($input: ConfirmCardBookingInput!) { result: confirmCardBooking(input: $input)"
    f" {_CARD}"
)

CANCEL = (
    """mutation($input: CancelBookingInput!) { result: cancelBooking(input: $input) { __typename
    ... on BookingCancelled { booking { ...B } } ... on UserError { message } } }"""
    + _BOOKING
)

TOLD = """ fragment T on Booking { id status statusReason payment { __typename
    ... on PointsPayment { points } ... on CardPayment { amount currency } } }"""

ONE = """query($id: ID!) { booking(id: $id) { ...T } }""" + TOLD

MINE = (
    """query($after: String) { me { bookings(first: 100, after: $after) { isPartial
    pageInfo { hasNextPage endCursor } edges { node { ...T } } } } }"""
    + TOLD
)
