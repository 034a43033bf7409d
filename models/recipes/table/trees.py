"""Writes scikit-learn's histogram gradient boosting of two classes as an ONNX graph."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import HistGradientBoostingClassifier

OPSET = 17
ML_OPSET = 3
# The oldest IR version that opset 17 may stand in, for runtimes older than the ONNX package that writes the file.
IR_VERSION = 8


class Trees:
    """The trees as the graph holds them: one entry per node, with float32 thresholds and weights."""

    def __init__(self, model: HistGradientBoostingClassifier):
        self.base = np.float32(model._baseline_prediction.item())
        self.trees = [predictors[0].nodes for predictors in model._predictors]
        if any(nodes["is_categorical"].any() for nodes in self.trees):
            raise ValueError("A split by sets of categories has no form in the graph.")

    @property
    def nodes(self) -> int:
        return sum(len(nodes) for nodes in self.trees)

    def probabilities(self, numbers: np.ndarray) -> np.ndarray:
        """What the graph answers for float32 [n, columns]: float32 [n, 2]. Walks the exported numbers, so it checks the conversion."""
        total = np.full(len(numbers), self.base, np.float32)
        for nodes in self.trees:
            thresholds, at = _below(nodes["num_threshold"]), np.zeros(len(numbers), int)
            while not nodes["is_leaf"][at].all():
                value = numbers[np.arange(len(numbers)), nodes["feature_idx"][at]]
                left = np.where(np.isnan(value), nodes["missing_go_to_left"][at] == 1, value <= thresholds[at])
                after = np.where(left, nodes["left"][at], nodes["right"][at])
                at = np.where(nodes["is_leaf"][at] == 1, at, after)
            total += nodes["value"][at].astype(np.float32)
        second = 1 / (1 + np.exp(-total))
        return np.stack([1 - second, second], axis=1)

    def write(self, path: Path, columns: int) -> None:
        """Input `features` float32 [n, columns], output `probabilities` float32 [n, 2]."""
        graph = helper.make_graph(
            [
                helper.make_node("TreeEnsembleRegressor", ["features"], ["log_odds"], domain="ai.onnx.ml", **self._attributes()),
                helper.make_node("Sigmoid", ["log_odds"], ["second"]),
                helper.make_node("Sub", ["one", "second"], ["first"]),
                helper.make_node("Concat", ["first", "second"], ["probabilities"], axis=1)],
            "boosted-trees",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", columns])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 2])],
            [numpy_helper.from_array(np.array([1], np.float32), "one")])
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        file = helper.make_model(graph, opset_imports=opsets, producer_name="")
        file.ir_version = IR_VERSION
        onnx.checker.check_model(file, full_check=True)
        onnx.save(file, str(path))

    def _attributes(self) -> dict:
        every = np.concatenate(self.trees)
        tree = np.concatenate([np.full(len(nodes), index) for index, nodes in enumerate(self.trees)])
        node = np.concatenate([np.arange(len(nodes)) for nodes in self.trees])
        leaf = every["is_leaf"] == 1
        return {
            "n_targets": 1, "base_values": [float(self.base)], "aggregate_function": "SUM", "post_transform": "NONE",
            "nodes_treeids": tree.tolist(), "nodes_nodeids": node.tolist(),
            "nodes_featureids": np.where(leaf, 0, every["feature_idx"]).tolist(),
            "nodes_modes": ["LEAF" if is_leaf else "BRANCH_LEQ" for is_leaf in leaf],
            "nodes_values": np.where(leaf, 0, _below(every["num_threshold"])).tolist(),
            "nodes_truenodeids": np.where(leaf, 0, every["left"]).tolist(),
            "nodes_falsenodeids": np.where(leaf, 0, every["right"]).tolist(),
            "nodes_missing_value_tracks_true": np.where(leaf, 0, every["missing_go_to_left"]).tolist(),
            "target_treeids": tree[leaf].tolist(), "target_nodeids": node[leaf].tolist(), "target_ids": [0] * int(leaf.sum()),
            "target_weights": every["value"][leaf].astype(np.float32).tolist()}


def _below(thresholds: np.ndarray) -> np.ndarray:
    """The greatest float32 that is not above each threshold: float32 inputs then go the same way as with the double."""
    rounded = thresholds.astype(np.float32)
    return np.where(rounded > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float32)
