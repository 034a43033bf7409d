using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Storage;

/// <summary>Section <c>PerCall:Storage</c>.</summary>
public sealed class StorageOptions
{
    public const string Section = "PerCall:Storage";

    /// <summary>
    /// Create missing tables, containers and queues at startup. If false, the startup verifies that they exist and reports missing ones,
    /// which needs no role on the whole account. In Azure it is false, because <c>infra/</c> creates them.
    /// </summary>
    public bool Create { get; set; } = true;

    /// <summary>
    /// Days for which a deleted blob can be restored in the account of <c>PerCallKeptStorage</c>, or in the only account: its retention
    /// of deleted blobs. <c>infra/</c> sets it. The answer to a tenant's erasure is based on it.
    /// </summary>
    [Range(0, 365)]
    public int UndoDays { get; set; }
}
