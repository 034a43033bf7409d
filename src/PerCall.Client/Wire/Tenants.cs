namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /manage/v1/tenants</c>.</summary>
/// <param name="Id">3 to 40 lower-case letters, digits and dashes; made where it is left out.</param>
/// <param name="Name">For people.</param>
/// <param name="Plan">The plan's id.</param>
public sealed record CreateTenantRequest(string? Id, string? Name, string? Plan);

/// <summary>The body of <c>PATCH /manage/v1/tenants/{id}</c>; what is left out stays.</summary>
/// <param name="Name">For people.</param>
/// <param name="Plan">Of the same currency as the plan before.</param>
/// <param name="Status"><c>active</c> or <c>suspended</c>.</param>
public sealed record ChangeTenantRequest(string? Name = null, string? Plan = null, string? Status = null);

/// <summary>One tenant.</summary>
public sealed record Tenant
{
    /// <summary>As the operator chose it.</summary>
    public required string Id { get; init; }

    /// <summary>The pseudonym under which usage is counted.</summary>
    public required string Account { get; init; }

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>The plan's id.</summary>
    public required string Plan { get; init; }

    /// <summary><c>active</c>, <c>suspended</c> or <c>erasing</c>.</summary>
    public required string Status { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A page of tenants, by id.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record TenantList(IReadOnlyList<Tenant> Data, bool HasMore);

/// <summary>What <c>DELETE /manage/v1/tenants/{id}</c> removed; after an interruption, what the last call of it did.</summary>
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

    /// <summary>Batches, those under way among them; they end without a charge.</summary>
    public required int Batches { get; init; }

    /// <summary>Files of results.</summary>
    public required int Results { get; init; }

    /// <summary>Files kept for batches.</summary>
    public required int Files { get; init; }

    /// <summary>Answers kept for calls that are repeated.</summary>
    public required int StoredAnswers { get; init; }

    /// <summary>Rows of the ledger of allowances.</summary>
    public required int LedgerRows { get; init; }

    /// <summary>Rows of predictions; their inputs and outputs with them.</summary>
    public required int PredictionRows { get; init; }

    /// <summary>Rows of webhooks: deliveries, targets and secrets.</summary>
    public required int WebhookRows { get; init; }

    /// <summary>What stays.</summary>
    public required string Kept { get; init; }
}
