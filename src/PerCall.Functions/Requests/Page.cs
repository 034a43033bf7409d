using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Limit">Entries at most.</param>
/// <param name="After">The entry after which the page begins; null: from the start.</param>
public sealed record Page(int Limit, string? After)
{
    public const string LimitText = "Maximum number of entries; 1 to 200, default 50.";
    public const string AfterText = "The id of the last entry on the previous page.";

    /// <exception cref="RefusedException">The limit is out of its range.</exception>
    public static Page Of(HttpRequest request, int most = 200, int usual = 50)
    {
        var limit = usual;
        if (request.Query.TryGetValue("limit", out var given)
            && !(int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= most))
        {
            throw RefusedException.BadRequest("invalid_limit", $"'limit' is '{Short(given.ToString())}'; allowed: 1 to {most}.", "limit");
        }

        return new(limit, request.Query["after"].ToString() is { Length: > 0 } after ? Short(after) : null);
    }

    /// <summary>As much of a value from outside as a sentence may repeat.</summary>
    public static string Short(string value) => value.Length <= 100 ? value : value[..100];
}
