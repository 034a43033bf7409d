using System.ComponentModel.DataAnnotations;

namespace PerCall.Inference.Registry;

/// <summary>How many models an instance holds, and with what they run.</summary>
public sealed class ModelRegistryOptions
{
    /// <summary>Bytes of weights that may be loaded at once. Default: half of the memory that the process may use.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long MemoryBudgetBytes { get; set; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;

    /// <summary>
    /// Bytes that all runs together may hold beside the weights; a run that needs more fails. One bound for the process: that of the first
    /// model that is loaded. Default: a quarter of the memory that the process may use, from 256 MiB up to the 4 GiB that the runtime counts to.
    /// </summary>
    [Range(1L << 24, uint.MaxValue)]
    public long RunMemoryBytes { get; set; } = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 256L << 20, uint.MaxValue);

    /// <summary>Bytes of package files on the local disk; the least recently used are removed beyond. Default: 10 GiB.</summary>
    [Range(1L << 20, 1L << 44)]
    public long CacheBytes { get; set; } = 10L << 30;

    /// <summary>Threads that one run may use. Default 1: calls run side by side, one per processor, which serves the most of them.</summary>
    [Range(1, 256)]
    public int Threads { get; set; } = 1;

    /// <summary>Calls that run at once on one model whose manifest does not say. Default: one per processor.</summary>
    [Range(1, 64)]
    public int Concurrency { get; set; } = Math.Clamp(Environment.ProcessorCount, 1, 64);

    /// <summary>Where files of packages are kept between runs. Default: <c>percall-models</c> in the temporary folder.</summary>
    [Required]
    public string CacheFolder { get; set; } = Path.Combine(Path.GetTempPath(), "percall-models");

    /// <summary>The age up to which aliases are taken as read. A moved alias is followed after this time, and one more call.</summary>
    public TimeSpan AliasAge { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The age past which a call waits for aliases to be read anew, rather than be answered by the old ones.</summary>
    public TimeSpan AliasMaxAge { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the stored files of a loaded model are compared with what was loaded.</summary>
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(30);
}
