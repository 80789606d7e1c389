"""Tables of `evaluate.run.model_settings`: displacement, read-outs, settings."""

from __future__ import annotations

import numpy as np

from pixelfes.evaluate.run.model_settings import ReadOuts, SettingMeasures
from pixelfes.reporting.tables import Cell, Number, Table


def displacement_table(errors: dict[str, list[float]]) -> Table:
    """Return the error of predicted expressive landmarks on unseen open smiles."""
    rows: list[list[Cell]] = [[name, Number(float(np.mean(values)))] for name, values in errors.items()]
    return Table(
        "displacement", "Displacement", "", ["displacement", "error, % of the distance between the eyes"], rows
    )


def read_out_table(kinds: dict[str, ReadOuts]) -> Table:
    """Return what the read-outs say of unseen faces."""
    rows: list[list[Cell]] = [
        [
            name,
            f"{np.mean(kind.strength):.2f} ± {np.std(kind.strength):.2f}",
            Number(float(np.mean(kind.gap)), digits=3),
        ]
        for name, kind in kinds.items()
    ]
    columns = ["unseen faces", "strength read (mean ± standard deviation)", "gap between the lips"]
    return Table("readout", "Read-outs", "", columns, rows)


def setting_table(measures: dict[str, SettingMeasures], unchanged: list[float]) -> Table:
    """Return what was measured of every setting."""
    columns = [
        "model",
        "squared error on open smiles",
        "landmarks from plan, %",
        "mouth wider by",
        "skin colour, levels (worst)",
        "fit, s",
    ]
    first: list[Cell] = ["the neutral photo itself", Number(float(np.mean(unchanged)), digits=0), "", "", "", ""]
    return Table("smile", "Settings", "", columns, [first, *(_setting(name, m) for name, m in measures.items())])


def _setting(name: str, m: SettingMeasures) -> list[Cell]:
    return [
        f"{name} ({m.lost} faces lost)" if m.lost else name,
        Number(float(np.mean(m.error)), digits=0) if m.error else "",
        Number(float(np.mean(m.landmark_error))) if m.landmark_error else "",
        f"{100 * (np.mean(m.widening) - 1):.1f} %" if m.widening else "",
        f"{np.mean(m.skin):.2f} ({np.max(m.skin):.2f})" if m.skin else "",
        Number(float(np.mean(m.seconds)), digits=1),
    ]
