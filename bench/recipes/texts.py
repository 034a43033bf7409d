"""Writes bench/.cache/spam.jsonl and sentiment.jsonl: the texts of the models' test splits, a JSON string a line.

The data is fetched as models/recipes/README.md says; the splits are those of the recipes, so no model was trained on these texts.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "recipes"))

from text import mails, reviews  # noqa: E402
from text.corpus import split  # noqa: E402
from text.recipe import CACHE  # noqa: E402

TEXTS = {
    "spam": lambda: mails.read(CACHE / "datasets-spam-assassin" / "package" / "data"),
    "sentiment": lambda: reviews.read(CACHE / "reviews.csv"),
}

if __name__ == "__main__":
    folder = ROOT / "bench" / ".cache"
    folder.mkdir(parents=True, exist_ok=True)
    for name, documents in TEXTS.items():
        texts = [document.text for document in split(documents()).test]
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="utf-8", newline="\n")
        print(f"{path}: {len(texts):,} texts, {sum(map(len, texts)) / len(texts):,.0f} characters on average")
