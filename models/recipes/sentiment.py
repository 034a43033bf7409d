"""Trains sentiment/1 on food reviews and writes its package; README.md says how to fetch the data."""

from text import reviews
from text.card import CardText
from text.lessons import Teaching
from text.recipe import CACHE, Recipe
from text.required import Required
from text.steps import run
from text.training import Plan
from text.words import Tokenizer

RECIPE = Recipe(
    name="sentiment",
    version="1",
    description="Says whether an English product review is full of praise (great) or anything less (other).",
    license="MIT",
    labels=reviews.LABELS,
    documents=lambda: reviews.read(CACHE / "reviews.csv"),
    tokenizer=Tokenizer(max_length=256, truncate="head_tail"),
    least_count=2,
    most_words=20_000,
    embedding=128,
    hidden=64,
    dropout=0.4,
    plan=Plan(
        epochs=6, batch=32, peak_rate=2e-3, weight_decay=1e-2, word_dropout=0.2, class_weights=(1.0, 1.0), averaging=0.99),
    teaching=Teaching(penalty=0.07, trust=0.3, made=2),
    seed=20261123,
    required=Required(accuracy=0.79),
    golden=[
        "Best coffee I have ever had. My whole family loves it and we order it every month!",
        "The bags arrived torn and the biscuits tasted stale. I want my money back.",
        "It's okay. A bit too sweet for me, but the price is fair.",
        "I expected to hate it, yet I was wrong: it is wonderful.",
        "Not good, not bad.",
        "DELICIOUS",
        "My dog won't touch this food. Very disappointed :(",
        "Three stars: good flavour, but half of the jars were broken when the parcel came, and nobody answered my letters.",
    ],
    text=CardText(
        title="sentiment",
        summary="""Says of an English product review whether its writer gives full marks. Labels: `great` (the review came with five of five stars) and
`other` (with four or fewer).""",
        intended_use="""Sorting short English reviews and comments about food and groceries: which are plain praise, and which a person should
read first. It suits demonstrations, tests, and figures over many reviews; a single answer is wrong about one time in five.""",
        limits="""- **`other` does not mean bad.** A four-star review is `other` too; the line between the two labels is thin, and people draw it differently.
- Words are all it knows: irony, comparisons with another product and praise taken back in the last line are often misread.
- Trained on reviews of food sold by one American shop until 2012. Reviews of other things share many of the words; texts that are no reviews get
  an answer all the same, and it means little.
- English alone. Texts in other languages consist of unknown words, and their answer is about the share of `great` in the data.
- Numbers, times and names hardly count.""",
        data="""5,000 reviews of fine foods from Amazon (J. McAuley, J. Leskovec, "From Amateurs to Connoisseurs: Modeling the Evolution of User Expertise
through Online Reviews", WWW 2013), in the selection of the R package modeldata (`small_fine_foods`; Debian r-cran-modeldata 1.1.0), its two parts put together.""",
        licence="The weights are MIT, as the rest of this project. modeldata is MIT, copyright 2019 Max Kuhn and RStudio; the reviews are their writers'. None is in this package."))

if __name__ == "__main__":
    run(RECIPE)
