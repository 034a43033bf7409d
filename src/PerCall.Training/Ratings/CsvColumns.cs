namespace PerCall.Training.Ratings;

/// <summary>The meaning of the fields of a CSV row.</summary>
internal sealed record CsvColumns(int Count, int User, int Item, int Rating, int Time)
{
    private static readonly string[] Names = ["user", "item", "rating", "timestamp"];

    /// <summary>
    /// Headings that other programs use. They do not say reliably which column is the user and which the item; only the file's owner knows.
    /// </summary>
    private static readonly HashSet<string> Headings =
    [
        "userid", "users", "username", "customer", "customerid", "client", "clientid", "account", "accountid", "visitor", "visitorid",
        "session", "sessionid", "buyer", "member", "memberid",
        "user", "item", "items", "itemid", "product", "productid", "article", "articleid", "sku", "asin", "movie", "movieid", "book",
        "bookid", "isbn", "track", "trackid", "song", "songid", "content", "contentid",
        "rating", "ratings", "score", "stars", "value", "quantity", "count", "weight", "timestamp", "time", "date", "datetime", "id",
    ];

    /// <summary>Whether the first row named the columns.</summary>
    public bool IsHeader { get; private init; }

    /// <summary>The error in the first row; null when it is valid.</summary>
    public string? Problem { get; private init; }

    public static CsvColumns Of(string[] first)
    {
        var names = first.Select(f => f.Trim().ToLowerInvariant()).ToArray();
        if (names.Contains("user") || names.Contains("item"))
        {
            return new(first.Length, Find(names, "user"), Find(names, "item"), Find(names, "rating"), Find(names, "timestamp"))
            {
                IsHeader = true,
                Problem = HeaderProblem(names),
            };
        }

        if (names.All(n => Headings.Contains(string.Concat(n.Where(char.IsAsciiLetterOrDigit)))))
        {
            return new(first.Length, 0, 1, -1, -1) { IsHeader = true, Problem = UnknownHeader(first) };
        }

        return new(first.Length, 0, 1, first.Length > 2 ? 2 : -1, first.Length > 3 ? 3 : -1)
        {
            Problem = first.Length is >= 2 and <= 4
                ? null
                : $"{first.Length} field(s); expected 2 to 4 without a header: {string.Join(", ", Names)}, "
                    + "where the last two are optional.",
        };
    }

    /// <summary>Returns the number of known headings.</summary>
    public static int Known(IEnumerable<string> fields) => fields.Count(f => Names.Contains(f.ToLowerInvariant()));

    public static string UnknownHeader(IEnumerable<string> fields) =>
        $"{string.Join(", ", fields.Select(RatingFaults.Show))} look like unknown column names; name the columns "
            + $"{string.Join(", ", Names)}, where the last two are optional. If the line is data, insert the header user,item above it.";

    public static string? Get(string[] fields, int column) => column < 0 ? null : fields[column];

    private static int Find(string[] names, string name) => Array.IndexOf(names, name);

    private static string? HeaderProblem(string[] names)
    {
        var unknown = names.FirstOrDefault(n => !Names.Contains(n));
        var twice = names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1)?.Key;
        var missing = Names.Take(2).FirstOrDefault(n => !names.Contains(n));
        return unknown is not null ? $"the header has an unknown column {RatingFaults.Show(unknown)}; allowed: {string.Join(", ", Names)}."
            : twice is not null ? $"the header has the column {twice} twice."
            : missing is not null ? $"the header has no column {missing}."
            : null;
    }
}
