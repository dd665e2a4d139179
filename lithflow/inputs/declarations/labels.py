"""Labels that the chain and its indicators name: `dimensions.yaml` may add to them where said, not rename them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NEEDED_LABELS", "NeededLabels"]


@dataclass(frozen=True)
class NeededLabels:
    """Labels of one dimension that are named in code.

    Parameters
    ----------
    dimension
        The dimension.
    labels
        The labels that must be there, in any order.
    reason
        What they are needed for, a short clause.
    closed
        Whether further labels have no place in the chain.
    """

    dimension: str
    labels: tuple[str, ...]
    reason: str
    closed: bool = False


NEEDED_LABELS = (
    NeededLabels("metal", ("Ni", "Co", "Mn"), "it counts them by the formula of the cathode"),
    NeededLabels("resource", ("spodumene", "brine"), "it refines imported concentrate as spodumene and pumps brine"),
    NeededLabels("salt", ("carbonate", "hydroxide"), "it turns carbonate into hydroxide"),
    NeededLabels("electrolyte_salt", ("LiPF6",), "it compares its use with what plants can make"),
    NeededLabels("battery_part", ("electrode", "cell", "pack"), "it puts batteries together of them", closed=True),
    NeededLabels("scrap_step", ("electrode", "cell"), "it parts new scrap by them", closed=True),
    NeededLabels("pretreatment_step", ("dismantling", "shredding"), "it parts pretreatment by them", closed=True),
    NeededLabels("recovery_step", ("leaching", "purification", "product"), "it parts recovery by them", closed=True),
    NeededLabels("activity", ("refining", "cells", "recycling"), "it sums energy and emissions of them", closed=True),
    NeededLabels("feed", ("home", "imported"), "it parts refining by them", closed=True),
    NeededLabels(
        "battery_use",
        ("vehicle", "storage", "two_wheeler", "consumer"),
        "it collects batteries of these uses",
        closed=True,
    ),
    NeededLabels("device", ("storage", "two_wheeler", "consumer"), "it makes batteries for them", closed=True),
    NeededLabels(
        "cause",
        ("one_life", "vehicle_scrapped", "battery_replaced", "battery_worn", "both"),
        "it parts removals by these causes",
        closed=True,
    ),
    NeededLabels("channel", ("formal", "informal"), "it parts collection between them", closed=True),
    NeededLabels(
        "trade_stage",
        ("concentrate", "salts", "cathode", "electrolyte", "cells", "device_cells", "vehicles", "black_mass"),
        "regions trade them",
        closed=True,
    ),
    NeededLabels("scrap", ("old", "new", "imported"), "it follows them apart through recycling", closed=True),
)
