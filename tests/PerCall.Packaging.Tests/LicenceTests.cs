using PerCall.Testing;
using Xunit;

namespace PerCall.Packaging.Tests;

/// <summary>A package is shipped only with a licence that is known and allowed.</summary>
public sealed class LicenceTests
{
    private static readonly PackageKey Package = new("Some.Package", "1.2.3");

    [Theory]
    [InlineData("""<license type="expression">MIT</license>""", "MIT")]
    [InlineData("""<license type="expression">MS-PL OR Apache-2.0</license>""", "MS-PL OR Apache-2.0")]
    [InlineData("""<license type="file">LICENSE.txt</license>""", "Apache-2.0")]
    [InlineData("""<licenseUrl>https://github.com/dotnet/corefx/blob/master/LICENSE.TXT</licenseUrl>""", "MIT")]
    [InlineData("""<license type="expression">GPL-3.0-only</license>""", null)]
    [InlineData("""<license type="expression">MIT AND LGPL-3.0-only</license>""", null)]
    [InlineData("""<license type="expression">(MIT OR GPL-2.0-only) AND LGPL-3.0-only</license>""", null)]
    [InlineData("""<license type="file">EULA.txt</license>""", null)]
    [InlineData("""<licenseUrl>https://example.com/licence</licenseUrl>""", null)]
    [InlineData("", null)]
    public void Find_StatedLicence_IsKnownAndAllowedOrRefused(string stated, string? expected)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(expected, Licences.Find(Package, Write(folder.Path, stated)));
    }

    [Theory]
    [InlineData("2.1.0", "MIT")]
    [InlineData("9.9.9", null)]
    public void Find_PackageThatStatesNoLicence_IsKnownByItsVersion(string version, string? expected)
    {
        using var folder = new TemporaryFolder();
        var package = Directory.CreateDirectory(Path.Combine(folder.Path, "openai", version)).FullName;
        File.WriteAllText(Path.Combine(package, "openai.nuspec"), "<package><metadata><id>OpenAI</id></metadata></package>");

        Assert.Equal(expected, Licences.Find(new("OpenAI", version), new(folder.Path)));
    }

    [Fact]
    public void ShippedPackages_PackageOfAForbiddenLicence_AreRefusedByName()
    {
        using var folder = new TemporaryFolder();
        var packages = Write(folder.Path, """<license type="expression">GPL-3.0-only</license>""");
        File.WriteAllText(Path.Combine(folder.Path, "Some.Package.dll"), "");
        File.WriteAllText(Path.Combine(folder.Path, "App.deps.json"), """
            {
              "runtimeTarget": { "name": "net" },
              "targets": { "net": { "Some.Package/1.2.3": { "runtime": { "lib/net10.0/Some.Package.dll": {} } }, "Absent/1.0.0": { "runtime": { "lib/net10.0/Absent.dll": {} } } } },
              "libraries": { "Some.Package/1.2.3": { "type": "package", "sha512": "" }, "Absent/1.0.0": { "type": "package", "sha512": "" } }
            }
            """);

        var refusal = Assert.Throws<InvalidDataException>(() => ShippedPackages.Of(folder.Path, packages));

        Assert.StartsWith("Some.Package 1.2.3 states the licence 'GPL-3.0-only'; allowed: ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Absent", refusal.Message, StringComparison.Ordinal);
    }

    private static PackageFolder Write(string root, string stated)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, "packages", "some.package", "1.2.3")).FullName;
        File.WriteAllText(
            Path.Combine(folder, "some.package.nuspec"), $"<package><metadata><id>Some.Package</id>{stated}</metadata></package>");
        File.WriteAllText(Path.Combine(folder, "LICENSE.txt"), "\n      Apache License\n  Version 2.0, January 2004\n");
        File.WriteAllText(Path.Combine(folder, "EULA.txt"), "You may not pass this on.");
        return new(Path.Combine(root, "packages"));
    }
}
