"""Every proof may ask for the running sandbox, and for AWS's stand-ins."""

from tests.aws_stand_ins import aws, dynamodb
from tests.sandbox_process import sandbox, sandbox_process

__all__ = ["aws", "dynamodb", "sandbox", "sandbox_process"]
