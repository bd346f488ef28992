"""Every suite of a port runs against each implementation, on real servers where it has one."""

from tests.aws_stand_ins import aws, dynamodb
from tests.ledger_kinds import store

__all__ = ["aws", "dynamodb", "store"]
