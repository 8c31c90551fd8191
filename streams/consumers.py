"""Kafka's consumers as everything here uses them: they unpack a fetch within bounds, as `streams.unpacking` does."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import aiokafka.consumer.fetcher
import kafka.consumer.fetcher
from aiokafka import AIOKafkaConsumer
from kafka import KafkaConsumer

from streams.unpacking import unpacked

__all__ = ["AIOKafkaConsumer", "KafkaConsumer"]


def _bound(fetcher: ModuleType) -> None:
    """Put ours before what reads the batches of a fetch: neither client has a place for it; both call it by name."""
    read: Callable[[Any], Any] = fetcher.MemoryRecords

    def within_bounds(fetched: Any) -> Any:  # noqa: ANN401 - both libraries' own
        return read(unpacked(fetched) if fetched else fetched)

    fetcher.MemoryRecords = within_bounds  # type: ignore[attr-defined]


_bound(aiokafka.consumer.fetcher)
_bound(kafka.consumer.fetcher)
