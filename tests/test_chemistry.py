"""Chemistry: contents and conversion factors against figures from outside."""

from __future__ import annotations

import numpy as np
import pytest

from lithflow.chemistry import COMPOUNDS, FormulaError, atoms, content, conversion_factor, faraday_floor, molar_mass


@pytest.mark.parametrize(
    ("source", "target", "factor", "digits"),
    [
        ("lithium", "carbonate", 5.3233, 4),
        ("lithium", "oxide", 2.1527, 4),
        ("oxide", "carbonate", 2.4729, 4),
        ("hydroxide monohydrate", "carbonate", 0.8804, 4),
        ("LiPF6", "Li", 0.04569, 5),
        ("carbonate", "carbonate", 1.0, 12),
    ],
)
def test_golden_factors(source: str, target: str, factor: float, digits: int) -> None:
    assert round(conversion_factor(source, target), digits) == factor


# Handbook values: g/mol to two decimals
@pytest.mark.parametrize(
    ("formula", "mass"),
    [("Li2CO3", 73.89), ("LiOH·H2O", 41.96), ("Li2O", 29.88), ("LiPF6", 151.90), ("LiCl", 42.39), ("LiFSI", 187.07)],
)
def test_molar_masses(formula: str, mass: float) -> None:
    assert molar_mass(formula) == pytest.approx(mass, abs=0.015)


# Li2O in percent as mineralogical tables give it: spodumene's theoretical content, the range of lepidolites
@pytest.mark.parametrize(("mineral", "least", "most"), [("spodumene", 8.02, 8.04), ("lepidolite", 3.3, 7.74)])
def test_minerals(mineral: str, least: float, most: float) -> None:
    assert least < 100 * content(mineral) / content("Li2O") < most


@pytest.mark.parametrize("name", COMPOUNDS)
def test_every_compound(name: str) -> None:
    shares = [content(name, element) for element in atoms(name)]
    assert sum(shares) == pytest.approx(1, abs=1e-12)
    assert 0.02 < content(name) <= 1
    assert molar_mass(name) == molar_mass(COMPOUNDS[name])


@pytest.mark.parametrize("name", ["NMC111", "NMC532", "NMC622", "NMC811"])
def test_names_of_ternary_cathodes_say_their_metals(name: str) -> None:
    counts = atoms(name)
    wanted = np.array([int(digit) for digit in name[3:]])
    metals = np.array([counts["Ni"], counts["Mn"], counts["Co"]])
    assert metals == pytest.approx(wanted / wanted.sum())
    assert counts["Li"] == 1
    assert counts["O"] == 2


@pytest.mark.parametrize("name", ["NCA", "LCO", "LFP", "LMFP", "LMO"])
def test_charges_of_cathodes_balance(name: str) -> None:
    counts = atoms(name)
    anion = 3 if "P" in counts else 2 * counts["O"]
    metals = sum(count for element, count in counts.items() if element in ("Ni", "Co", "Al", "Mn", "Fe"))
    oxidation = {"LMO": 3.5, "LFP": 2, "LMFP": 2}.get(name, 3)
    assert counts["Li"] + oxidation * metals == pytest.approx(anion)


def test_ways_of_writing_a_formula() -> None:
    assert atoms("LiNi1/3Mn1/3Co1/3O2") == pytest.approx({"Li": 1, "Ni": 1 / 3, "Mn": 1 / 3, "Co": 1 / 3, "O": 2})
    assert atoms("LiOH+H2O") == atoms("LiOH·H2O") == atoms("LiOH(H2O)") == {"Li": 1, "O": 2, "H": 3}
    assert atoms("Li2SO4·2H2O") == {"Li": 2, "S": 1, "O": 6, "H": 4}
    assert atoms("Li2 CO3") == {"Li": 2, "C": 1, "O": 3}
    assert atoms("KLi1.5Al1.5(Si3Al)O10F2")["Al"] == 2.5
    assert content("NMC811", "Ni") == pytest.approx(0.4826, abs=1e-4)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("", "expected element symbols, counts and brackets"),
        ("LiNi0.8Xx0.2O2", "unknown element Xx"),
        ("NMC81", "can't be read: .*; nearest: NMC811"),
        ("carbonat", "nearest: carbonate"),
        ("Li2CO3; rm", "expected element symbols"),
        ("Li(OH", "can't be read"),
        ("Li1/0O2", "can't be read: division by zero"),
        ("D2O", "unknown element 'D'"),
        ("5wt% NaCl", "expected element symbols"),
        ("2", "can't be read|expected"),
        ("Li0CO3", "expected a count of Li above 0, got 0"),
    ],
)
def test_formulas_that_cannot_be_read(formula: str, message: str) -> None:
    with pytest.raises(FormulaError, match=message):
        content(formula)
    with pytest.raises(FormulaError):
        conversion_factor(formula, "Li2CO3")


def test_elements_that_are_not_there() -> None:
    with pytest.raises(FormulaError, match="'LiFePO4': expected the element 'Co' in it, got Li, Fe, P, O"):
        content("LiFePO4", "Co")
    with pytest.raises(FormulaError, match="unknown element 'Lx'; nearest: "):
        faraday_floor(3.7, "Lx")
    with pytest.raises(FormulaError, match="can't be read"):
        molar_mass("lico")
    with pytest.raises(FormulaError, match="can't be read"):
        atoms("lico")


def test_faraday_floor() -> None:
    assert round(faraday_floor(3.7), 4) == 0.0700
    assert round(faraday_floor(3.2), 4) == 0.0809
    assert isinstance(faraday_floor(3.7), float)
    assert faraday_floor(np.array([3.7, 7.4])) == pytest.approx([0.0700, 0.0350], abs=5e-5)
    # a cathode's lithium, moved in full, gives its theoretical capacity: LiFePO4 has 170 mAh/g
    per_kwh = content("LiFePO4") / faraday_floor(1.0)
    assert 1000 * per_kwh == pytest.approx(170, abs=0.5)


@pytest.mark.parametrize("voltage", [0, -3.7, float("nan"), [3.7, 0.0]])
def test_voltages_above_zero(voltage: object) -> None:
    with pytest.raises(ValueError, match="voltage: expected a number above 0 V"):
        faraday_floor(voltage)  # type: ignore[arg-type]
