"""What intake knows of its channels, on Kafka: read when a partition is taken over, written with every snapshot."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping

from faust.types import TP

from streams import topics
from streams.codec import encode
from streams.rawpartition import RawPartition
from streams.settings import Settings
from streams.state import StateWriter
from streams.watermarks import ChannelClock, read_clock

log = logging.getLogger("fenghuo")


class ClockKeeper:
    """Reads and writes the clocks of channels, one writer a partition: all sources of one go to the same worker.

    Parameters
    ----------
    settings
        Cluster, prefix and group.
    ids
        Ids of topics by their names on the cluster.

    """

    def __init__(self, settings: Settings, ids: Mapping[str, str]) -> None:
        self._settings = settings
        self._ids = ids
        self._writers: dict[int, StateWriter] = {}
        self._kept: dict[int, dict[str, bytes]] = {}

    @property
    def partitions(self) -> Collection[int]:
        """Partitions with a writer."""
        return self._writers.keys()

    async def known(self, tp: TP, topic: str) -> ChannelClock:
        """Return what is known of a partition, of the topic there is now; its former owner is shut out.

        One that was frozen must not put old offsets over new ones.

        Raises
        ------
        StateError
            When what is kept is not what was written.

        """
        if tp.partition not in self._kept:
            topic_of_state = self._settings.topic(topics.INTAKE_STATE)
            writer = StateWriter(self._settings.client(), topic_of_state, tp.partition, self._settings.group)
            await writer.start()
            self._writers[tp.partition] = writer
            self._kept[tp.partition] = await writer.read()  # from here on nobody else writes it
        clock = read_clock(self._kept[tp.partition].get(topic))
        if taken := clock.begin_on(self._ids.get(tp.topic, "")):
            log.warning(
                "%s/%d was deleted and made anew after %d of its records were taken in: what it holds now is taken in "
                "from the beginning; what nobody had read before is lost",
                *(tp.topic, tp.partition, taken),
            )
        return clock

    async def write(self, partition: int, raws: Iterable[RawPartition]) -> None:
        """Write what is known now.

        Raises
        ------
        aiokafka.errors.ProducerFenced
            When another worker owns the partition by now.

        """
        known = {raw.topic: encode(raw.clock) for raw in raws}
        await self._writers[partition].write(known)
        self._kept[partition] |= known

    async def keep(self, partitions: Collection[int]) -> None:
        """Keep the writers of these partitions, and no others."""
        for partition in self._writers.keys() - set(partitions):
            self._kept.pop(partition, None)
            await self._writers.pop(partition).stop()
