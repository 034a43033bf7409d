using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Journal;

/// <summary>When a call's answer may leave the service.</summary>
public enum Durability
{
    /// <summary>The answer leaves when its charge is on disk.</summary>
    BeforeAnswer,

    /// <summary>
    /// The answer leaves at once. A process that dies loses its latest charges: at most those of one
    /// <see cref="MeteringOptions.CommitDelay"/> and one append.
    /// </summary>
    Async,
}

/// <summary>Section <c>PerCall:Metering</c>.</summary>
public sealed class MeteringOptions
{
    public const string Section = "PerCall:Metering";

    /// <summary>
    /// Maximum time that a charge waits until three of four running calls have one and all are written with one append. A call that runs
    /// alone does not wait.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan CommitDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// <c>BeforeAnswer</c>: an answer leaves when its charge is on disk. <c>Async</c>: an answer leaves at once, and a process that dies
    /// loses its latest charges (metering.md).
    /// </summary>
    [EnumDataType(typeof(Durability))]
    public Durability Durability { get; set; } = Durability.BeforeAnswer;
}
