namespace PerCall.Packaging;

/// <summary>A NuGet package with at least one file in what is shipped.</summary>
/// <param name="Id">As NuGet spells it.</param>
/// <param name="Version">The resolved one.</param>
/// <param name="Licence">An SPDX expression.</param>
/// <param name="Sha512">Of the package file, in hexadecimal; null where the build did not write one down.</param>
/// <param name="Files">Its files, relative to the folder, with <c>/</c>.</param>
/// <param name="Dependencies">Those of its dependencies that are shipped too.</param>
internal sealed record ShippedPackage(
    string Id, string Version, string Licence, string? Sha512, IReadOnlyList<string> Files, IReadOnlyList<PackageKey> Dependencies)
{
    public PackageKey Key => new(Id, Version);
}
