"""Documents that are named rather than sent: learnt from clients, or trusted from the start.

Learnt ones are Apollo's automatic persisted queries: a client names a document by its SHA-256, and
sends its text along once it is told that the name is not known. Trusted ones come from the app's
build; see `resolvers.manifests`.
"""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus

from cachetools import LRUCache

from bff.edge_settings import TrustedDocuments
from resolvers.bodies import BadRequest, Operation
from resolvers.errors import ApiError

NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
NOT_IN_LIST = "PERSISTED_QUERY_NOT_IN_LIST"
# An app has some dozens of operations of about a kilobyte, in a few versions at a time.
LEARNT_BYTES = 4 * 1024 * 1024
_LONGEST_LEARNT = 32 * 1024


class NotKnown(ApiError):
    """Answered with status 200: Apollo's clients read no body under any other."""


class Documents:
    """From what a request names or sends to the text that is meant."""

    def __init__(
        self, *, learns: bool, policy: TrustedDocuments, trusted: Mapping[str, str]
    ) -> None:
        self._learns = learns and policy != "require"
        self._only_trusted = policy == "require"
        self._trusted = dict(trusted) if policy != "off" else {}
        self._trusted_texts = frozenset(self._trusted.values())
        self._learnt: LRUCache[str, str] = LRUCache(
            LEARNT_BYTES, getsizeof=lambda text: len(text.encode())
        )

    def text_of(self, operation: Operation) -> str:
        """Errors: `BadRequest`, `NotKnown`."""
        if operation.document_id is not None:
            return self._named(operation.document_id)
        if operation.sha256 is not None and operation.query is None:
            return self._named(operation.sha256)
        if operation.query is None:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "`query` is missing.")
        if self._only_trusted and operation.query not in self._trusted_texts:
            raise BadRequest(HTTPStatus.FORBIDDEN, "Only the app's own documents are taken.")
        if operation.sha256 is not None:
            self._check(operation.sha256, operation.query)
        return operation.query

    @property
    def trusted_texts(self) -> frozenset[str]:
        return self._trusted_texts

    def learn(self, operation: Operation, text: str) -> None:
        """Keep a text that was sent with its hash, now that it is known to be worth it."""
        name, was_sent = operation.sha256, operation.query is not None
        if name is None or not self._learns or not was_sent or name in self._trusted:
            return
        if len(text) <= _LONGEST_LEARNT:
            self._learnt[name] = text

    def _named(self, name: str) -> str:
        text = self._trusted.get(name) or self._learnt.get(name)
        if text is not None:
            return text
        if self._only_trusted:
            raise NotKnown(NOT_IN_LIST, "PersistedQueryNotInList")
        if not self._learns:
            raise NotKnown(NOT_SUPPORTED, "PersistedQueryNotSupported")
        raise NotKnown(NOT_FOUND, "PersistedQueryNotFound", retryable=True)

    def _check(self, sha256: str, text: str) -> None:
        """One text must never answer to the hash of another."""
        if self._trusted.get(sha256) == text:
            return
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            said = "The text is not the one that this SHA-256 names."
            raise BadRequest(HTTPStatus.BAD_REQUEST, said)
