using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Journal;

/// <summary>When a call's answer may leave.</summary>
public enum Durability
{
    /// <summary>When its charge is on disk.</summary>
    BeforeAnswer,

    /// <summary>
    /// At once: a process that dies loses the charges of its last moments, at most those of one <see cref="MeteringOptions.CommitDelay"/>
    /// and one append.
    /// </summary>
    Async,
}

/// <summary>Section <c>PerCall:Metering</c>.</summary>
public sealed class MeteringOptions
{
    public const string Section = "PerCall:Metering";

    /// <summary>
    /// How long a charge waits at most until three of four running calls have one, to be written with them. A call that runs alone does not
    /// wait.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan CommitDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// <c>BeforeAnswer</c>: an answer leaves when its charge is on disk. <c>Async</c>: at once, and a process that dies loses the charges
    /// of its last moments (metering.md).
    /// </summary>
    [EnumDataType(typeof(Durability))]
    public Durability Durability { get; set; } = Durability.BeforeAnswer;
}
