"""Writes the model card of the customers who leave."""

from dataclasses import dataclass

from table.columns import Column
from table.figures import Figures


@dataclass(frozen=True)
class Training:
    rows: int
    settings: int
    trees: int
    leaves: int
    rate: float
    least_rows: int
    shrinkage: float
    blanked: float
    seed: int
    cross_validated: Figures
    nodes: int
    file_bytes: int
    leavers: float


def compose(
        columns: list[Column], told: Training, compared: dict[str, Figures],
        bands: list[tuple[float, float, int, float, float]]) -> str:
    test = compared["this model"]
    return f"""# churn

Says how likely a customer of a telephone and internet company is to leave. Labels: `stays`, `leaves`.

## Intended use

Demonstrations and tests of predictions from rows of a table. A company with customers under contract can see by it what such a model
answers, and send its own rows in the same form. To decide about real customers, train a model on your own.

Columns:

| column | type | values | if left out |
| --- | --- | --- | --- |
{_columns(columns)}

`tenure` is in months. Charges are in dollars, as in the data. `total_charges` is what the customer has paid so far.

## Limits

- **The customers are fictional.** IBM made the data to show its own tools. Real customers leave for reasons that it does not have:
  prices of others, faults, complaints, moving house.
- It shows what goes together, not what causes it. That customers with automatic payment stay does not mean that they would stay if they
  were
  moved to it.
- "Leaves" means in the last month of the data. For another period the scores are too high or too low.
- A customer of the data leaves in {told.leavers:.0%} of the cases. Where fewer leave, all scores are too high.
- The data has the customers' sex. It was left out, because it must not decide what a customer is offered. `senior_citizen` is in, and
  may be left
  out of a row; think about the same question there.
- `internet_service` "No" goes with "No internet service" in the columns after it. The model does not check that a row makes sense.
- Numbers outside the data (`tenure` 0 to 72, `monthly_charges` 18 to 119, `total_charges` 19 to 8,685) count as the nearest inside it.

## Metrics

On the test part of {test.examples:,} rows, which was not trained on and chose nothing:

| | area under the ROC curve | accuracy | cross-entropy | Brier score | leavers among the tenth with the highest scores |
| --- | ---: | ---: | ---: | ---: | ---: |
{_compared(compared)}

The accuracy is that of the threshold 0.5. "Share of the contract's kind" scores each customer with the share of leavers among the
training rows with
the same `contract`; "share of all" gives every customer the same score. {_verdict(compared)}

What the scores mean, on the same rows:

| score | rows | mean score | share that left |
| --- | ---: | ---: | ---: |
{_bands(bands)}

## Model

{told.trees} trees with up to {told.leaves} leaves each, {told.nodes:,} nodes, {told.file_bytes / 1e6:.2f} MB. Input `features` float32
[n, {len(columns)}]: the columns in the order above,
a category as its index in its values, a bool as 0 or 1. NaN means unknown. Output `probabilities` float32 [n, 2].

## Training

{told.rows:,} rows. Gradient boosting by histograms (scikit-learn), learning rate {told.rate:g}, at least {told.least_rows} rows a leaf,
penalty {told.shrinkage:g}, seed {told.seed}.
The setting is the one of {told.settings} with the least cross-entropy in five folds of the same rows (there: area under the ROC curve
{told.cross_validated.auc:.4f},
cross-entropy {told.cross_validated.log_loss:.4f}). `total_charges` was taken from {told.blanked:.0%} of the training rows, so that the
model knows what to do without it.

## Data

The Telco customer churn data that IBM published as a sample for Watson Analytics: 7,043 fictional customers. Read from
`wa_churn` of the R package
modeldata 1.1.0. A hash of the row put 20 % of the rows into the test part.

## Licence

The weights are MIT, as the rest of this project. modeldata is MIT and names no other licence for this data. No row of it is in this
package: the golden
examples were written for it.
"""


def _columns(columns: list[Column]) -> str:
    lines = []
    for column in columns:
        values = ", ".join(f"`{value}`" for value in column.values)
        default = "refused" if column.default is None else "unknown" if column.default == "nan" else f"`{str(column.default).lower()}`"
        default = f"`{column.default}`" if isinstance(column.default, str) and column.default != "nan" else default
        lines.append(f"| `{column.name}` | {column.type} | {values} | {default} |")
    return "\n".join(lines)


def _compared(compared: dict[str, Figures]) -> str:
    return "\n".join(
        f"| {name} | {f.auc:.3f} | {f.accuracy:.2%} | {f.log_loss:.4f} | {f.brier:.4f} | "
        + (f"{f.right_in_tenth:.1%} ({f.found_in_tenth:.1%} of all leavers) |" if f.auc > 0.8 else " |")
        for name, f in compared.items())


def _verdict(compared: dict[str, Figures]) -> str:
    gain = compared["this model"].auc - compared["logistic regression"].auc
    side = "above" if gain > 0 else "below"
    return f"The trees are {abs(gain):.3f} {side} logistic regression in area under the curve: a small difference on this many rows."


def _bands(bands: list[tuple[float, float, int, float, float]]) -> str:
    return "\n".join(f"| {low:.1f} to {high:.1f} | {rows:,} | {mean:.2f} | {share:.2f} |" for low, high, rows, mean, share in bands)
