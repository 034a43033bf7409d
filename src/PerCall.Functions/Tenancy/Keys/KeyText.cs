using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PerCall.Functions.Tenancy.Keys;

/// <summary>
/// A key as its holder has it: <c>pc_live_&lt;id&gt;_&lt;secret&gt;</c>. The prefix identifies it to people and to secret scanners. The id
/// finds its row. The secret has 160 bits, and only its hash is stored.
/// </summary>
public sealed partial class KeyText
{
    public const string Rule = "pc_live_, then 16 characters of 0-9 and a-f, then _, then 32 characters of a-z and 2-7";
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";
    private const int Length = 57;

    private readonly string _secret;

    private KeyText(string id, string secret) => (Id, _secret) = (id, secret);

    /// <summary>The public id: it appears in lists, in the journal and in logs.</summary>
    public string Id { get; }

    /// <summary>Returns the whole key, which is shown only once.</summary>
    public string Reveal() => $"pc_live_{Id}_{_secret}";

    public byte[] HashSecret() => SHA256.HashData(Encoding.ASCII.GetBytes(_secret));

    public static KeyText New() =>
        new(RandomNumberGenerator.GetHexString(16, lowercase: true), RandomNumberGenerator.GetString(Letters, 32));

    public static KeyText? Parse(string text) =>
        text.Length == Length && Form().Match(text) is { Success: true } match ? new(match.Groups[1].Value, match.Groups[2].Value) : null;

    public static bool IsId(string id) => IdForm().IsMatch(id);

    [GeneratedRegex(@"^pc_live_([0-9a-f]{16})_([a-z2-7]{32})\z")]
    private static partial Regex Form();

    [GeneratedRegex(@"^[0-9a-f]{16}\z")]
    private static partial Regex IdForm();
}
