using System.Runtime.Serialization;
using Azure;
using PerCall.Functions.Journal;
using PerCall.Functions.Storage.Formats;

namespace PerCall.Functions.Idempotency;

/// <summary>The progress of a call with an Idempotency-Key.</summary>
public enum AnswerState
{
    /// <summary>The call is running, or its instance died. Nothing was charged.</summary>
    Running,

    /// <summary>The answer and the intent to charge are stored. Only the journal knows whether the charge was appended.</summary>
    Answered,

    /// <summary>The call is charged. Every repeated call gets its answer.</summary>
    Done,
}

/// <summary>A row of the table <c>idempotency</c>. PartitionKey: the account; RowKey: the key's hash.</summary>
public sealed class AnswerRow : IStoredRow
{
    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public int Format { get; set; }

    public string State { get; set; } = nameof(AnswerState.Running);

    public string Fingerprint { get; set; } = "";

    /// <summary>A random id for each run of the call, so that runs do not overwrite each other's bodies.</summary>
    public string Attempt { get; set; } = Guid.CreateVersion7().ToString("n");

    public DateTimeOffset Started { get; set; }

    public DateTimeOffset Expires { get; set; }

    /// <summary>The charge's id in the journal.</summary>
    public string? Charge { get; set; }

    /// <summary>The charge in micro-units.</summary>
    public long Cost { get; set; }

    public long Units { get; set; }

    /// <summary>With the next two properties: the journal position of <see cref="Intent"/>.</summary>
    public string? JournalGeneration { get; set; }

    public string? JournalBlob { get; set; }

    public long JournalOffset { get; set; }

    /// <summary>The answer's content type; null: JSON.</summary>
    public string? ContentType { get; set; }

    /// <summary>The value of <see cref="Requests.AnswerHeaders.JsonLength"/>; null: the answer has no such header.</summary>
    public string? JsonLength { get; set; }

    /// <summary>Whether a large model generated the answer, or some of it.</summary>
    public bool AiGenerated { get; set; }

    /// <summary>The answer if it is short; else the answer is a blob.</summary>
    public byte[]? Body { get; set; }

    [IgnoreDataMember]
    public AnswerState Progress
    {
        get => Enum.Parse<AnswerState>(State);
        set => State = value.ToString();
    }

    /// <summary>Null unless <see cref="AnswerState.Answered"/>. While the call is running, nothing is appended.</summary>
    [IgnoreDataMember]
    public ChargeIntent? Intent =>
        Progress == AnswerState.Answered ? new(Charge!, new(JournalGeneration!, JournalBlob!, JournalOffset)) : null;

    /// <summary>Sets the state to <see cref="AnswerState.Answered"/>, with the charge and the intent to append it.</summary>
    public void MarkAnswered(ChargeIntent intent, UsageEvents charge)
    {
        (JournalGeneration, JournalBlob, JournalOffset) = (intent.Generation, intent.Position.Blob, intent.Position.Offset);
        (Charge, Cost, Units) = (intent.Charge, charge.Charge, charge.Units);
        Progress = AnswerState.Answered;
    }
}
