"""The tables of the paper's page: parameters as the paper gives them and as counted here, and errors on kept-out people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pixelfes.arrays import AnyArray
from pixelfes.evaluate.paper.crops import SIDE, Crops
from pixelfes.evaluate.paper.methods import METHODS, copy_errors, kept_out_errors
from pixelfes.evaluate.run.costs import PAPER_PARAMETERS, count_networks
from pixelfes.expression.base import Progress
from pixelfes.reporting.tables import Cell, Number, Table, mean

FORMS = ("grey", "grey, min-max", "colour")
COPY = "the input itself"
_UNIT = 10_000


@dataclass(frozen=True)
class Measured:
    """Errors on one set of pairs.

    Attributes
    ----------
    people : list of str
        The person of each pair.
    errors : dict
        By form of the pictures and method, the mean squared error of each pair, (N,), in levels of 255.
    """

    people: list[str]
    errors: dict[str, dict[str, AnyArray]]


def measure(crops: Crops, folds: int, progress: Progress) -> Measured:
    """Try every method on kept-out people, in grey, in grey with min-max, and in colour."""
    grey = crops.grey()
    forms = dict(zip(FORMS, (grey, grey.normalised(), crops), strict=True))
    total, done = len(forms) * len(METHODS), 0
    errors: dict[str, dict[str, AnyArray]] = {}
    progress("methods", 0, total)
    for form, pictures in forms.items():
        errors[form] = {COPY: copy_errors(pictures)}
        for method, fit in METHODS.items():
            errors[form][method] = kept_out_errors(pictures, fit, folds)
            done += 1
            progress("methods", done, total)
    return Measured(crops.people, errors)


def error_table(name: str, title: str, measured: Measured, folds: int) -> Table:
    """Tabulate mean squared errors with intervals by person; the differences from Pixel-RR are of the same people."""
    n = len(set(measured.people))
    note = (
        f"Mean squared error in levels of 255, of {n} people, each by a fit on the other parts of {folds}; 95 % bootstrap "
        "intervals by person. Behind it, the mean difference from Pixel-RR, person by person. After min-max, levels are shares "
        "of each picture's own range, so the columns do not compare."
    )
    columns = ["method", *(cell for form in FORMS for cell in (form, f"less Pixel-RR, {form}"))]
    rows: list[list[Cell]] = []
    for method in (COPY, *METHODS):
        row: list[Cell] = [method]
        for form in FORMS:
            errors = measured.errors[form]
            row.append(mean(errors[method].tolist(), measured.people, 0))
            off = errors[method] - errors["Pixel-RR"]
            row.append("" if method == "Pixel-RR" else mean(off.tolist(), measured.people, 0))
        rows.append(row)
    return Table(name, title, note, columns, rows)


def parameter_table(counts: Mapping[str, int], n_pairs: int) -> Table:
    """Tabulate the paper's numbers of parameters beside those of models fitted here."""
    note = (
        f"Pictures of {SIDE} x {SIDE}, one channel, in units of 10⁴; ours are counted from fits on {n_pairs} pairs. The paper "
        "gives none for RR. Its Pixel-KR has one for each pair and pixel; ours has one for each level of grey that occurs at a "
        "pixel, which is the same function. Networks: the generators as published."
    )
    titles = list(dict.fromkeys([*METHODS, *PAPER_PARAMETERS]))
    rows: list[list[Cell]] = [
        [title, Number(PAPER_PARAMETERS.get(title)), Number(counts[title] / _UNIT if title in counts else None)]
        for title in titles
    ]
    return Table("paper-parameters", "Parameters", note, ["method", "paper", "here"], rows)


def count_parameters(crops: Crops) -> dict[str, int]:
    """Count the parameters of every method, fitted on all pairs in grey, and of the networks where PyTorch is there."""
    grey = crops.grey()
    counts = {method: fit().fit(grey.X, grey.T).n_parameters_ for method, fit in METHODS.items()}
    return counts | {count.title: count.parameters for count in count_networks()}
