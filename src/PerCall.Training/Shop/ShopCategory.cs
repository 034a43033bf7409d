namespace PerCall.Training.Shop;

/// <summary>A category of goods: the words of its titles, its price, and its season.</summary>
/// <param name="Name">The value of the attribute <c>category</c>.</param>
/// <param name="Price">A typical price.</param>
/// <param name="Season">When it sells three times as well as otherwise.</param>
/// <param name="Kinds">First words of titles.</param>
/// <param name="Goods">Last words of titles.</param>
internal sealed record ShopCategory(string Name, double Price, Season Season, string[] Kinds, string[] Goods)
{
    public static IReadOnlyList<ShopCategory> All { get; } =
    [
        new(
            "kitchen", 25, Season.None, ["Rustic", "Nordic", "Hand-made", "Everyday", "Heirloom"],
            ["bread board", "teapot", "mixing bowl", "pepper mill", "saucepan", "butter dish"]),
        new(
            "garden", 30, Season.Summer, ["Classic", "Compact", "Hand-forged", "Cottage", "Weatherproof"],
            ["watering can", "plant pot", "spade", "seed tray", "trellis", "bird bath"]),
        new(
            "books", 15, Season.None, ["Illustrated", "Pocket", "Annotated", "Collected", "Beginner's"],
            ["atlas", "cookbook", "field guide", "short stories", "history of tea", "star chart"]),
        new(
            "toys", 20, Season.Winter, ["Wooden", "Giant", "Pocket", "Painted", "Vintage"],
            ["train", "puzzle", "building blocks", "bear", "spinning top", "dolls' house"]),
        new(
            "knitwear", 60, Season.Winter, ["Merino", "Cable-knit", "Alpaca", "Striped", "Lambswool"],
            ["scarf", "jumper", "mittens", "cardigan", "bobble hat", "blanket"]),
        new(
            "cycling", 45, Season.Summer, ["Waterproof", "Classic", "Reflective", "Touring", "Racing"],
            ["saddlebag", "bell", "gloves", "saddle", "pump", "lamp"]),
        new(
            "coffee", 18, Season.None, ["Dark-roast", "Single-origin", "Decaffeinated", "Light-roast", "Organic"],
            ["espresso beans", "filter coffee", "sampler box", "cold-brew bags", "coffee pods", "breakfast blend"]),
        new(
            "art supplies", 22, Season.None, ["Watercolour", "Charcoal", "Acrylic", "Oil pastel", "Fineliner"],
            ["starter set", "sketchbook", "travel kit", "paper pad", "refills", "gift box"]),
        new(
            "camping", 70, Season.Summer, ["Lightweight", "Family", "Expedition", "Packable", "Rugged"],
            ["tent", "sleeping mat", "stove", "lantern", "rucksack", "hammock"]),
        new(
            "candles", 14, Season.Winter, ["Beeswax", "Cinnamon", "Lavender", "Pine", "Unscented"],
            ["pillar candle", "tealights", "candle jar", "taper candles", "wax melts", "storm candle"]),
        new(
            "music", 35, Season.None, ["Rosewood", "Concert", "Student", "Travel", "Hand-made"],
            ["ukulele", "harmonica", "kalimba", "tin whistle", "cajon", "music stand"]),
        new(
            "stationery", 12, Season.None, ["Linen-bound", "Recycled", "Dotted", "Gilt-edged", "Refillable"],
            ["notebook", "desk planner", "letter set", "fountain pen", "address book", "card box"]),
    ];
}

/// <summary>A half of the year in which goods sell better.</summary>
internal enum Season
{
    None,
    Summer,
    Winter,
}
