"""List, search, show, differences, templates, schemas and the reference page."""

import jsonschema
import pytest
from ruamel.yaml import YAML

from lithflow.errors import UnknownNameError
from lithflow.inputs.describe import changed_by, difference, listing, range_text, show, used_by
from lithflow.inputs.documents import reference, schema, schemas, template, units_for
from lithflow.inputs.folders import shipped_folder
from lithflow.inputs.loading import load
from lithflow.inputs.sources import Source, bibtex
from tests.inputs.small import DECLARATIONS, SHIPPED


@pytest.fixture(scope="module")
def inputs():
    return load(declarations=DECLARATIONS, shipped=SHIPPED)


@pytest.fixture(scope="module")
def full():
    return load()


def as_json(value):
    if isinstance(value, dict):
        return {str(key): as_json(child) for key, child in value.items()}
    return [as_json(child) for child in value] if isinstance(value, list) else value


def test_listing(inputs):
    lines = listing(inputs, "recovery black").splitlines()
    assert lines == [
        "recycling.lithium_recovery  percent  year, channel, route  Lithium leaving as salt per lithium in black mass",
        "1 of 12 parameters",
    ]
    assert len(listing(inputs).splitlines()) == 13
    with pytest.raises(UnknownNameError, match="no parameter with `graphite`"):
        listing(inputs, "graphite")


def test_show(inputs):
    assert show(inputs, "lithium_recovery").splitlines() == [
        "recycling.lithium_recovery",
        "              Lithium leaving as salt per lithium in black mass",
        "  here        Lithium leaving as salt per lithium in black mass",
        "  dimensions  year, channel, route",
        "  unit        percent",
        "  bounds      0 to 100",
        "  path        linear between the given years, flat outside them",
        "  values      formal × hydrometallurgy    2020: 85, 2025: 90, 2035: 95",
        "              formal × pyrometallurgy     0",
        "              informal × hydrometallurgy  55",
        "  range       triangular, 0.95 to 1.03 times the value",
        "  source      miit-2024: Ministry of Industry and Information Technology (2024), Standard conditions for the "
        "comprehensive use of waste power batteries",
        "              assumption",
        "  note        The national values are legal minima.",
        "  file        recycling.yaml:3",
        "  used by     chain.recycling",
        "  changed by  goals",
    ] or "  here" not in show(inputs, "lithium_recovery")


def test_show_needs_one_name(inputs):
    with pytest.raises(UnknownNameError, match=r"unknown parameter `fleet\.lif`; nearest: fleet\.life"):
        show(inputs, "fleet.lif")


def test_who_uses_and_who_changes(full):
    assert "used by     chain.footprint, chain.recycling" in show(full, "recycling.lithium_recovery")
    assert "goals" in changed_by(full, "collection.rate")


def test_uses_are_found_by_whole_and_by_composed_names(full):
    assert used_by("fleet.registrations") == ["chain.sales", "inputs.cross_checks"]
    assert "chain.reuse" in used_by("reuse.stress")
    assert used_by("materials.cell_voltage") == ["inputs.cross_checks"]


def test_a_docstring_is_no_use(full):
    assert used_by("collection.rate") == ["chain.collection"]


def test_range_in_words(inputs):
    assert range_text(inputs.records["fleet.life"].uncertainty, "year") == "normal, sd 2 year"
    assert range_text(inputs.records["recycling.route_share"].uncertainty, "percent") == "dirichlet, concentration 50"
    assert range_text(None, "year") == "none given"


