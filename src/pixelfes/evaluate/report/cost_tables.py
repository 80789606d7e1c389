"""The tables of what candidates cost, how they are set, and what the paper says."""

from __future__ import annotations

from pixelfes.evaluate.report.result_tables import quality_cells
from pixelfes.evaluate.run.candidates import Candidate
from pixelfes.evaluate.run.comparison import Comparison
from pixelfes.evaluate.run.costs import PAPER_PARAMETERS, PAPER_SIZE
from pixelfes.evaluate.run.crossvalidate import Cost
from pixelfes.evaluate.run.network_candidates import NetworkBudget
from pixelfes.regress import regressor_by_name
from pixelfes.reporting.tables import Cell, Number, Table, median


def cost_table(comparison: Comparison) -> Table:
    """Tabulate parameters, bytes, and seconds."""
    rows: list[list[Cell]] = []
    for candidate in comparison.of("comparison"):
        costs = [outcome.cost for outcome in comparison.outcomes(candidate)]
        first = costs[0]
        fitted = candidate.kind in ("method", "network", "average")
        rows.append([
            candidate.name,
            Number(first.parameters, digits=0),
            Number(first.bytes, digits=0),
            *((_median(costs, "fit_seconds"), _median(costs, "registration_seconds", 1)) if fitted else [Number(None)] * 2),
            median([1000 * row.seconds for row in comparison.rows(candidate)], 0),
        ])  # fmt: skip
    note = (
        "Parameters: counted from the fitted regressor. Bytes: of the file that was written, single precision. Times: medians "
        "on this machine. Registration: of the training faces, once for all methods of a registration, landmarks known. "
        "Synthesis: of a photo, landmarks known, from pixels to pixels; what comes before and after it stands below."
    )
    columns = ["candidate", "parameters", "bytes", "fit, s", "registration, s", "synthesis, ms"]
    return Table("cost", "Parameters, bytes and time", note, columns, rows)


def stage_table(comparison: Comparison) -> Table:
    """Tabulate the milliseconds of a photo, stage by stage."""
    stages = comparison.stages
    rows: list[list[Cell]] = [
        ["decode the photo", Number(stages.decode, digits=0)],
        ["find the landmarks", Number(stages.landmarks, digits=0)],
    ]
    first = next((candidate for candidate in comparison.of("comparison") if candidate.kind in ("method", "file")), None)
    if first is not None:
        taken = median([1000 * row.seconds for row in comparison.rows(first)], 0)
        rows.append([f"register, regress and put back: {first.name}", taken])
    rows.append(["encode as JPEG", Number(stages.encode_jpeg, digits=0)])
    rows.append(["or as PNG", Number(stages.encode_png, digits=0)])
    note = f"Photos of {stages.megapixels:.2g} megapixels; medians on this machine, with whatever else it had to do."
    return Table("stages", "Time for a photo, by stage", note, ["stage", "ms"], rows)


def parameter_table(comparison: Comparison) -> Table:
    """Tabulate parameters as the paper counts them: its figures, and ours counted from fitted models."""
    ours = {count.title: count for count in comparison.counts}
    rows: list[list[Cell]] = []
    for title in [*PAPER_PARAMETERS, *(title for title in ours if title not in PAPER_PARAMETERS)]:
        count = ours.get(title)
        counted = [Number(count.parameters / 1e4, digits=2), Number(count.n_pairs, digits=0)] if count else []
        rows.append([title, Number(PAPER_PARAMETERS.get(title)), *(counted or [Number(None), Number(None)])])
    note = (
        f"Faces of {PAPER_SIZE} x {PAPER_SIZE}, one channel, in units of 10⁴. The paper's figures are cited (Akram and Khan, "
        "ICPR 2020, Pixel-KR from 400 pairs); ours are counted from models fitted here. Pixel-KR has one parameter for each "
        "pair and pixel, by features a fixed number; RR is counted as the function it is, and stored smaller. OMP and LSRF "
        "observe one pixel, and have its index beside the parameters. Networks: generators as published, 64 channels wide, in "
        "colour."
    )
    return Table("parameters", "Parameters, as the paper counts them", note, ["model", "paper", "here", "pairs"], rows)


def settings_table(comparison: Comparison) -> Table:
    """Tabulate how every candidate is set."""
    rows: list[list[Cell]] = []
    for candidate in comparison.of("comparison"):
        alphas = [f"{o.cost.alpha:.3g}" for o in comparison.outcomes(candidate) if o.cost.alpha is not None]
        known = candidate.kind in ("method", "file") and alphas
        size = str(candidate.size) if candidate.kind in ("method", "network", "average") else ""
        rows.append([candidate.name, _setting(candidate), size, ", ".join(dict.fromkeys(alphas)) if known else ""])
    note = (
        "On the grid the papers' settings (prior zero; the penalty 0.4 of the authors' released code, and leave-one-out for "
        "Pixel-KR, whose penalty is not known to us); on the mesh the defaults of pixelfes fit (prior identity, penalty by "
        "leave-one-out), Pixel-KR with the prior zero, which looks better. On the mesh photos are in units of their light, "
        "the bias of linear methods of few pixels is held back outside the mouth, and mirror images are learnt from too."
    )
    return Table(
        "settings", "Settings of the candidates", note, ["candidate", "setting", "size", "penalty, by fold"], rows
    )


def _setting(candidate: Candidate) -> str:
    if candidate.kind == "copy":
        return "the input as it is"
    if candidate.kind == "average":
        return "the mean registered expressive face of the training people, warped onto the person by the mesh"
    if candidate.kind == "file":
        return "a model file, judged as it is"
    if candidate.kind == "network":
        budget = NetworkBudget(**candidate.parameters)
        folds = "in every fold" if candidate.folds is None else f"in {candidate.folds} of the folds"
        return f"{budget.described()}, {folds}, width {budget.width}"
    parameters = regressor_by_name(candidate.method)(**candidate.parameters).get_params()
    chosen = ("r", "kernel", "n_pixels", "locality", "prior", "alpha")
    return ", ".join(f"{name} {parameters[name]}" for name in chosen if name in parameters)


def curve_table(comparison: Comparison) -> Table | None:
    """Tabulate Pixel-RR from fewer pairs and in smaller sizes; None where that was left out."""
    curves = [*comparison.of("pairs"), *comparison.of("size")]
    if not curves:
        return None
    folds = curves[0].folds
    full = {curve.registration: curve for curve in comparison.of("comparison") if curve.method == "pixel-rr"}
    rows: list[list[Cell]] = []
    for registration, whole in full.items():
        for candidate in [*(c for c in curves if c.registration == registration), whole]:
            cost = comparison.outcomes(candidate, folds)[0].cost
            mse, _, ssim, called, _, identity, *_ = quality_cells(comparison.rows(candidate, folds))
            counted: list[Cell] = [Number(cost.n_pairs, digits=0), Number(candidate.size, digits=0)]
            counted += [Number(cost.parameters, digits=0), Number(cost.bytes, digits=0)]
            rows.append([candidate.name, *counted, mse, ssim, called, identity])
    note = f"Pixel-RR learnt from fewer pairs, and in smaller sizes; over the people of the first {folds} folds alone."
    columns = ["candidate", "pairs", "size", "parameters", "bytes", "MSE", "SSIM", "called", "identity distance"]
    return Table("curves", "Fewer pairs, smaller models", note, columns, rows)


def _median(costs: list[Cost], name: str, digits: int = 2) -> Number:
    return median([getattr(cost, name) for cost in costs], digits)
