using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Requests;

/// <summary>Section <c>PerCall:Requests</c>.</summary>
public sealed class RequestOptions
{
    public const string Section = "PerCall:Requests";

    private const long LeastBytes = 128L << 20;
    private const long MostBytes = 1L << 30;

    /// <summary>
    /// Maximum memory of all request bodies on an instance in bytes; one tenant can use half of it. Default: an eighth of the memory, at
    /// least 128 MiB and at most 1 GiB.
    /// </summary>
    [Range(1L << 20, 1L << 36)]
    public long? BodyBytes { get; set; }

    /// <summary>Maximum time in seconds for the arrival of a body.</summary>
    [Range(1, 1800)]
    public int BodySeconds { get; set; } = 300;

    /// <summary>Minimum rate of a body in bytes per second, after the first ten seconds.</summary>
    [Range(1, 1_000_000)]
    public int BodyBytesPerSecond { get; set; } = 1000;

    /// <summary>Returns <see cref="BodyBytes"/>, or a default from the machine's memory.</summary>
    public long BodyByteCount() => BodyBytes ?? Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, LeastBytes, MostBytes);
}
