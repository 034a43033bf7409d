using System.Buffers.Text;
using System.Text.Json;

namespace PerCall.Hooks;

/// <summary>The tenant that azd deploys to.</summary>
internal static class AzdTenant
{
    /// <summary>
    /// Reads the tenant from a token of azd. azd keeps no tenant of its own: <c>AZURE_TENANT_ID</c> is an output of the template, so it is
    /// absent before the first deployment, and old after a change of the subscription.
    /// </summary>
    /// <returns>Null: azd is not installed or not signed in, or the token is not readable.</returns>
    public static async Task<string?> FindAsync()
    {
        // Outside of the project azd takes the subscription from the environment of this process. Inside, it takes that of its default
        // environment, also when it was started for another one.
        return Tool.Find("azd") is { } azd
            && await azd.RunInAsync(Path.GetTempPath(), "auth", "token", "--output", "json") is { Succeeded: true } answer
                ? OfToken(answer.Output) : null;
    }

    private static string? OfToken(string output)
    {
        try
        {
            using var answer = JsonDocument.Parse(output);
            // header.claims.signature
            return answer.RootElement.GetProperty("token").GetString()!.Split('.') is [_, var claims, _] ? OfClaims(claims) : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string? OfClaims(string encoded)
    {
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(encoded));
        return claims.RootElement.GetProperty("tid").GetString();
    }
}
