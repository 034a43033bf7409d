using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Requests;

/// <summary>Section <c>PerCall:Requests</c>.</summary>
public sealed class RequestOptions
{
    public const string Section = "PerCall:Requests";

    private const long LeastBytes = 128L << 20;
    private const long MostBytes = 1L << 30;

    /// <summary>
    /// Bytes of bodies that an instance holds in memory, half of them for one tenant. Left out: an eighth of its memory, at least 128 MiB
    /// and at most 1 GiB.
    /// </summary>
    [Range(1L << 20, 1L << 36)]
    public long? BodyBytes { get; set; }

    /// <summary>Seconds in which a body has to have come.</summary>
    [Range(1, 1800)]
    public int BodySeconds { get; set; } = 300;

    /// <summary>Bytes in a second at which a body has to come, after the first ten seconds.</summary>
    [Range(1, 1_000_000)]
    public int BodyBytesPerSecond { get; set; } = 1000;

    /// <summary>Returns <see cref="BodyBytes"/>, or a default from the machine's memory.</summary>
    public long BodyByteCount() => BodyBytes ?? Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, LeastBytes, MostBytes);
}
