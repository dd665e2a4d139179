"""Dynamic stocks: lifetimes, cohort stocks, products with a component, and cascades of use. Nothing of lithium."""

from lithflow.stocks.cascades import Cascade, Step, StepFlows, cascade, fill
from lithflow.stocks.changes import ByCalendarYear, Changed, MaximumAge, Mixture, Table
from lithflow.stocks.cohorts import CohortStock, inflow_driven
from lithflow.stocks.health import Fade, YearlyFade
from lithflow.stocks.lifetimes import (
    Exponential,
    Fixed,
    FoldedNormal,
    Gamma,
    Logistic,
    LogNormal,
    Normal,
    Weibull,
)
from lithflow.stocks.members import Later, Products, can_follow, use_totals
from lithflow.stocks.product_result import ProductComponentStock
from lithflow.stocks.products import product_component
from lithflow.stocks.rules import Replacement, Reuse
from lithflow.stocks.stores import Store, first_in_first_out
from lithflow.stocks.survival import Lifetime
from lithflow.stocks.targets import stock_driven
from lithflow.stocks.use_arrays import Totals

__all__ = [
    "ByCalendarYear",
    "Cascade",
    "Changed",
    "CohortStock",
    "Exponential",
    "Fade",
    "Fixed",
    "FoldedNormal",
    "Gamma",
    "Later",
    "Lifetime",
    "LogNormal",
    "Logistic",
    "MaximumAge",
    "Mixture",
    "Normal",
    "ProductComponentStock",
    "Products",
    "Replacement",
    "Reuse",
    "Step",
    "StepFlows",
    "Store",
    "Table",
    "Totals",
    "Weibull",
    "YearlyFade",
    "can_follow",
    "cascade",
    "fill",
    "first_in_first_out",
    "inflow_driven",
    "product_component",
    "stock_driven",
    "use_totals",
]
