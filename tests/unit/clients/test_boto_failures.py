"""What botocore says without having called, in our kinds."""

from botocore import exceptions

from clients.boto_failures import sorted_failure
from clients.errors import OutcomeUnknown, Refused


def test_a_call_that_does_not_fit_the_service_is_refused_without_its_text() -> None:
    failure = sorted_failure("up", "x", exceptions.ParamValidationError(report="mei@example.test"))
    assert isinstance(failure, Refused)
    assert "mei" not in str(failure)


def test_a_failure_nobody_foresaw_leaves_the_outcome_open() -> None:
    assert type(sorted_failure("up", "x", RuntimeError("mei@example.test"))) is OutcomeUnknown
    empty = exceptions.ClientError({}, "x")
    assert type(sorted_failure("up", "x", empty)) is Refused
