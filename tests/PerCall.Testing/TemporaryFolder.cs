namespace PerCall.Testing;

/// <summary>A folder that goes with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("percall-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public static implicit operator string(TemporaryFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return folder.Path;
    }
}
