"""What collection and recovery do to primary lithium and import reliance until 2050.

Three paths from 2026 on, with the observed years kept: practice as it is, collection as the goals want it, and better
recovery as well.
Run it with ``python examples/goals_2035.py``.
"""

import lithflow as lf

model = lf.load()

# share of the traction batteries that left their last use, and of these at listed recyclers, which recover more
collected = {"from": 2026, "values": {2025: 0.54, 2035: 0.95}}
listed = {"from": 2026, "values": {2025: 0.34, 2035: 0.90}}

practice = model.run("baseline")
collection = model.run("baseline", {"collection.rate.vehicle": collected})
recovery = model.run("baseline", {"collection.rate.vehicle": collected, "collection.formal_share": listed})
collection.scenario, recovery.scenario = "collection 95 %", "and listed recyclers 90 %"
runs = [practice, collection, recovery]
years = [2025, 2030, 2035, 2040, 2045, 2050]

for name, unit, title in (
    ("primary_supply", "kt LCE/year", "Primary lithium used, kt LCE a year"),
    ("secondary_supply_old", "kt LCE/year", "Lithium recovered from end-of-life batteries, kt LCE a year"),
    ("import_reliance", "percent", "Import reliance, percent"),
    ("eol_recycling_input_rate", "percent", "Share of old scrap in lithium used, percent"),
):
    table = lf.compare(runs, name, unit).loc[years].T
    print(f"{title}\n{table.to_string(float_format='{:,.1f}'.format)}\n")

saved = lf.compare(runs, "primary_demand_cumulative", "kt LCE").loc[2050]
for run in runs[1:]:
    print(f"{run.scenario}: {saved['baseline'] - saved[run.scenario]:,.0f} kt LCE less from ore and brine by 2050")
print(practice.balance)
