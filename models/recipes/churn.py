"""Trains churn/1 on the telephone customers of R's modeldata and writes its package; README.md says how to fetch the data."""

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import package
from table import card
from table.columns import Column, encode, read_rows
from table.figures import Figures, by_band, measure
from table.trees import Trees

RECIPES = Path(__file__).resolve().parent
LABELS = ["stays", "leaves"]
SEED = 20261123
TOLERANCE = 0.001
REQUIRED_AUC = 0.83
# Only 11 rows of the data have no total, so it is taken from some more: a caller may not know it.
BLANKED = 0.1

_ADD_ON = ("No", "Yes", "No internet service")
COLUMNS = [
    Column("tenure", "number"),
    Column("monthly_charges", "number"),
    Column("total_charges", "number", default="nan"),
    Column("contract", "category", ("Month-to-month", "One year", "Two year")),
    Column("internet_service", "category", ("No", "DSL", "Fiber optic")),
    Column("payment_method", "category",
           ("Electronic check", "Mailed check", "Bank transfer (automatic)", "Credit card (automatic)")),
    Column("phone_service", "bool", default=True),
    Column("multiple_lines", "category", ("No", "Yes", "No phone service"), default="No"),
    *(Column(name, "category", _ADD_ON) for name in (
        "online_security", "online_backup", "device_protection", "tech_support", "streaming_tv", "streaming_movies")),
    Column("paperless_billing", "bool", default=False),
    Column("senior_citizen", "bool", default=False),
    Column("partner", "bool", default=False),
    Column("dependents", "bool", default=False)]
TOTAL = [column.name for column in COLUMNS].index("total_charges")


@dataclass(frozen=True)
class Setting:
    trees: int
    leaves: int
    rate: float
    least_rows: int
    shrinkage: float


SETTINGS = [
    Setting(trees, leaves, rate, rows, shrinkage)
    for trees, rate in ((60, 0.1), (120, 0.05), (240, 0.05)) for leaves in (4, 6, 8, 16) for rows in (20, 60) for shrinkage in (0.0, 10.0)]


def main() -> None:
    arguments = _arguments()
    rows, cells = read_rows(arguments.data, COLUMNS)
    numbers, truth = encode(rows, COLUMNS), np.array([cell["churn"] == "Yes" for cell in cells], int)
    # By a hash of the row, so that equal rows are in one part.
    digests = [hashlib.sha256(json.dumps(row, sort_keys=True).encode()).digest() for row in rows]
    place = np.array([int.from_bytes(digest[:8], "big") % 100 for digest in digests])
    test, fitted = place < 20, place >= 20
    folds = (place - 20) // 16

    chosen = _choose(numbers, truth, folds)
    cross_validated = measure(_across(numbers, truth, folds, chosen), truth[fitted])
    model = _fit(numbers[fitted], truth[fitted], chosen)
    trees = Trees(model)
    scores = trees.probabilities(numbers[test])
    apart = np.abs(scores[:, 1] - model.predict_proba(numbers[test])[:, 1]).max()
    if apart > 1e-5:
        raise SystemExit(f"the exported trees answer differently from the trained ones, by up to {apart:.1e}")

    compared = _compare(numbers, truth, fitted, test, scores[:, 1], trees)
    _print_figures(chosen, cross_validated, compared, apart)
    if compared["this model"].auc < REQUIRED_AUC:
        raise SystemExit(f"test AUC {compared['this model'].auc:.3f} is under the {REQUIRED_AUC} this model must reach")

    folder = package.create_folder(arguments.output)
    trees.write(folder / "model.onnx", len(COLUMNS))
    package.write_labels(folder, LABELS)
    package.write_golden_lines(folder, [_example(trees, row) for row in _golden_rows()])
    told = card.Training(
        int(fitted.sum()), len(SETTINGS), chosen.trees, chosen.leaves, chosen.rate, chosen.least_rows, chosen.shrinkage, BLANKED,
        SEED, cross_validated, trees.nodes, (folder / "model.onnx").stat().st_size, float(truth[test].mean()))
    package.write_wrapped_card(folder, card.compose(COLUMNS, told, compared, by_band(scores[:, 1], truth[test])))
    package.write_manifest(folder, _manifest())
    print(f"wrote {folder}")


def _fit(numbers: np.ndarray, truth: np.ndarray, setting: Setting) -> HistGradientBoostingClassifier:
    blanked = numbers.copy()
    blanked[np.random.default_rng(SEED).random(len(numbers)) < BLANKED, TOTAL] = np.nan
    return HistGradientBoostingClassifier(
        max_iter=setting.trees, max_leaf_nodes=setting.leaves, learning_rate=setting.rate, min_samples_leaf=setting.least_rows,
        l2_regularization=setting.shrinkage, early_stopping=False, random_state=SEED).fit(blanked, truth)


def _across(numbers: np.ndarray, truth: np.ndarray, folds: np.ndarray, setting: Setting) -> np.ndarray:
    """The score of each row outside the test part, by a model that was fitted on the other four folds."""
    scores = np.full(len(truth), np.nan)
    for fold in range(5):
        model = _fit(numbers[(folds != fold) & (folds >= 0)], truth[(folds != fold) & (folds >= 0)], setting)
        scores[folds == fold] = model.predict_proba(numbers[folds == fold])[:, 1]
    return scores[folds >= 0]


