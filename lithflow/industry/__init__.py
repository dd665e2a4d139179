"""The battery industry as two source documents describe it: firms, segments, capacities, shares and places.

Every table is a pandas data frame, ready to plot, with its title in ``attrs["title"]`` and the units of its numbers in
``attrs["units"]``. Numbers come from the seeds (``seeds/``) and are cited by id; where a figure can't be right as
printed, its inconsistency (INC-…) stands in the column ``note``. Where the documents leave something open, tables give
the least and the most that it can be, never a guess.

>>> from lithflow import industry
>>> table = industry.concentration()
>>> table.query("product == 'power batteries'").set_index("year")[["CR1_low", "HHI_low", "HHI_high"]].round(3)
      CR1_low  HHI_low  HHI_high
year
2018   41.278    0.218     0.220
2019   51.795    0.304     0.305
2020   50.088    0.289     0.290
"""

from lithflow.industry.bounds import (
    hhi_bounds,
    hhi_bounds_from_top_share,
    top_share_bounds,
    top_share_bounds_from_top_share,
)
from lithflow.industry.capacities import capacity, utilisation
from lithflow.industry.places import cluster, firm_counts, provinces, regions
from lithflow.industry.reach import activities, integration, matrix, segments
from lithflow.industry.register import firms, notes
from lithflow.industry.shares import concentration, domestic_share, installed, printed_shares, world_share
from lithflow.industry.text import industry_text

__all__ = [
    "activities",
    "capacity",
    "cluster",
    "concentration",
    "domestic_share",
    "firm_counts",
    "firms",
    "hhi_bounds",
    "hhi_bounds_from_top_share",
    "industry_text",
    "installed",
    "integration",
    "matrix",
    "notes",
    "printed_shares",
    "provinces",
    "regions",
    "segments",
    "top_share_bounds",
    "top_share_bounds_from_top_share",
    "utilisation",
    "world_share",
]
