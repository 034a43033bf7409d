namespace PerCall.Client.Wire;

/// <summary>One act of management. It is bound to all before it by <see cref="Prev"/> and <see cref="Hash"/>.</summary>
public sealed record AuditRecord
{
    /// <summary>From 1, without gaps.</summary>
    public required long Seq { get; init; }

    /// <summary>When it was written, before the act took effect; UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary><c>operator</c>, a tenant's key by its id, or <c>service</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>For example <c>tenant.create</c>; with <c>.failed</c> where the act that was announced has not succeeded.</summary>
    public required string Action { get; init; }

    /// <summary>What it was done to, for example <c>tenant/acme</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>How it was; absent: there was none.</summary>
    public IReadOnlyDictionary<string, string>? Before { get; init; }

    /// <summary>How it was to be; absent: there was to be none.</summary>
    public IReadOnlyDictionary<string, string>? After { get; init; }

    /// <summary>The request that asked for it.</summary>
    public string? RequestId { get; init; }

    /// <summary>The hash of the record before; 64 zeros for the first.</summary>
    public required string Prev { get; init; }

    /// <summary>SHA-256 of the record without this member, in <see cref="AuditChain"/>'s form; lower-case hexadecimal.</summary>
    public required string Hash { get; init; }
}

/// <summary>A page of records, in the order they are stored in.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow.</param>
public sealed record AuditPage(IReadOnlyList<AuditRecord> Data, bool HasMore);

/// <summary>What came of going through the whole chain.</summary>
/// <param name="Records">How many there are.</param>
/// <param name="Ok">Whether each is as it was written, and none is missing between them.</param>
/// <param name="LastHash">The hash of the last record: kept elsewhere, it shows later whether records at the end are missing.</param>
/// <param name="FirstFault">Where the chain breaks first.</param>
public sealed record AuditVerification(long Records, bool Ok, string LastHash, AuditFault? FirstFault = null);

/// <summary>A break in the chain.</summary>
/// <param name="Record">The record's place, from 1.</param>
/// <param name="Detail">What is wrong there.</param>
public sealed record AuditFault(long Record, string Detail);
