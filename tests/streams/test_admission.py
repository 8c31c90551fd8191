"""What a process makes of a cluster that does not tell, at the first asking, whether it may."""

from __future__ import annotations

import pytest
from kafka.errors import (
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    KafkaError,
    TransactionalIdAuthorizationFailedError,
    TransactionalIdNotFoundError,
)

from streams.admission import lacking_of_others
from streams.rights import DESCRIBE, GROUP, TRANSACTIONS, Right


class Coordinator:
    """Answers like the cluster's, in turn."""

    def __init__(self, *answers: KafkaError) -> None:
        self.answers = list(answers)

    def describe_transactions(self, _: list[str]) -> None:
        raise self.answers.pop(0)

    describe_groups = describe_transactions


@pytest.mark.parametrize(
    ("kind", "refused"),
    [(GROUP, GroupAuthorizationFailedError), (TRANSACTIONS, TransactionalIdAuthorizationFailedError)],
)
def test_a_coordinator_that_is_not_there_yet_is_asked_again_and_its_no_is_heard(
    kind: str, refused: type[KafkaError]
) -> None:
    right = Right(kind, "city/", (DESCRIBE,))
    assert len(list(lacking_of_others(Coordinator(CoordinatorNotAvailableError(), refused()), [right]))) == 1


def test_an_answer_that_is_about_something_else_is_no_refusal() -> None:
    right = Right(TRANSACTIONS, "city/", (DESCRIBE,), prefixed=True)
    assert not list(lacking_of_others(Coordinator(TransactionalIdNotFoundError()), [right]))
