"""The floor: a loop around confluent-kafka, whose state is gone when it ends."""

from __future__ import annotations

import sys

import msgspec
from confluent_kafka import Consumer, Producer

BOOTSTRAP, RAW, ALERTS, THRESHOLD = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])


class Report(msgspec.Struct):
    reporter: str
    t: float


def main() -> None:
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": ALERTS, "auto.offset.reset": "earliest"})
    consumer.subscribe([RAW])
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "enable.idempotence": True})
    decode = msgspec.json.Decoder(Report).decode
    who: dict[bytes, tuple[int, set[str]]] = {}
    while True:
        for message in consumer.consume(1_000, 0.1):
            report, key = decode(message.value()), message.key()
            hour = int(report.t // 3_600)
            held = who.get(key)
            if held is None or held[0] != hour:
                held = who[key] = (hour, set())
            reporters = held[1]
            if len(reporters) < THRESHOLD and report.reporter not in reporters:
                reporters.add(report.reporter)
                if len(reporters) == THRESHOLD:
                    producer.produce(ALERTS, msgspec.json.encode({"hour": hour}), key)
        producer.poll(0)


main()