def test_difference(inputs, tmp_path):
    assert difference(inputs, inputs) == "nothing differs from the shipped files"
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "collection.yaml").write_text(
        "rate:\n  description: Share of end-of-life batteries that is collected\n  unit: percent\n"
        "  values: {2020: 41, 2030: 95}\n  source: miit-2024\n  note: Rising.\n"
    )
    (tmp_path / "fleet.yaml").write_text(
        "pack_size:\n  description: Nameplate capacity of a battery\n  unit: kWh/vehicle\n"
        "  values: {car: 60, bus: 200}\n  source: assumption\n  note: Rounded.\n"
    )
    (tmp_path / "trade.yaml").write_text(
        "imports:\n  description: Concentrate imported\n  unit: kt/year\n"
        "  values: {AU: {2020: 900, 2030: 2000}, NO: 2e-3, NA: 12.5}\n  source: usgs-2024\n"
    )
    (tmp_path / "materials.yaml").write_text(
        "cathode_formula:\n  description: Formula of the cathode material\n"
        "  values: {LFP: LiMnPO4, NMC811: LiNi0.8Mn0.1Co0.1O2, sodium_ion: NaNi1/3Fe1/3Mn1/3O2}\n"
        "  source: assumption\n  note: Nominal.\n"
    )
    (tmp_path / "scenarios/mine.yaml").write_text("title: M\nreason: r\nsource: assumption\n")
    (tmp_path / "scenarios/goals.yaml").write_text("title: Goals\nreason: other\nsource: assumption\n")
    (tmp_path / "sources.yaml").write_text("me: {author: a, year: 1, title: t, publisher: p, covers: c, limits: l}\n")
    (tmp_path / "dimensions.yaml").write_text("years: {first: 2018, last: 2035, last_observed: 2024}\n")
    lines = difference(inputs, load(tmp_path, declarations=DECLARATIONS, shipped=SHIPPED)).splitlines()
    assert lines[0] == "materials.cathode_formula (text)"
    assert lines[2:] == [
        "fleet.pack_size (kWh/vehicle)",
        "  car  50 → 60",
        "collection.rate (percent)",
        "  2030: 90 → 95",
        "  source: assumption → miit-2024",
        "trade.imports (kt/year)",
        "  NO  0.001 → 0.002",
        "source me: new",
        "scenario goals: changed",
        "scenario mine: new",
        "years: 2018 to 2035, observed to 2023 → 2018 to 2035, observed to 2024",
    ]


def test_templates_can_be_read_and_change_nothing(full, tmp_path):
    for stage in {declaration.stage for declaration in full.declarations.values()}:
        text = template(full, stage)
        assert text.startswith(f"# Parameters of the stage {stage}.")
        (tmp_path / f"{stage}.yaml").write_text(text, encoding="utf-8")
    assert difference(full, load(tmp_path)) == "nothing differs from the shipped files"


def test_template_tells_labels_units_and_bounds(inputs):
    text = template(inputs, "recycling")
    for line in (
        "# channel: formal, informal",
        "# unit: 1, or another that converts to it; 0 to 1",
        "# The values sum to 1 over route.",
        "# What is not named is 0.",
        "      hydrometallurgy: {2020: 85, 2025: 90, 2035: 95}      # legal minima",
    ):
        assert line in text.splitlines()
    with pytest.raises(UnknownNameError, match="unknown stage `recycle`; nearest: recycling"):
        template(inputs, "recycle")


def test_shipped_files_meet_their_schemas(full):
    made = schemas(full)
    root = shipped_folder()
    scenarios = [path for path in (root / "scenarios").glob("*.yaml") if path.name != "blocks.yaml"]
    for name, body in made.items():
        jsonschema.Draft202012Validator.check_schema(body)
        files = {"scenario": scenarios, "blocks": [root / "scenarios/blocks.yaml"]}.get(name, [root / f"{name}.yaml"])
        for path in files:
            if path.exists():
                content = as_json(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
                jsonschema.Draft202012Validator(body).validate(content)


@pytest.mark.parametrize(
    ("key", "value"),
    [("unti", "percent"), ("values", {"formel": 3}), ("values", "much"), ("source", "nobody"), ("path", "lineal")],
)
def test_schemas_refuse_what_the_check_refuses(inputs, key, value):
    body = schema(inputs, "recycling")
    good = {
        "description": "d",
        "unit": "percent",
        "values": {"formal": {"2020": 90}},
        "source": ["seed:X063", "miit-2024"],
    }
    jsonschema.validate({"lithium_recovery": good}, body)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"lithium_recovery": {**good, key: value}}, body)


def test_schema_of_nothing(inputs):
    with pytest.raises(UnknownNameError, match="unknown kind of file `scenarios`; nearest: scenario"):
        schema(inputs, "scenarios")


def test_usual_units(inputs):
    assert units_for(inputs.declarations["mining.output"])[:3] == ["t Li/year", "kt Li/year", "t LCE/year"]
    assert "percent" in units_for(inputs.declarations["collection.rate"])


def test_reference_page_names_everything(full):
    page = reference(full)
    assert all(f"`{name}`" in page for name in full.declarations)
    assert "- `formal`: listed recyclers" in page


def test_bibtex():
    source = Source(
        id="a&b 2020", author="A & B", year=2020, title="50 % of_it", doi="10.1/x_y", publisher=None, url=None,
        covers="c", limits="l",
    )  # fmt: skip
    assert bibtex([source]) == (
        "@misc{a-b-2020,\n  author = {{A \\& B}},\n  year = {2020},\n  title = {{50 \\% of\\_it}},\n"
        "  doi = {10.1/x\\_y},\n  note = {Covers: c. Limits: l}\n}\n"
    )
    assert bibtex([]) == ""
