using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace PerCall.Functions.Tenancy;

/// <summary>The ids of tenants and plans, which the operator chooses, and of accounts, which nobody does.</summary>
internal static partial class Ids
{
    public const string Rule = "3 to 40 lower-case letters, digits and dashes are allowed, a letter or digit at both ends.";

    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";

    public static bool IsFit(string id) => Form().IsMatch(id);

    public static string NewTenant() => $"t-{RandomNumberGenerator.GetString(Letters, 12)}";

    public static string NewAccount() => $"acc_{RandomNumberGenerator.GetString(Letters, 20)}";

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]\z")]
    private static partial Regex Form();
}
