using System.Text.Json;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Lifetime;

namespace PerCall.Hosting.Development;

/// <summary>Azurite in the version pinned by <c>tools/azurite/package-lock.json</c>, installed there on first use.</summary>
internal sealed partial class AzuriteInstallation(string folder, ILogger logger)
{
    private const string LockFile = "package-lock.json";

    // npm's own record of what it installed.
    private static readonly string InstalledLockFile = Path.Combine("node_modules", ".package-lock.json");

    /// <summary>The folder that contains <c>tools/azurite</c>.</summary>
    public string RepositoryRoot => Path.GetFullPath(Path.Combine(folder, "..", ".."));

    public string Script => Path.Combine(folder, "node_modules", "azurite", "dist", "src", "azurite.js");

    public string PreloadedScript => Path.Combine(folder, "with-parent.cjs");

    /// <summary>Searches the folders for <c>tools/azurite</c>, in the given order.</summary>
    public static AzuriteInstallation? Find(IEnumerable<string> folders, ILogger logger)
    {
        var found = folders.Select(f => Path.Combine(f, "tools", "azurite")).FirstOrDefault(f => File.Exists(Path.Combine(f, LockFile)));
        return found is null ? null : new AzuriteInstallation(found, logger);
    }

    /// <exception cref="StartException">Node.js is missing or too old, or npm failed.</exception>
    public async Task EnsureAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        await NodeCommand.CheckVersionAsync(cancellationToken);
        if (IsCurrent())
        {
            return;
        }

        await using var installing = await FileLock.AcquireAsync(Path.Combine(folder, ".install.lock"), time, cancellationToken);
        if (IsCurrent())
        {
            return;
        }

        LogInstalling(folder);
        var (exitCode, output) = await NodeCommand.RunAsync("npm", ["ci", "--no-audit", "--no-fund"], folder, cancellationToken);
        if (exitCode != 0)
        {
            var reason = output.Split('\n').FirstOrDefault(l => l.Contains("error", StringComparison.OrdinalIgnoreCase))?.Trim();
            throw new StartException($"'npm ci' in {folder} failed with exit code {exitCode}: {reason}");
        }
    }

    // True when every installed package matches the lock file, and only optional packages of the lock file are missing.
    private bool IsCurrent()
    {
        var installed = Versions(Path.Combine(folder, InstalledLockFile));
        var locked = Versions(Path.Combine(folder, LockFile));
        return File.Exists(Script) && installed is not null && locked is not null &&
            installed.All(p => locked.TryGetValue(p.Key, out var l) && l.Version == p.Value.Version) &&
            locked.All(p => p.Value.Optional || installed.ContainsKey(p.Key));
    }

    private static Dictionary<string, (string? Version, bool Optional)>? Versions(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.GetProperty("packages").EnumerateObject()
                .Where(p => p.Name.Length > 0)
                .ToDictionary(p => p.Name, p => (
                    p.Value.TryGetProperty("version", out var version) ? version.GetString() : null,
                    p.Value.TryGetProperty("optional", out var optional) && optional.GetBoolean()));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    [LoggerMessage(LogLevel.Information, "Installing Azurite in {Folder} (once, by npm ci; about a minute).")]
    private partial void LogInstalling(string folder);
}
