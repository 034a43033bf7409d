using System.Text.Json.Serialization;

namespace PerCall.Functions.Batches.Jobs;

/// <summary>What is to be done next on a job. Only its step moves it, one at a time.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobStage>))]
public enum JobStage
{
    /// <summary>Find out what the file is, and cut it.</summary>
    Plan,

    /// <summary>Wait for its lines to be counted.</summary>
    Count,

    /// <summary>Set the budget aside.</summary>
    Reserve,

    /// <summary>Give out shards, and wait for them.</summary>
    Run,

    /// <summary>Put the results together, charge, and tell.</summary>
    Finish,

    /// <summary>Nothing.</summary>
    Ended,
}

/// <summary>How a job ends.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobEnding>))]
public enum JobEnding
{
    /// <summary>With all rows, whatever became of each.</summary>
    Completed,

    /// <summary>With what was done before it was cancelled.</summary>
    Cancelled,

    /// <summary>With what was done in its time.</summary>
    Expired,

    /// <summary>For a reason of its own, with what was done until then.</summary>
    Failed,
}

/// <summary>How far a job's charge has got.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChargeState>))]
public enum ChargeState
{
    None,

    /// <summary>The intent is stored. Only the journal knows whether the charge was appended.</summary>
    Charging,

    /// <summary>In the journal, or there is nothing to charge.</summary>
    Charged,

    /// <summary>The journal cannot be read, so that nobody knows; the operator settles it.</summary>
    Undecided,
}
