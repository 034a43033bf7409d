namespace PerCall.Client.Wire;

/// <summary>A management action. <see cref="Prev"/> and <see cref="Hash"/> chain it to all records before it.</summary>
public sealed record AuditRecord
{
    /// <summary>The record's number, from 1 without gaps.</summary>
    public required long Seq { get; init; }

    /// <summary>When the record was written, before the action took effect (UTC).</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>
    /// Who acted: <c>operator</c> for the operator's key (<c>operator:previous</c> for the previous one during a rotation),
    /// <c>operator:</c> and an id for a named operator's key, the id of a tenant's key, <c>service</c>, or <c>unknown</c> for a wrong key.
    /// </summary>
    public required string Actor { get; init; }

    /// <summary>The action, for example <c>tenant.create</c>. It ends in <c>.failed</c> if the recorded action did not succeed.</summary>
    public required string Action { get; init; }

    /// <summary>The subject of the action, for example <c>tenant/acme</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The state before; absent if the subject did not exist.</summary>
    public IReadOnlyDictionary<string, string>? Before { get; init; }

    /// <summary>The intended state after; absent if the subject was deleted.</summary>
    public IReadOnlyDictionary<string, string>? After { get; init; }

    /// <summary>The id of the request.</summary>
    public string? RequestId { get; init; }

    /// <summary>The hash of the previous record; 64 zeros for the first record.</summary>
    public required string Prev { get; init; }

    /// <summary>SHA-256 of the record without this member, in <see cref="AuditChain"/>'s form; lower-case hexadecimal.</summary>
    public required string Hash { get; init; }
}

/// <summary>A page of records, in stored order.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow.</param>
public sealed record AuditPage(IReadOnlyList<AuditRecord> Data, bool HasMore);

/// <summary>The result of verifying the whole chain.</summary>
/// <param name="Records">The number of records.</param>
/// <param name="Ok">Whether all records are unchanged and none between them is missing.</param>
/// <param name="LastHash">The hash of the last record. Keep it elsewhere to detect later whether records at the end are missing.</param>
/// <param name="FirstFault">The first break in the chain.</param>
public sealed record AuditVerification(long Records, bool Ok, string LastHash, AuditFault? FirstFault = null);

/// <summary>A break in the chain.</summary>
/// <param name="Record">The record's position, from 1.</param>
/// <param name="Detail">What is wrong there.</param>
public sealed record AuditFault(long Record, string Detail);
