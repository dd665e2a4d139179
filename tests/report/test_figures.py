"""Published figures as data: what is read, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

import lithflow as lf
from lithflow.inputs.folders import shipped_folder
from lithflow.report.figures import document_figures, known_sources, published_figures
from lithflow.units import parse_unit

HEAD = "id,quantity,value,unit,year,region,source,status,note\n"
ROW = "mined_2020,Lithium mined,13.3,kt Li/year,2020,China,energy-institute-2024,published,revised\n"


def folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "observations.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_published_figure_by_hand(tmp_path: Path) -> None:
    (figure,) = published_figures(folder_with(tmp_path, HEAD + ROW)).values()
    assert (figure.id, figure.value, figure.unit, figure.year) == ("mined_2020", 13.3, "kt Li/year", 2020)
    assert (figure.source, figure.status, figure.region, figure.note) == (
        "energy-institute-2024",
        "published",
        "China",
        "revised",
    )


def test_a_figure_of_the_documents_cites_itself() -> None:
    figure = document_figures()["X063"]
    assert (figure.value, figure.unit, figure.year, figure.source) == (41, "%", 2020, "seed:X063")
    assert document_figures()["X001"].year is None


def test_shipped_figures_are_of_the_base_years() -> None:
    figures = published_figures()
    assert {figure.year for figure in figures.values()} == set(range(2015, 2025))
    assert {figure.region for figure in figures.values()} <= {"China", "World"}
    for figure in figures.values():
        parse_unit(figure.unit or "")
        assert figure.value is not None
        assert figure.value > 0
        assert figure.status != "derived" or figure.note, figure.id


def test_shipped_files_say_what_was_not_seen() -> None:
    unseen = {name for name, figure in published_figures().items() if figure.status == "unverified"}
    assert unseen == {"sales_2024", "installed_2016", "installed_lfp_2022", "installed_ternary_2022"}


def test_sources_are_those_of_the_parameters() -> None:
    assert {"cabia", "sun-2024"} <= known_sources()
    assert shipped_folder("seeds").is_dir()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            ROW,
            r"observations.csv:1:1: the column id, quantity, value, unit, year, region, source, status, note is miss",
        ),
        (HEAD + ROW + ROW, r"observations.csv:3:1 mined_2020: the id is used twice"),
        (HEAD + ROW.replace("13.3", "13,3").replace("13,3", '"13,3"'), r"expected a number, got `13,3`; write 13.3"),
        (HEAD + ROW.replace("kt Li/year,2020", "kt Li/year,2020-21"), r"expected a year such as 2025, got `2020-21`"),
        (HEAD + ROW.replace("kt Li", "kLi"), r"mined_2020: .*kLi"),
        (HEAD + ROW.replace("published", "seen"), r"expected one of published, derived, unverified as status, got `s"),
        (HEAD + ROW.replace("energy-institute-2024", "assumption"), r"an assumption is no observation"),
        (
            HEAD + ROW.replace("institute-2024", "institut-2024"),
            r"unknown source `energy-institut-2024`; nearest: energy",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(lf.errors.InputErrors, match=message):
        published_figures(folder_with(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(lf.errors.InputErrors, match=r"observations.csv: can't be read"):
        published_figures(tmp_path)
