using PerCall.Hosting.Configuration;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Configuration;

public sealed class SettingsFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("repository/src/app", "repository/src/app")]
    [InlineData("repository/src", "repository")]
    [InlineData("repository", "repository")]
    [InlineData("", "bin")]
    public void Find_FromTheContentRoot_TakesTheNearestUpToTheRepositoryAndThenTheApplications(string contentRoot, string found)
    {
        Directory.CreateDirectory(_folder.File("repository/.git"));
        foreach (var folder in (string[])["repository/src/app", "repository", "bin"])
        {
            Directory.CreateDirectory(_folder.File(folder));
            File.WriteAllText(_folder.File($"{folder}/host.json"), "{}");
        }

        Assert.Equal(
            _folder.File($"{found}/host.json"),
            SettingsFiles.Find("host.json", _folder.File(contentRoot).TrimEnd('/'), _folder.File("bin")));
    }

    [Fact]
    public void Find_AboveTheRepository_IsNotLookedAt()
    {
        Directory.CreateDirectory(_folder.File("repository/.git"));
        File.WriteAllText(_folder.File("host.json"), "{}");

        Assert.Null(SettingsFiles.Find("host.json", _folder.File("repository"), _folder.File("bin")));
    }

    public void Dispose() => _folder.Dispose();
}
