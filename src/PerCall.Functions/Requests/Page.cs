using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>The requested page of a list.</summary>
/// <param name="Limit">Maximum number of entries.</param>
/// <param name="After">The entry before the page; null starts at the beginning.</param>
public sealed record Page(int Limit, string? After)
{
    public const string LimitText = "Maximum number of entries; 1 to 200, default 50.";
    public const string AfterText = "The id of the last entry on the previous page.";

    /// <exception cref="RefusedException">The limit is out of range.</exception>
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

    /// <summary>Shortens an external value for use in a message.</summary>
    public static string Short(string value) => value.Length <= 100 ? value : value[..100];
}
