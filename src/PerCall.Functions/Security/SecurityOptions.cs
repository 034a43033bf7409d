namespace PerCall.Functions.Security;

/// <summary>Section <c>PerCall:Security</c>.</summary>
public sealed class SecurityOptions
{
    public const string Section = "PerCall:Security";

    /// <summary>
    /// Contact for security reports: an address that starts with <c>mailto:</c>, <c>https:</c> or <c>tel:</c>. Without it, the service has
    /// no <c>security.txt</c>.
    /// </summary>
    public string? Contact { get; set; }

    public bool IsFit => string.IsNullOrEmpty(Contact)
        || (Uri.TryCreate(Contact, UriKind.Absolute, out var address)
            && address.Scheme is "mailto" or "https" or "tel"
            && !Contact.AsSpan().ContainsAny('\r', '\n'));
}
