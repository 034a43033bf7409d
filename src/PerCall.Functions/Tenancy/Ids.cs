using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace PerCall.Functions.Tenancy;

/// <summary>Ids of tenants and plans, which the operator chooses, and of accounts, which are random.</summary>
public static partial class Ids
{
    public const string Rule = "allowed: 3 to 40 lower-case letters, digits and dashes, with a letter or digit at both ends.";

    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";

    public static bool IsFit(string id) => Form().IsMatch(id);

    public static string NewTenant() => $"t-{RandomNumberGenerator.GetString(Letters, 12)}";

    /// <summary>Whether the id has the form of an account. Other ids are never accounts, and may not be valid as a row key.</summary>
    public static bool IsAccount(string id) => AccountForm().IsMatch(id);

    public static string NewAccount() => $"acc_{RandomNumberGenerator.GetString(Letters, 20)}";

    [GeneratedRegex(@"^acc_[a-z2-7]{20}\z")]
    private static partial Regex AccountForm();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]\z")]
    private static partial Regex Form();
}
