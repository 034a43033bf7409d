"""The wide part as nodes of an ONNX graph."""

import numpy as np
from onnx import NodeProto, TensorProto, helper

from text.wide import PAIR_FACTOR, Wide


def constants(part: Wide) -> dict[str, np.ndarray]:
    return {
        "wide_weight": part.weight.detach().numpy().astype(np.float16),
        "pair_factor": np.array(PAIR_FACTOR, np.int64),
        "buckets": np.array(part.buckets, np.int64),
        "first_bucket": np.array(part.words, np.int64),
        "nothing": np.array(part.nothing, np.int64),
        "before_all": np.array(-1, np.int64),
        "one_after": np.array([0, 0, 0, 1], np.int64),
        "one_before": np.array([0, 1, 0, 0], np.int64),
        "from_second": np.array([1], np.int64),
        "to_end": np.array([np.iinfo(np.int64).max], np.int64),
        "from_first": np.array([0], np.int64),
        "to_last": np.array([-1], np.int64),
        "second_label": np.array([[0, 1]], np.float32)}


def nodes(deep: str, logits: str) -> list[NodeProto]:
    """Adds the wide score to the second label's logit of `deep`; needs `ids`, `attention_mask`, `is_word`, `words_axis` and `zero` of the graph."""
    return [
        # Padded before it is cut, because a text of one word would leave nothing to pad.
        helper.make_node("Pad", ["ids", "one_after"], ["ids_and_one"]),
        helper.make_node("Slice", ["ids_and_one", "from_second", "to_end", "words_axis"], ["next_ids"]),
        helper.make_node("Pad", ["attention_mask", "one_after"], ["mask_and_one"]),
        helper.make_node("Slice", ["mask_and_one", "from_second", "to_end", "words_axis"], ["next_mask"]),
        helper.make_node("Cast", ["next_mask"], ["is_pair"], to=TensorProto.BOOL),
        helper.make_node("Mul", ["ids", "pair_factor"], ["multiplied"]),
        helper.make_node("Add", ["multiplied", "next_ids"], ["added"]),
        helper.make_node("Mod", ["added", "buckets"], ["bucket"]),
        helper.make_node("Add", ["bucket", "first_bucket"], ["pairs"]),
        helper.make_node("Where", ["is_pair", "pairs", "nothing"], ["pairs_or_nothing"]),
        helper.make_node("Where", ["is_word", "ids", "nothing"], ["ids_or_nothing"]),
        helper.make_node("Concat", ["ids_or_nothing", "pairs_or_nothing"], ["places"], axis=1),
        # Sorted, equals are neighbours, and the first of each is the one that counts.
        helper.make_node("Shape", ["places"], ["place_count"], start=1, end=2),
        helper.make_node("TopK", ["places", "place_count"], ["found", "found_order"], axis=1, largest=0, sorted=1),
        helper.make_node("Pad", ["found", "one_before", "before_all"], ["one_and_found"]),
        helper.make_node("Slice", ["one_and_found", "from_first", "to_last", "words_axis"], ["found_before"]),
        helper.make_node("Less", ["found_before", "found"], ["is_first"]),
        helper.make_node("Less", ["found", "nothing"], ["is_something"]),
        helper.make_node("And", ["is_first", "is_something"], ["is_new"]),
        helper.make_node("Gather", ["wide_weight", "found"], ["found_halves"]),
        helper.make_node("Cast", ["found_halves"], ["found_weights"], to=TensorProto.FLOAT),
        helper.make_node("Where", ["is_new", "found_weights", "zero"], ["new_weights"]),
        helper.make_node("ReduceSum", ["new_weights", "words_axis"], ["wide_sum"], keepdims=1),
        helper.make_node("Cast", ["is_new"], ["new_float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["new_float", "words_axis"], ["new_count"], keepdims=1),
        helper.make_node("Sqrt", ["new_count"], ["new_root"]),
        helper.make_node("Div", ["wide_sum", "new_root"], ["wide_score"]),
        helper.make_node("Mul", ["wide_score", "second_label"], ["wide_logits"]),
        helper.make_node("Add", [deep, "wide_logits"], [logits])]
