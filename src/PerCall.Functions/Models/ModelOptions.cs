using System.ComponentModel.DataAnnotations;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Section <c>PerCall:Models</c>. Omitted settings use the registry's own defaults.</summary>
public sealed class ModelOptions
{
    public const string Section = "PerCall:Models";

    /// <summary>Maximum size of all loaded weights in bytes. Default: half of the memory available to the process.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long? MemoryBudgetBytes { get; set; }

    /// <summary>
    /// Maximum memory of all model runs together in bytes, in addition to the weights. A run that needs more fails as `model_failed`.
    /// Default: a quarter of the memory available to the process, at least 256 MiB and at most 4 GiB.
    /// </summary>
    [Range(1L << 24, uint.MaxValue)]
    public long? RunMemoryBytes { get; set; }

    /// <summary>
    /// Number of threads per run; all sessions share them. Default: 1. More threads shorten a single call when processors are idle, and
    /// reduce throughput when they are not.
    /// </summary>
    [Range(1, 256)]
    public int? Threads { get; set; }

    /// <summary>Concurrent calls per model, if its manifest does not set a number. Default: one per processor.</summary>
    [Range(1, 64)]
    public int? Concurrency { get; set; }

    /// <summary>
    /// Run inputs of calls that wait for the same model together, where a measurement at load shows that it pays. A manifest's
    /// `limits.batch` applies only if this is on. Default: true.
    /// </summary>
    public bool? JoinCalls { get; set; }

    /// <summary>
    /// Concurrent calls on a large model, for each package and instance, if its manifest does not set a number. Default: 64.
    /// </summary>
    [Range(1, 1000)]
    public int? LargeConcurrency { get; set; }

    /// <summary>
    /// Folder for package files. Each load verifies their hashes. Default: <c>percall-models</c> in the temporary folder.
    /// </summary>
    public string? CacheFolder { get; set; }

    /// <summary>
    /// Maximum size of the package files in `CacheFolder` in bytes. Above it, the least recently used files are removed, except those of
    /// loaded models. Default: 10 GiB.
    /// </summary>
    [Range(1L << 20, 1L << 44)]
    public long? CacheBytes { get; set; }

    /// <summary>Maximum time for the verification of a package: loading, a trial run and the golden examples. Default: 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:30:00")]
    public TimeSpan? VerifyTime { get; set; }

    /// <summary>
    /// Folder of packages to publish at startup, before the service accepts calls. Versions that were published before are skipped, also
    /// if they were removed since. Default: <c>models</c> of the repository in development, otherwise none.
    /// </summary>
    public string? Starters { get; set; }

    /// <summary>
    /// Publish the models that come with the program (its folder <c>models</c>) after the start, in the background. Versions that were
    /// published before are skipped, also if they were removed since.
    /// </summary>
    public bool PublishIncluded { get; set; }

    /// <summary>Maximum size of a package in bytes, zipped and unpacked. Default: 10 GiB.</summary>
    [Range(1L << 20, 1L << 36)]
    public long? MaxPackageBytes { get; set; }

    /// <summary>How long an instance uses an alias before it reads it again. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan? AliasAge { get; set; }

    public ModelRegistryOptions Registry()
    {
        var options = new ModelRegistryOptions { SettingPrefix = $"{Section}:" };
        options.MemoryBudgetBytes = MemoryBudgetBytes ?? options.MemoryBudgetBytes;
        options.Threads = Threads ?? options.Threads;
        options.Concurrency = Concurrency ?? options.Concurrency;
        options.JoinCalls = JoinCalls ?? options.JoinCalls;
        options.LargeConcurrency = LargeConcurrency ?? options.LargeConcurrency;
        options.AliasAge = AliasAge ?? options.AliasAge;
        options.CacheFolder = CacheFolder ?? options.CacheFolder;
        options.CacheBytes = CacheBytes ?? options.CacheBytes;
        options.RunMemoryBytes = RunMemoryBytes ?? options.RunMemoryBytes;
        return options;
    }

    public PackageLimits Limits()
    {
        var limits = new PackageLimits { BytesSetting = $"{Section}:{nameof(MaxPackageBytes)}" };
        var bytes = MaxPackageBytes ?? limits.MaxBytes;
        return limits with { MaxBytes = bytes, MaxArchiveBytes = bytes, MaxTime = VerifyTime ?? limits.MaxTime };
    }
}
