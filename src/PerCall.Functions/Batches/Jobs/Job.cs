using System.Text.Json.Serialization;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>A batch: what was ordered, how it is cut, and how far it is. One row; changed by ETag.</summary>
public sealed record Job
{
    public required string Id { get; init; }

    public required string Account { get; init; }

    public required JobOrder Order { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The context of the span in which it was taken in.</summary>
    public string? Traceparent { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public JobStage Stage { get; init; }

    /// <summary>Set when the job is to end: with this, as soon as may be.</summary>
    public JobEnding? Ending { get; init; }

    public JobFault? Fault { get; init; }

    /// <summary>How often the planning has been begun.</summary>
    public int Plannings { get; init; }

    /// <summary>Set by the plan.</summary>
    public JobPlan? Plan { get; init; }

    /// <summary>Set aside of the month's allowance.</summary>
    public JobHold? Hold { get; init; }

    public JobProgress Progress { get; init; } = new();

    /// <summary>Set when the results have been put together.</summary>
    public JobResult? Result { get; init; }

    public JobCharge Charge { get; init; } = new();

    /// <summary>Of the step that is due; messages of others are old.</summary>
    public long Tick { get; init; }

    /// <summary>When the next step should have begun; one that is long overdue has lost its message.</summary>
    public DateTimeOffset StepDue { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? CancelledAt { get; init; }

    public DateTimeOffset? FinishingAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    [JsonIgnore]
    public bool IsOpen => Stage != JobStage.Ended;
}

/// <summary>What was ordered. It never changes.</summary>
public sealed record JobOrder
{
    public required string Tenant { get; init; }

    /// <summary>Public id of the key; <c>upload</c> where a file came without one.</summary>
    public required string Key { get; init; }

    public required ModelTask Task { get; init; }

    /// <summary>As it was asked for; null: the first row names it.</summary>
    public string? Model { get; init; }

    public required JobInput Input { get; init; }

    /// <summary>Of the file's text; null: UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>The plan's version that holds for this job, however long it takes.</summary>
    public required string PlanId { get; init; }

    public required int PlanVersion { get; init; }

    /// <summary>The file that was named in the call; null where the job began with an upload.</summary>
    public string? InputFile { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public string? Webhook { get; init; }
}

/// <summary>A blob as it was when the job was accepted.</summary>
/// <param name="Container">Its container.</param>
/// <param name="Blob">Its name.</param>
/// <param name="ETag">It is read only as long as it has this.</param>
/// <param name="Bytes">Its length.</param>
public sealed record JobInput(string Container, string Blob, string ETag, long Bytes)
{
    [JsonIgnore]
    public string FileName => Blob[(Blob.LastIndexOf('/') + 1)..];
}

/// <summary>Why a job ends without having been completed.</summary>
public sealed record JobFault(string Code, string Message, string? Param = null, long? Line = null);

/// <summary>How the file is read and cut.</summary>
public sealed record JobPlan
{
    /// <summary>What shards are read from: the input, or what a compressed one was unpacked to.</summary>
    public required JobInput Source { get; init; }

    public required InputFormat Format { get; init; }

    public RowStyle Style { get; init; }

    public char Delimiter { get; init; } = ',';

    public LineEnds LineEnds { get; init; }

    /// <summary>Of the text; null: UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>Whether the file begins with a byte order mark; a table of results does then, too.</summary>
    public bool Mark { get; init; }

    /// <summary>Of CSV.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    [JsonIgnore]
    public RowFormat RowFormat => new(Format, Delimiter, Columns, LineEnds, Encoding);

    /// <summary>The model that runs, by name and version.</summary>
    public required string ModelName { get; init; }

    public required string ModelVersion { get; init; }

    /// <summary>What else rows may call it: as it was asked for, an alias perhaps.</summary>
    public IReadOnlyList<string> ModelNames { get; init; } = [];

    /// <summary>Of a row of this batch; or, by its unit, of what the rows count as single calls.</summary>
    public required Price Price { get; init; }

    public required string Currency { get; init; }

    /// <summary>Bytes of a shard, where it is cut by bytes alone, wherever lines end; 0 where it is cut between rows.</summary>
    public long ShardBytes { get; init; }

    /// <summary>Rows of a shard, about.</summary>
    public long ShardRows { get; init; }

    /// <summary>The blob that the cuts stand in.</summary>
    public string Cuts { get; init; } = "";

    public int Shards { get; init; }

    /// <summary>Parts into which the counting of lines is cut.</summary>
    public int Counts { get; init; }

    /// <summary>Rows, as they were counted: those that turn out to be empty among them.</summary>
    public long Rows { get; init; }

    /// <summary>Where rows begin: behind the header of CSV.</summary>
    public long Start { get; init; }

    /// <summary>The line there.</summary>
    public long StartLine { get; init; } = 1;

    /// <summary>Offset of an archive's central directory.</summary>
    public long Directory { get; init; }

    /// <summary>Its length.</summary>
    public long DirectoryBytes { get; init; }

    /// <summary>Rows a second on one thread, as the first ones were.</summary>
    public double RowsPerSecond { get; init; }

    /// <summary>Bytes of a block of results.</summary>
    public int PartBytes { get; init; }
}

/// <summary>What is set aside.</summary>
/// <param name="Month">Of which month.</param>
/// <param name="Units">Units at most.</param>
/// <param name="Free">Of them, units that the plan includes.</param>
/// <param name="Money">Micro-units for the rest; 0 where the plan has no budget.</param>
public sealed record JobHold(DateOnly Month, long Units, long Free, long Money);

/// <summary>How far it is.</summary>
public sealed record JobProgress
{
    /// <summary>Shards that have been given out: all before this.</summary>
    public int Dispatched { get; init; }

    /// <summary>All shards before this are done and in <see cref="Before"/>.</summary>
    public int DoneBefore { get; init; }

    public RowCounts Before { get; init; }

    /// <summary>Done in all, those behind <see cref="DoneBefore"/> too.</summary>
    public int Done { get; init; }

    public RowCounts Rows { get; init; }

    /// <summary>Rows of shards that are being worked on.</summary>
    public long Running { get; init; }

    /// <summary>Shards that may be out at once.</summary>
    public int Window { get; init; }

    /// <summary>When shards up to which were out, and how many rows were done then; a few, the oldest first.</summary>
    public IReadOnlyList<ProgressMark> Marks { get; init; } = [];

    /// <summary>Shards that were given out again, and when.</summary>
    public IReadOnlyDictionary<int, ShardRetry> Again { get; init; } = new Dictionary<int, ShardRetry>();
}

/// <summary>Rows by what became of them.</summary>
/// <param name="Delivered">Rows with an answer.</param>
/// <param name="Failed">Rows with a fault.</param>
/// <param name="CallUnits">What those delivered would have counted as single calls.</param>
public readonly record struct RowCounts(long Delivered, long Failed, long CallUnits = 0)
{
    [JsonIgnore]
    public long All => Delivered + Failed;

    public static RowCounts operator +(RowCounts a, RowCounts b) =>
        new(a.Delivered + b.Delivered, a.Failed + b.Failed, a.CallUnits + b.CallUnits);
}

public readonly record struct ProgressMark(DateTimeOffset Time, int Dispatched, long Rows);

public readonly record struct ShardRetry(DateTimeOffset Time, int Tries);

/// <summary>What was put together.</summary>
/// <param name="Rows">Of all shards that are in it.</param>
/// <param name="OutputBytes">Null: no row was delivered, so there is no file.</param>
/// <param name="ErrorBytes">Null: no row failed.</param>
/// <param name="TableBytes">Null: the input was no table, or nothing was delivered.</param>
public sealed record JobResult(RowCounts Rows, long? OutputBytes, long? ErrorBytes, long? TableBytes);

/// <summary>The batch's charge, and the intent to append it.</summary>
public sealed record JobCharge
{
    public ChargeState State { get; init; }

    /// <summary>The position of the <see cref="ChargeIntent"/>; null before charging begins.</summary>
    public JournalPosition? Position { get; init; }

    /// <summary>When the intent was stored; null before charging begins.</summary>
    public DateTimeOffset? Since { get; init; }

    public long FreeUnits { get; init; }

    /// <summary>Micro-units.</summary>
    public long Amount { get; init; }

    /// <summary>The charge, once it is known whether the journal has it. If not, charging starts again.</summary>
    public JobCharge Decide(bool isCharged) => isCharged ? this with { State = ChargeState.Charged } : new();
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Job))]
public sealed partial class JobJson : JsonSerializerContext;
