using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PerCall.Functions.Requests;

/// <summary>
/// A key as its holder has it: <c>&lt;prefix&gt;_&lt;id&gt;_&lt;secret&gt;</c>. The prefix identifies it to people and to secret scanners.
/// The id finds its row. The secret has 160 bits, and only its hash is stored.
/// </summary>
public sealed partial class KeyText
{
    /// <summary>The prefix of tenants' keys.</summary>
    public const string Tenant = "pc_live";

    /// <summary>The prefix of operators' keys.</summary>
    public const string Operator = "pc_operator";

    public const string Rule = "pc_live_, then 16 characters of 0-9 and a-f, then _, then 32 characters of a-z and 2-7";
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";
    private const int MaxLength = 80;

    private readonly string _prefix;
    private readonly string _secret;

    private KeyText(string prefix, string id, string secret) => (_prefix, Id, _secret) = (prefix, id, secret);

    /// <summary>The public id: it appears in lists, in the journal and in logs.</summary>
    public string Id { get; }

    /// <summary>Returns the whole key, which is shown only once.</summary>
    public string Reveal() => $"{_prefix}_{Id}_{_secret}";

    public byte[] HashSecret() => SHA256.HashData(Encoding.ASCII.GetBytes(_secret));

    public static KeyText New(string prefix = Tenant) =>
        new(prefix, RandomNumberGenerator.GetHexString(16, lowercase: true), RandomNumberGenerator.GetString(Letters, 32));

    /// <summary>Returns the key; null when the text is not a key with that prefix.</summary>
    public static KeyText? Parse(string text, string prefix = Tenant) =>
        text.Length <= MaxLength && Form().Match(text) is { Success: true } match && match.Groups[1].ValueSpan.SequenceEqual(prefix)
            ? new(prefix, match.Groups[2].Value, match.Groups[3].Value)
            : null;

    public static bool IsId(string id) => IdForm().IsMatch(id);

    [GeneratedRegex(@"^(pc_[a-z]+)_([0-9a-f]{16})_([a-z2-7]{32})\z")]
    private static partial Regex Form();

    [GeneratedRegex(@"^[0-9a-f]{16}\z")]
    private static partial Regex IdForm();
}
