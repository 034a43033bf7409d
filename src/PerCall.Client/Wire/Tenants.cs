namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /manage/v1/tenants</c>.</summary>
/// <param name="Id">3 to 40 lower-case letters, digits and dashes; generated if omitted.</param>
/// <param name="Name">The display name.</param>
/// <param name="Plan">The plan's id.</param>
public sealed record CreateTenantRequest(string? Id, string? Name, string? Plan);

/// <summary>The body of <c>PATCH /manage/v1/tenants/{id}</c>; omitted members stay unchanged.</summary>
/// <param name="Name">The display name.</param>
/// <param name="Plan">The new plan's id. The plan must have the same currency as the current plan.</param>
/// <param name="Status"><c>active</c> or <c>suspended</c>.</param>
public sealed record ChangeTenantRequest(string? Name = null, string? Plan = null, string? Status = null);

/// <summary>One tenant.</summary>
public sealed record Tenant
{
    /// <summary>The id that the operator chose.</summary>
    public required string Id { get; init; }

    /// <summary>The account: the pseudonym under which usage is counted.</summary>
    public required string Account { get; init; }

    /// <summary>The display name.</summary>
    public required string Name { get; init; }

    /// <summary>The plan's id.</summary>
    public required string Plan { get; init; }

    /// <summary><c>active</c>, <c>suspended</c> or <c>erasing</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Time of creation.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A page of tenants, ordered by id.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record TenantList(IReadOnlyList<Tenant> Data, bool HasMore);

/// <summary>What <c>DELETE /manage/v1/tenants/{id}</c> removed. After an interruption, the result of the last call.</summary>
public sealed record ErasedTenant
{
    /// <summary>The id, free again.</summary>
    public required string Tenant { get; init; }

    /// <summary>The pseudonym under which usage stays.</summary>
    public required string Account { get; init; }

    /// <summary>Keys.</summary>
    public required int Keys { get; init; }

    /// <summary>Uploaded files.</summary>
    public required int Uploads { get; init; }

    /// <summary>Batches, including open batches, which end without a charge.</summary>
    public required int Batches { get; init; }

    /// <summary>Result files.</summary>
    public required int Results { get; init; }

    /// <summary>Files kept for batches.</summary>
    public required int Files { get; init; }

    /// <summary>Stored responses for repeated calls.</summary>
    public required int StoredAnswers { get; init; }

    /// <summary>Rows of the allowance ledger.</summary>
    public required int LedgerRows { get; init; }

    /// <summary>Rows of predictions, with their inputs and outputs.</summary>
    public required int PredictionRows { get; init; }

    /// <summary>Rows of webhooks: deliveries, targets and secrets.</summary>
    public required int WebhookRows { get; init; }

    /// <summary>Describes the data that is kept.</summary>
    public required string Kept { get; init; }

    /// <summary>The time until which removed data can still be restored from backups and deleted blobs.</summary>
    public DateTimeOffset? RecoverableUntil { get; init; }
}
