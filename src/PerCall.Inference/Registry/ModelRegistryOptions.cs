using System.ComponentModel.DataAnnotations;

namespace PerCall.Inference.Registry;

/// <summary>Memory, disk and thread limits of the models on an instance.</summary>
public sealed class ModelRegistryOptions
{
    /// <summary>What errors write before the name of a setting.</summary>
    public string SettingPrefix { get; set; } = "";

    /// <summary>Maximum size of all loaded weights in bytes. Default: half of the memory available to the process.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long MemoryBudgetBytes { get; set; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>
    /// Maximum memory of all runs together in bytes, in addition to the weights. A run that needs more fails. The first model that is
    /// loaded sets the limit for the process. Default: a quarter of the memory available to the process, at least 256 MiB and at most
    /// 4 GiB, the highest value of the runtime.
    /// </summary>
    [Range(1L << 24, uint.MaxValue)]
    public long RunMemoryBytes { get; set; } = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 256L << 20, uint.MaxValue);

    /// <summary>
    /// Maximum size of package files on the local disk in bytes. The least recently used files are deleted above it. Default: 10 GiB.
    /// </summary>
    [Range(1L << 20, 1L << 44)]
    public long CacheBytes { get; set; } = 10L << 30;

    /// <summary>
    /// Number of threads per run. Default 1: calls run in parallel, one per processor, which gives the highest throughput.
    /// </summary>
    [Range(1, 256)]
    public int Threads { get; set; } = 1;

    /// <summary>Concurrent calls per model if the manifest does not set them. Default: one per processor.</summary>
    [Range(1, 64)]
    public int Concurrency { get; set; } = Math.Clamp(Environment.ProcessorCount, 1, 64);

    /// <summary>
    /// Whether inputs of calls that wait for the same model run together, where a measurement at load shows that it pays. Default: true.
    /// </summary>
    public bool JoinCalls { get; set; } = true;

    /// <summary>
    /// Concurrent calls of an instance on a large model, for each package, if the manifest does not set them. They wait for the network and
    /// need no processor. Default: 64.
    /// </summary>
    [Range(1, 1000)]
    public int LargeConcurrency { get; set; } = 64;

    /// <summary>Folder for package files between runs. Default: <c>percall-models</c> in the temporary folder.</summary>
    [Required]
    public string CacheFolder { get; set; } = Path.Combine(Path.GetTempPath(), "percall-models");

    /// <summary>How long aliases are used without a refresh. A moved alias takes effect one call after this time.</summary>
    public TimeSpan AliasAge { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The age from which a call waits for a refresh of the aliases instead of using the old ones.</summary>
    public TimeSpan AliasMaxAge { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the stored files of a loaded model are compared with the loaded files.</summary>
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(30);
}
