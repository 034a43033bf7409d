
namespace PerCall.Functions.Requests;

/// <summary>The display name of a tenant or a key.</summary>
public static class DisplayName
{
    private const int Most = 200;

    /// <exception cref="RefusedException">The name is empty, too long, or contains control characters.</exception>
    public static string Of(string? name, string what) => name?.Trim() is { Length: > 0 and <= Most } fit && !fit.Any(char.IsControl)
        ? fit
        : throw RefusedException.BadRequest(
            "invalid_name",
            $"'name' is missing or invalid; allowed for a {what}'s name: 1 to {Most} characters, without control characters.", "name");
}
