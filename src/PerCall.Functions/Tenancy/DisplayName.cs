using PerCall.Functions.Requests;

namespace PerCall.Functions.Tenancy;

/// <summary>What people call a tenant or a key.</summary>
public static class DisplayName
{
    private const int Most = 200;

    /// <exception cref="RefusedException">It is empty, too long, or has control characters.</exception>
    public static string Of(string? name, string what) => name?.Trim() is { Length: > 0 and <= Most } fit && !fit.Any(char.IsControl)
        ? fit
        : throw RefusedException.BadRequest(
            "invalid_name",
            $"'name' is missing or invalid; allowed for a {what}'s name: 1 to {Most} characters, without control characters.", "name");
}
