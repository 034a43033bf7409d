namespace PerCall.Functions.Security;

/// <summary>Section <c>PerCall:Security</c>.</summary>
public sealed class SecurityOptions
{
    public const string Section = "PerCall:Security";

    /// <summary>
    /// Where faults of security are to be reported: an address that begins with <c>mailto:</c>, <c>https:</c> or <c>tel:</c>. Left out:
    /// there is no <c>security.txt</c>.
    /// </summary>
    public string? Contact { get; set; }

    public bool IsFit => string.IsNullOrEmpty(Contact)
        || (Uri.TryCreate(Contact, UriKind.Absolute, out var address)
            && address.Scheme is "mailto" or "https" or "tel"
            && !Contact.AsSpan().ContainsAny('\r', '\n'));
}
