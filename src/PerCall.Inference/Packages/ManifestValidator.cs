using PerCall.Inference.Pipelines;
using System.Text.RegularExpressions;

namespace PerCall.Inference.Packages;

/// <summary>Finds all errors of a manifest that can be detected without other files.</summary>
internal static partial class ManifestValidator
{
    public const int Schema = 1;
    private const int MaxQueue = 10_000;
    private const int MaxConcurrency = 64;

    // A call on a large model waits for the network and needs no processor.
    private const int MaxLargeConcurrency = 1000;
    private const int MaxRunSeconds = 120;

    public static IEnumerable<PackageFault> Check(ModelManifest m)
    {
        if (m.Schema != Schema)
        {
            yield return new("schema", $"is {m.Schema}; allowed in this version of PerCall: {Schema}.");
        }

        if (!ModelNames.IsName(m.Name))
        {
            yield return new("name", $"is '{m.Name}'; {ModelNames.NameRule}");
        }

        if (!ModelNames.IsVersion(m.Version))
        {
            yield return new("version", $"is '{m.Version}'; {ModelNames.VersionRule}");
        }

        if (string.IsNullOrWhiteSpace(m.Description) || m.Description.Length > 500)
        {
            yield return new("description", "must have 1 to 500 characters.");
        }

        if (m.Limits.Queue is < 0 or > MaxQueue)
        {
            yield return new("limits.queue", $"is {m.Limits.Queue}; allowed: 0 to {MaxQueue}.");
        }

        var maxConcurrency = m.Backend == ModelBackend.OpenAi ? MaxLargeConcurrency : MaxConcurrency;
        if (m.Limits.Concurrency < 1 || m.Limits.Concurrency > maxConcurrency)
        {
            yield return new("limits.concurrency", $"is {m.Limits.Concurrency}; allowed: 1 to {maxConcurrency}.");
        }

        if (m.Limits.Batch is < 1 or > MicroBatches.MaxRows)
        {
            yield return new("limits.batch", $"is {m.Limits.Batch}; allowed: 1 to {MicroBatches.MaxRows}.");
        }

        if (m.Limits.RunSeconds is < 1 or > MaxRunSeconds)
        {
            yield return new("limits.run_seconds", $"is {m.Limits.RunSeconds}; allowed: 1 to {MaxRunSeconds}.");
        }

        foreach (var fault in Files(m).Concat(BackendManifestValidator.Check(m)).Concat(TaskManifestValidator.Check(m)))
        {
            yield return fault;
        }
    }

    private static IEnumerable<PackageFault> Files(ModelManifest m)
    {
        foreach (var (path, hash) in m.Files)
        {
            if (!ModelNames.IsSafePath(path) || path == ModelManifest.FileName)
            {
                yield return new("files", $"names '{path}'; {ModelNames.PathRule}");
            }

            if (!Sha256().IsMatch(hash))
            {
                yield return new($"files.{path}", $"has the hash '{hash}'; expected a SHA-256 hash in 64 lower-case hex digits.");
            }
        }

        IEnumerable<(string Where, string? File)> named =
        [
            ("model", m.Model.Length == 0 ? null : m.Model),
            .. TaskManifestValidator.OutputFiles(m),
            ("golden", m.Golden),
            ("card", m.Card),
            .. TaskManifestValidator.InputFiles(m),
            .. LargeModelManifestValidator.Files(m),
        ];
        foreach (var (where, file) in named)
        {
            if (file is not null && !m.Files.ContainsKey(file))
            {
                yield return new(where, $"names '{file}', which is not listed in files.");
            }
        }
    }

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Sha256();
}
