namespace PerCall.Packaging;

/// <summary>
/// A package in one version; two versions may be shipped, one for the service and one for the extensions of the Functions host.
/// </summary>
internal sealed record PackageKey(string Id, string Version)
{
    /// <summary>Its package URL, which scanners look it up by.</summary>
    public string Url => $"pkg:nuget/{Id}@{Version}";

    /// <param name="text"><c>id/version</c>, as files of the .NET SDK have it.</param>
    public static PackageKey Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return new(text[..slash], text[(slash + 1)..]);
    }
}
