"""Every metric, in one place: those of a worker, of the process that delivers, and of the board."""

from streams.metrics.board import BoardMetrics
from streams.metrics.delivery import DeliveryMetrics
from streams.metrics.worker import Metrics

__all__ = ["BoardMetrics", "DeliveryMetrics", "Metrics"]
