using System.Text.Json.Serialization;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>A batch: its order, plan and progress. It is stored in one table row and updated conditionally on its ETag.</summary>
public sealed record Job
{
    public required string Id { get; init; }

    public required string Account { get; init; }

    public required JobOrder Order { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The trace context of the span that accepted the job.</summary>
    public string? Traceparent { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public JobStage Stage { get; init; }

    /// <summary>How the job is to end as soon as possible; null: the job continues.</summary>
    public JobEnding? Ending { get; init; }

    public JobFault? Fault { get; init; }

    /// <summary>How often planning was started.</summary>
    public int Plannings { get; init; }

    /// <summary>The plan; null until planning has finished.</summary>
    public JobPlan? Plan { get; init; }

    /// <summary>The budget reserved from the month's allowance.</summary>
    public JobHold? Hold { get; init; }

    public JobProgress Progress { get; init; } = new();

    /// <summary>The result; null until the results have been assembled.</summary>
    public JobResult? Result { get; init; }

    public JobCharge Charge { get; init; } = new();

    /// <summary>The number of the step that is due. Messages with another tick are outdated.</summary>
    public long Tick { get; init; }

    /// <summary>When the next step should start. If it is long overdue, its message was lost.</summary>
    public DateTimeOffset StepDue { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? CancelledAt { get; init; }

    public DateTimeOffset? FinishingAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    [JsonIgnore]
    public bool IsOpen => Stage != JobStage.Ended;
}

/// <summary>What the tenant ordered. It never changes.</summary>
public sealed record JobOrder
{
    public required string Tenant { get; init; }

    /// <summary>The public id of the API key; <c>upload</c> for a file uploaded without a key.</summary>
    public required string Key { get; init; }

    /// <summary>The task whose inputs the rows are; null: the rows are calls on a large model.</summary>
    public ModelTask? Task { get; init; }

    /// <summary>The path of the large models' call that each row is; null: the rows are inputs of <see cref="Task"/>.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The model as requested; null: the first row names it.</summary>
    public string? Model { get; init; }

    public required JobInput Input { get; init; }

    /// <summary>The encoding of the file's text; null: UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>The plan. Its version at acceptance applies to the job until the job ends.</summary>
    public required string PlanId { get; init; }

    public required int PlanVersion { get; init; }

    /// <summary>The id of the file named in the call; null if the job started with an upload.</summary>
    public string? InputFile { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public string? Webhook { get; init; }
}

/// <summary>An input blob in the version that was accepted.</summary>
/// <param name="Container">The container's name.</param>
/// <param name="Blob">The blob's name.</param>
/// <param name="ETag">The blob's ETag. The blob is read only while it has this ETag.</param>
/// <param name="Bytes">The blob's size in bytes.</param>
public sealed record JobInput(string Container, string Blob, string ETag, long Bytes)
{
    [JsonIgnore]
    public string FileName => Blob[(Blob.LastIndexOf('/') + 1)..];
}

/// <summary>The reason why a job failed.</summary>
public sealed record JobFault(string Code, string Message, string? Param = null, long? Line = null);

/// <summary>How the file is read and cut into shards.</summary>
public sealed record JobPlan
{
    /// <summary>The blob that shards are read from: the input, or its unpacked copy if the input is compressed.</summary>
    public required JobInput Source { get; init; }

    public required InputFormat Format { get; init; }

    public RowStyle Style { get; init; }

    public char Delimiter { get; init; } = ',';

    public LineEnds LineEnds { get; init; }

    /// <summary>The encoding of the text; null: UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>Whether the file begins with a byte order mark. If so, a result table also begins with one.</summary>
    public bool Mark { get; init; }

    /// <summary>The columns of CSV; otherwise null.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    [JsonIgnore]
    public RowFormat RowFormat => new(Format, Delimiter, Columns, LineEnds, Encoding);

    /// <summary>The name of the model that runs.</summary>
    public required string ModelName { get; init; }

    public required string ModelVersion { get; init; }

    /// <summary>The model's name with its version. Large models have no version.</summary>
    [JsonIgnore]
    public string Model => Calls is null ? $"{ModelName}/{ModelVersion}" : ModelName;

    /// <summary>Other names by which rows may refer to the model: the name as requested, for example an alias.</summary>
    public IReadOnlyList<string> ModelNames { get; init; } = [];

    /// <summary>How rows that are calls on a large model are checked, counted and priced; null: the rows are inputs of a task.</summary>
    public CallPlan? Calls { get; init; }

    /// <summary>
    /// The price per row or, depending on its unit, per unit that the row would cost as a single call. For calls on a large model, the
    /// price of their first unit.
    /// </summary>
    public required Price Price { get; init; }

    public required string Currency { get; init; }

    /// <summary>
    /// The fallback that can answer rows; null: the model has none, or the plan has no price for it in the unit of the model's.
    /// </summary>
    public JobFallback? Fallback { get; init; }

    /// <summary>Whether personal data is redacted in texts that leave for a large model. It is fixed when the batch is planned.</summary>
    public bool Redact { get; init; }

    /// <summary>The size in bytes of a shard that is cut by bytes only, regardless of line ends; 0: the file is cut between rows.</summary>
    public long ShardBytes { get; init; }

    /// <summary>The approximate number of rows per shard.</summary>
    public long ShardRows { get; init; }

    /// <summary>The name of the blob with the cuts.</summary>
    public string Cuts { get; init; } = "";

    public int Shards { get; init; }

    /// <summary>The number of parts into which line counting is divided.</summary>
    public int Counts { get; init; }

    /// <summary>The number of rows as counted, including rows that turn out to be empty.</summary>
    public long Rows { get; init; }

    /// <summary>The offset of the first row, after the header of CSV.</summary>
    public long Start { get; init; }

    /// <summary>The line number of the first row.</summary>
    public long StartLine { get; init; } = 1;

    /// <summary>The offset of an archive's central directory.</summary>
    public long Directory { get; init; }

    /// <summary>The length of the central directory in bytes.</summary>
    public long DirectoryBytes { get; init; }

    /// <summary>Rows per second on one thread, measured on the first rows.</summary>
    public double RowsPerSecond { get; init; }

    /// <summary>The size in bytes of a block of results.</summary>
    public int PartBytes { get; init; }
}

/// <summary>The reserved budget.</summary>
/// <param name="Month">The month from which the budget is reserved.</param>
/// <param name="Units">The maximum number of units.</param>
/// <param name="Free">How many of these units the plan includes.</param>
/// <param name="Money">Micro-units for the remaining units; 0 if the plan has no budget.</param>
/// <param name="FreeByUnit">The included units of each unit, if the rows are calls on a large model.</param>
public sealed record JobHold(
    DateOnly Month, long Units, long Free, long Money, IReadOnlyDictionary<string, long>? FreeByUnit = null)
{
    /// <summary>Returns how many of a price's units the plan includes.</summary>
    public long FreeOf(Price price) => FreeByUnit is null ? Free : FreeByUnit.GetValueOrDefault(price.Unit);
}

/// <summary>A job's progress.</summary>
public sealed record JobProgress
{
    /// <summary>The number of shards that were given out. They are the first shards of the file.</summary>
    public int Dispatched { get; init; }

    /// <summary>The number of leading shards that are all done and included in <see cref="Before"/>.</summary>
    public int DoneBefore { get; init; }

    public RowCounts Before { get; init; }

    /// <summary>The number of all shards that are done, including those after <see cref="DoneBefore"/>.</summary>
    public int Done { get; init; }

    public RowCounts Rows { get; init; }

    /// <summary>Rows done in shards that are still being worked on.</summary>
    public long Running { get; init; }

    /// <summary>The maximum number of shards that can be in flight.</summary>
    public int Window { get; init; }

    /// <summary>A few points in time with the number of shards given out and rows done, oldest first.</summary>
    public IReadOnlyList<ProgressMark> Marks { get; init; } = [];

    /// <summary>The shards that were given out again, with the time.</summary>
    public IReadOnlyDictionary<int, ShardRetry> Again { get; init; } = new Dictionary<int, ShardRetry>();
}

/// <summary>Row counts by outcome.</summary>
/// <param name="Delivered">The number of rows with an answer.</param>
/// <param name="Failed">The number of rows with a fault.</param>
/// <param name="CallUnits">The units that the delivered rows would have cost as single calls.</param>
/// <param name="Tokens">The tokens of the delivered rows, if they are calls on a large model.</param>
/// <param name="Fallback">The delivered rows that the fallback answered.</param>
public readonly record struct RowCounts(
    long Delivered, long Failed, long CallUnits = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] CallTokens Tokens = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] FallbackRows Fallback = default)
{
    [JsonIgnore]
    public long All => Delivered + Failed;

    public static RowCounts operator +(RowCounts a, RowCounts b) =>
        new(
            a.Delivered + b.Delivered, a.Failed + b.Failed, a.CallUnits + b.CallUnits, a.Tokens + b.Tokens, a.Fallback + b.Fallback);
}

public readonly record struct ProgressMark(DateTimeOffset Time, int Dispatched, long Rows);

public readonly record struct ShardRetry(DateTimeOffset Time, int Tries);

/// <summary>The assembled results.</summary>
/// <param name="Rows">The row counts of all shards in the results.</param>
/// <param name="OutputBytes">The size of the output file in bytes; null: no row was delivered, so there is no file.</param>
/// <param name="ErrorBytes">The size of the error file in bytes; null: no row failed.</param>
/// <param name="TableBytes">The size of the table in bytes; null: the input is not CSV, or no row was delivered.</param>
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

    /// <summary>The amount in micro-units.</summary>
    public long Amount { get; init; }

    /// <summary>
    /// The lines of the charge, if the rows are calls on a large model or the fallback answered some; otherwise null.
    /// </summary>
    public IReadOnlyList<ChargedLine>? Lines { get; init; }

    /// <summary>Returns the charge after it was decided whether the journal contains it. If it does not, charging starts again.</summary>
    public JobCharge Decide(bool isCharged) => isCharged ? this with { State = ChargeState.Charged } : new();
}

/// <summary>A line of a charge: one unit at one price.</summary>
/// <param name="Price">The unit's price.</param>
/// <param name="Units">The delivered units.</param>
/// <param name="FreeUnits">How many of them the plan includes.</param>
/// <param name="Amount">Micro-units for the others.</param>
public sealed record ChargedLine(Price Price, long Units, long FreeUnits, long Amount)
{
    /// <summary>Whether the fallback answered the rows, instead of the batch's model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ByFallback { get; init; }

    public static ChargedLine Of(Price price, long units, long included)
    {
        var free = Math.Min(included, units);
        return new(price, units, free, price.Of(units - free));
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Job))]
public sealed partial class JobJson : JsonSerializerContext;
