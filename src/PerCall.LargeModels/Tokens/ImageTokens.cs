namespace PerCall.LargeModels.Tokens;

/// <summary>
/// The tokens of an image. OpenAI documents two rules under "Images and vision, calculating costs":
/// tiles of 512 pixels (gpt-4o, gpt-4.1, gpt-5, o1, o3), and patches of 32 pixels with a multiplier (the mini and nano models).
/// </summary>
internal sealed record ImageTokens
{
    private const int Tile = 512;
    private const int Square = 2048;
    private const int ShortSide = 768;

    // Models that are not in the table: the patches of 28 pixels that Qwen's vision models have, up to their usual maximum.
    private static readonly ImageTokens Unknown = new() { Patch = 28, PatchMaximum = 16_384, Multiplier = 1 };

    // Names are matched by their beginning; the longest match counts. Numbers: platform.openai.com/docs/guides/images-vision.
    private static readonly (string Prefix, ImageTokens Rule)[] Families =
    [
        ("gpt-4o-mini", Tiles(2833, 5667, contextBase: 85, contextTile: 170)),
        ("gpt-4o", Tiles(85, 170)),
        ("chatgpt-4o", Tiles(85, 170)),
        ("gpt-4-turbo", Tiles(85, 170)),
        ("gpt-4-vision", Tiles(85, 170)),
        ("gpt-4.1", Tiles(85, 170)),
        ("gpt-4.1-mini", Patches(1.62)),
        ("gpt-4.1-nano", Patches(2.46)),
        ("gpt-4.5", Tiles(85, 170)),
        ("gpt-5", Tiles(70, 140)),
        // The rules of gpt-5.1 and later differ by model and detail. This is more than each of them.
        ("gpt-5.", Unknown),
        ("gpt-5-mini", Patches(1.62)),
        ("gpt-5-nano", Patches(2.46)),
        ("o1", Tiles(75, 150)),
        ("o3", Tiles(75, 150)),
        ("o4-mini", Patches(1.72)),
        ("computer-use-preview", Tiles(65, 129)),
    ];

    private int Base { get; init; }

    private int PerTile { get; init; }

    private int ContextBase { get; init; }

    private int ContextTile { get; init; }

    private int Patch { get; init; }

    private int PatchMaximum { get; init; }

    private double Multiplier { get; init; }

    /// <summary>Returns the rule of a model or deployment by its name; null: the name is in no family.</summary>
    public static ImageTokens? Find(string name) => Families
        .Where(f => name.StartsWith(f.Prefix, StringComparison.OrdinalIgnoreCase))
        .OrderByDescending(f => f.Prefix.Length)
        .Select(f => f.Rule)
        .FirstOrDefault();

    /// <summary>
    /// Returns the tokens of an image under the costliest rule of the names, because any of the deployments can answer.
    /// </summary>
    /// <param name="names">The model's name and its deployments' names.</param>
    /// <param name="size">Width and height in pixels; null: unknown, so the largest number of the rule is taken.</param>
    /// <param name="detail">The part's <c>detail</c>; null: not set.</param>
    public static ImageCost Of(IEnumerable<string> names, (long Width, long Height)? size, string? detail)
    {
        var rules = names.Select(Find).OfType<ImageTokens>().Distinct().ToList();
        // "original" is a newer detail without scaling. No family of the table describes it.
        if (rules.Count == 0 || detail == "original")
        {
            rules = [Unknown];
        }

        var costs = rules.ConvertAll(r => r.Of(size, detail));
        return new(costs.Max(c => c.Billed), costs.Max(c => c.Context));
    }

    private ImageCost Of((long Width, long Height)? size, string? detail)
    {
        if (Patch > 0)
        {
            var tokens = (long)Math.Ceiling(PatchesOf(size) * Multiplier);
            return new(tokens, tokens);
        }

        var tiles = detail == "low" ? 0 : TilesOf(size);
        return new(Base + (tiles * PerTile), ContextBase + (tiles * ContextTile));
    }

    private static long TilesOf((long Width, long Height)? size)
    {
        if (size is not { } known)
        {
            return (Square / Tile) * ((ShortSide + Tile - 1) / Tile);
        }

        double width = known.Width, height = known.Height;
        var scale = Math.Min(1, Square / Math.Max(width, height));
        (width, height) = (width * scale, height * scale);
        scale = Math.Min(1, ShortSide / Math.Min(width, height));
        return Parts(width * scale, Tile) * Parts(height * scale, Tile);
    }

    private long PatchesOf((long Width, long Height)? size) => size is { } known
        ? Math.Min(PatchMaximum, Parts(known.Width, Patch) * Parts(known.Height, Patch))
        : PatchMaximum;

    // At least one part. The rounding keeps 768.0000001 from needing another part than 768.
    private static long Parts(double pixels, int part) => Math.Max(1, (long)Math.Ceiling(Math.Round(pixels, 3) / part));

    private static ImageTokens Tiles(int first, int tile, int? contextBase = null, int? contextTile = null) => new()
    {
        Base = first,
        PerTile = tile,
        ContextBase = contextBase ?? first,
        ContextTile = contextTile ?? tile,
    };

    private static ImageTokens Patches(double multiplier) => new() { Patch = 32, PatchMaximum = 1536, Multiplier = multiplier };
}

/// <summary>The tokens of an image.</summary>
/// <param name="Billed">Tokens that the provider bills.</param>
/// <param name="Context">Tokens that the image takes of the context. gpt-4o-mini bills 33 times as many.</param>
internal readonly record struct ImageCost(long Billed, long Context);
