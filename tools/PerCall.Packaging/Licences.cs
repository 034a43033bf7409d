namespace PerCall.Packaging;

/// <summary>What packages may be shipped with software under the MIT licence, and how theirs are made out.</summary>
internal static class Licences
{
    /// <summary>
    /// All that may be shipped, as SPDX has it. None of them asks anything of the code beside it; whoever adds one has read that.
    /// </summary>
    public static IReadOnlyList<string> Allowed { get; } =
        ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unicode-3.0", "Zlib"];

    // Packages older than licence expressions give an address. These were looked up; any other one is refused until somebody has.
    private static readonly Dictionary<string, string> Addresses = new(StringComparer.OrdinalIgnoreCase)
    {
        ["https://github.com/dotnet/corefx/blob/master/LICENSE.TXT"] = "MIT",
        // Of the WebJobs SDK.
        ["https://go.microsoft.com/fwlink/?linkid=2028464"] = "MIT",
        ["https://github.com/Azure/azure-storage-net/blob/master/LICENSE.txt"] = "Apache-2.0",
    };

    // Packages that state no licence. The licence of each was read in the repository that the package names.
    private static readonly Dictionary<PackageKey, string> Unstated = new() { [new("OpenAI", "2.1.0")] = "MIT" };

    /// <returns>An SPDX expression; null when it is not known, or not allowed.</returns>
    public static string? Find(PackageKey package, PackageFolder packages) =>
        (packages.LicenceText(package) is { } text ? Recognize(text)
            : packages.StatedLicence(package) is { Length: > 0 } stated ? Addresses.GetValueOrDefault(stated, stated)
            : Unstated.GetValueOrDefault(package)) is { } licence && IsAllowed(licence) ? licence : null;

    public static string Refusal(PackageKey package, PackageFolder packages) =>
        $"{package.Id} {package.Version} states the licence '{packages.StatedLicence(package)}'; allowed: {string.Join(", ", Allowed)}.";

    /// <summary>
    /// Of alternatives one has to be allowed, of licences that apply together all. Anything more involved is for a human to read.
    /// </summary>
    internal static bool IsAllowed(string expression) =>
        expression.Split(" OR ").Any(alternative => alternative.Split(" AND ").All(Allowed.Contains));

    /// <summary>Of a package that has its licence as a file: by how the text begins.</summary>
    internal static string? Recognize(string text)
    {
        var beginning = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(40));
        return beginning.StartsWith("Apache License Version 2.0", StringComparison.OrdinalIgnoreCase) ? "Apache-2.0"
            : beginning.StartsWith("MIT License", StringComparison.OrdinalIgnoreCase) || beginning.StartsWith(
                "The MIT License", StringComparison.OrdinalIgnoreCase) ? "MIT"
            : null;
    }
}
