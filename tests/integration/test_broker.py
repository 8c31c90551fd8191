from __future__ import annotations

import pytest
from kafka import KafkaAdminClient


@pytest.mark.kafka
def test_the_broker_answers(kafka: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    try:
        assert admin.list_topics() == []
    finally:
        admin.close()
