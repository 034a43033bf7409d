using System.ComponentModel.DataAnnotations;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Section <c>PerCall:Models</c>; what is left out has the registry's own default.</summary>
internal sealed class ModelOptions
{
    public const string Section = "PerCall:Models";

    /// <summary>Bytes of weights in memory at once. Default: half of the memory that the process may use.</summary>
    [Range(1L << 20, long.MaxValue)]
    public long? MemoryBudgetBytes { get; set; }

    /// <summary>Threads that one run may use. Default 1.</summary>
    [Range(1, 256)]
    public int? Threads { get; set; }

    /// <summary>Calls that run at once on a model whose manifest does not say. Default: one per processor.</summary>
    [Range(1, 64)]
    public int? Concurrency { get; set; }

    /// <summary>Folder for files of packages between runs. Default: <c>percall-models</c> in the temporary folder.</summary>
    public string? CacheFolder { get; set; }

    /// <summary>A folder of packages that are published at start if they are not there yet. Default: in development <c>models</c> of the repository, else none.</summary>
    public string? Starters { get; set; }

    /// <summary>Bytes that a package may unpack to. Default 1 GiB.</summary>
    [Range(1L << 20, 1L << 36)]
    public long? MaxPackageBytes { get; set; }

    public ModelRegistryOptions Registry()
    {
        var options = new ModelRegistryOptions();
        options.MemoryBudgetBytes = MemoryBudgetBytes ?? options.MemoryBudgetBytes;
        options.Threads = Threads ?? options.Threads;
        options.Concurrency = Concurrency ?? options.Concurrency;
        options.CacheFolder = CacheFolder ?? options.CacheFolder;
        return options;
    }

    public PackageLimits Limits()
    {
        var limits = new PackageLimits();
        return limits with { MaxBytes = MaxPackageBytes ?? limits.MaxBytes };
    }
}
