using System.Text.Json.Serialization;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>The next stage of a job. Only the job's own step changes it, one step at a time.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobStage>))]
public enum JobStage
{
    /// <summary>Detect the file's format and cut the file.</summary>
    Plan,

    /// <summary>Wait until its lines are counted.</summary>
    Count,

    /// <summary>Reserve the budget.</summary>
    Reserve,

    /// <summary>Give out shards and wait for them.</summary>
    Run,

    /// <summary>Assemble the results, charge and notify.</summary>
    Finish,

    /// <summary>Do nothing; the job has ended.</summary>
    Ended,
}

/// <summary>How a job ends.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobEnding>))]
public enum JobEnding
{
    /// <summary>All rows were processed, whether delivered or failed.</summary>
    Completed,

    /// <summary>Cancelled; includes the rows done before.</summary>
    Cancelled,

    /// <summary>Expired; includes the rows done in time.</summary>
    Expired,

    /// <summary>Failed for a reason of its own; includes the rows done before.</summary>
    Failed,
}

/// <summary>The state of a job's charge.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChargeState>))]
public enum ChargeState
{
    None,

    /// <summary>The intent is stored. Only the journal knows whether the charge was appended.</summary>
    Charging,

    /// <summary>The charge is in the journal, or there is nothing to charge.</summary>
    Charged,

    /// <summary>The journal cannot be read, so the outcome is unknown. The operator settles it.</summary>
    Undecided,
}
