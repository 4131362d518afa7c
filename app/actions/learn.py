"""Taking a stored series into the arrays that folding reads."""

from app.domain.assignments import Assignment
from app.domain.feeds import Feeds
from app.domain.histogram_feeds import HistogramSeries
from app.domain.series import Shape
from app.store.series import StoredSeries

HISTOGRAMS = (Shape.HISTOGRAM, Shape.DELTA_HISTOGRAM)


def learn(feeds: Feeds, stored: StoredSeries) -> HistogramSeries | None:
    """Learn a series; a histogram-shaped one that feeds anything is handed back as what follows its samples."""
    is_histogram = stored.shape in HISTOGRAMS
    assignment = Assignment("", "", stored.source, stored.rank, stored.feeds)
    scalar_feeds = [] if is_histogram else feeds.lanes.feeds_of(stored.service_id, assignment)
    feeds.learn(
        stored.id,
        kind=stored.kind,
        service_id=stored.service_id,
        order=stored.order,
        feeds=scalar_feeds,
    )
    if not is_histogram or not stored.feeds:
        return None
    row = feeds.lanes.row(stored.service_id, stored.source, rank=stored.rank)
    return HistogramSeries(stored.feeds, row, delta=stored.shape is Shape.DELTA_HISTOGRAM)