def _choose(numbers: np.ndarray, truth: np.ndarray, folds: np.ndarray) -> Setting:
    """The setting with the least cross-entropy in five folds; the test part chooses nothing."""
    losses = [measure(_across(numbers, truth, folds, setting), truth[folds >= 0]).log_loss for setting in SETTINGS]
    for loss, setting in sorted(zip(losses, SETTINGS), key=lambda pair: pair[0])[:5]:
        print(f"{loss:.4f}  {setting}")
    return SETTINGS[int(np.argmin(losses))]


def _compare(
        numbers: np.ndarray, truth: np.ndarray, fitted: np.ndarray, test: np.ndarray, scores: np.ndarray,
        trees: Trees) -> dict[str, Figures]:
    without = numbers[test].copy()
    without[:, TOTAL] = np.nan
    wide = _one_hot(numbers)
    scaler = StandardScaler().fit(wide[fitted])
    logistic = LogisticRegression(C=1.0, max_iter=2000).fit(scaler.transform(wide[fitted]), truth[fitted])
    contract = numbers[:, [column.name for column in COLUMNS].index("contract")]
    shares = np.array([truth[fitted & (contract == kind)].mean() for kind in range(3)])
    return {
        "this model": measure(scores, truth[test]),
        "this model, `total_charges` left out": measure(trees.probabilities(without)[:, 1], truth[test]),
        "logistic regression": measure(logistic.predict_proba(scaler.transform(wide[test]))[:, 1], truth[test]),
        "share of the contract's kind": measure(shares[contract[test].astype(int)], truth[test]),
        "share of all": measure(np.full(int(test.sum()), truth[fitted].mean()), truth[test])}


def _one_hot(numbers: np.ndarray) -> np.ndarray:
    parts = []
    for index, column in enumerate(COLUMNS):
        values = numbers[:, index]
        parts += [values == value for value in range(len(column.values))] if column.values else [np.nan_to_num(values)]
    return np.stack(parts, axis=1).astype(float)


def _golden_rows() -> list[dict]:
    """Rows written for this, none from the data. Together they leave out every value that may be left out."""
    plain = {name: "No" for name in (
        "online_security", "online_backup", "device_protection", "tech_support", "streaming_tv", "streaming_movies")}
    no_internet = {name: "No internet service" for name in plain}
    return [
        {"tenure": 2, "monthly_charges": 84.5, "total_charges": 169, "contract": "Month-to-month", "internet_service": "Fiber optic",
         "payment_method": "Electronic check", "phone_service": True, "multiple_lines": "Yes", **plain, "streaming_tv": "Yes",
         "paperless_billing": True, "senior_citizen": True, "partner": False, "dependents": False},
        {"tenure": 60, "monthly_charges": 20.05, "total_charges": 1203, "contract": "Two year", "internet_service": "No",
         "payment_method": "Credit card (automatic)", "phone_service": True, "multiple_lines": "No", **no_internet,
         "paperless_billing": False, "senior_citizen": False, "partner": True, "dependents": True},
        {"tenure": 14, "monthly_charges": 55, "contract": "Month-to-month", "internet_service": "DSL", "payment_method": "Mailed check",
         **plain, "online_security": "Yes"},
        {"tenure": 26, "monthly_charges": 35.25, "contract": "One year", "internet_service": "DSL",
         "payment_method": "Bank transfer (automatic)", "phone_service": False, "multiple_lines": "No phone service", **plain,
         "online_backup": "Yes", "tech_support": "Yes", "paperless_billing": True, "partner": True},
        {"tenure": 0, "monthly_charges": 99.9, "total_charges": 0, "contract": "Month-to-month", "internet_service": "Fiber optic",
         "payment_method": "Electronic check", **plain, "streaming_movies": "Yes", "streaming_tv": "Yes", "paperless_billing": True}]


def _example(trees: Trees, row: dict) -> dict:
    scores = trees.probabilities(encode([row], COLUMNS))[0]
    predictions = [{"label": LABELS[index], "score": round(float(scores[index]), 6)} for index in np.argsort(-scores)]
    return {"row": row, "predictions": predictions, "tolerance": TOLERANCE}


def _manifest() -> dict:
    return {
        "name": "churn", "version": "1",
        "task": "table-prediction",
        "description": "Says how likely a customer of a telephone and internet company is to leave within the next month.",
        "license": "MIT",
        "model": "model.onnx", "opset": 17,
        "inputs": [{"name": "features", "type": "float32", "shape": [-1, len(COLUMNS)]}],
        "outputs": [{"name": "probabilities", "type": "float32", "shape": [-1, len(LABELS)]}],
        "table": {"columns": [column.declared() for column in COLUMNS]},
        "output": {"tensor": "probabilities", "activation": "none", "labels": "labels.txt"},
        "unit": "row",
        "golden": "golden.jsonl", "card": "card.md",
        "limits": {"queue": 64}}


def _print_figures(chosen: Setting, across: Figures, compared: dict[str, Figures], apart: float) -> None:
    print(f"chosen: {chosen}; in five folds: AUC {across.auc:.4f}, cross-entropy {across.log_loss:.4f}; export differs by {apart:.1e}")
    for name, figures in compared.items():
        print(f"test  {name:40} {figures}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Customers who leave.")
    parser.add_argument("--data", type=Path, default=RECIPES / ".cache" / "churn.csv", help="what table/churn.R wrote")
    parser.add_argument("--output", type=Path, default=RECIPES.parent / "churn" / "1", help="folder of the package")
    return parser.parse_args()


if __name__ == "__main__":
    main()
