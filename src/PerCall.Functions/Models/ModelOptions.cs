using System.ComponentModel.DataAnnotations;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Section <c>PerCall:Models</c>. Omitted settings use the registry's own defaults.</summary>
public sealed class ModelOptions
{
    public const string Section = "PerCall:Models";

    /// <summary>Bytes of weights in memory at once. Left out: half of what the process may use.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long? MemoryBudgetBytes { get; set; }

    /// <summary>
    /// Bytes that all runs of models may hold at once beside the weights; a run that needs more fails as `model_failed`. Left out: a
    /// quarter of what the process may use, from 256 MiB up to 4 GiB.
    /// </summary>
    [Range(1L << 24, uint.MaxValue)]
    public long? RunMemoryBytes { get; set; }

    /// <summary>
    /// Threads that one run may use, shared by all sessions. Left out: 1. More shorten a single call where processors would be idle, and
    /// cost throughput where they are not.
    /// </summary>
    [Range(1, 256)]
    public int? Threads { get; set; }

    /// <summary>Calls that run at once on a model whose manifest does not say. Left out: one per processor.</summary>
    [Range(1, 64)]
    public int? Concurrency { get; set; }

    /// <summary>Files of packages, verified by hash at each load. Left out: <c>percall-models</c> in the temporary folder.</summary>
    public string? CacheFolder { get; set; }

    /// <summary>
    /// Bytes of package files in `CacheFolder`: beyond, the least recently used are removed, and never those of a loaded model. Left out:
    /// 10 GiB.
    /// </summary>
    [Range(1L << 20, 1L << 44)]
    public long? CacheBytes { get; set; }

    /// <summary>
    /// How long the verification of a package may take: loading it, a trial run and its golden examples. Left out: 2 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:30:00")]
    public TimeSpan? VerifyTime { get; set; }

    /// <summary>
    /// A folder of packages that are published at start if they are not there yet. Left out: in development <c>models</c> of the
    /// repository, else none.
    /// </summary>
    public string? Starters { get; set; }

    /// <summary>Bytes that a package may unpack to. Left out: 2 GiB.</summary>
    [Range(1L << 20, 1L << 36)]
    public long? MaxPackageBytes { get; set; }

    /// <summary>How old an alias may be on an instance before it is read again. Left out: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan? AliasAge { get; set; }

    public ModelRegistryOptions Registry()
    {
        var options = new ModelRegistryOptions();
        options.MemoryBudgetBytes = MemoryBudgetBytes ?? options.MemoryBudgetBytes;
        options.Threads = Threads ?? options.Threads;
        options.Concurrency = Concurrency ?? options.Concurrency;
        options.AliasAge = AliasAge ?? options.AliasAge;
        options.CacheFolder = CacheFolder ?? options.CacheFolder;
        options.CacheBytes = CacheBytes ?? options.CacheBytes;
        options.RunMemoryBytes = RunMemoryBytes ?? options.RunMemoryBytes;
        return options;
    }

    public PackageLimits Limits()
    {
        var limits = new PackageLimits();
        return limits with { MaxBytes = MaxPackageBytes ?? limits.MaxBytes, MaxTime = VerifyTime ?? limits.MaxTime };
    }
}
