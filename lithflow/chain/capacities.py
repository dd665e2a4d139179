"""Plant capacities by stage, to set beside what is made."""

from __future__ import annotations

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting

__all__ = ["run_capacities"]


def run_capacities(p: Setting, ledger: Ledger) -> None:
    """Enter what plants at home can make; capacity doesn't limit output, so utilisation above one is a finding."""
    ledger.post("salt_capacity", p["refining.capacity"])
    ledger.post("cathode_capacity", p["materials.cathode_capacity"])
    ledger.post("electrolyte_salt_capacity", p["materials.electrolyte_salt_capacity"])
    ledger.post("cell_capacity", p["cells.capacity"])
