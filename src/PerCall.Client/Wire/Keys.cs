namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST …/keys</c>.</summary>
/// <param name="Name">The display name.</param>
/// <param name="Roles">
/// For a tenant's key <c>call</c>, <c>admin</c>, or both; <c>call</c> if omitted. For an operator's key one or more of <c>read</c>,
/// <c>money</c> and <c>manage</c>; required.
/// </param>
/// <param name="ExpiresAt">When the key expires; never if omitted.</param>
public sealed record CreateKeyRequest(string? Name = null, IReadOnlyList<string?>? Roles = null, DateTimeOffset? ExpiresAt = null);

/// <summary>The body of <c>POST …/keys/{key}/rotate</c>.</summary>
/// <param name="OverlapSeconds">How long the old key stays valid, in seconds: 0 to 2,592,000; a day if omitted.</param>
public sealed record RotateKeyRequest(long? OverlapSeconds = null);

/// <summary>A key, without its secret.</summary>
public record ApiKey
{
    /// <summary>The key's public id.</summary>
    public required string Id { get; init; }

    /// <summary>The display name.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The key's roles: <c>call</c> and <c>admin</c> for tenants, <c>read</c>, <c>money</c> and <c>manage</c> for operators.
    /// </summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>Time of creation.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the key expires or expired; absent if it does not expire.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the key was revoked; absent if it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>A new key. Only this response contains the key itself.</summary>
public sealed record NewApiKey : ApiKey
{
    /// <summary>The key as calls send it.</summary>
    public required string Key { get; init; }
}

/// <summary>A page of keys, ordered by id.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record ApiKeyList(IReadOnlyList<ApiKey> Data, bool HasMore);

/// <summary>The operator that a key belongs to.</summary>
/// <param name="Name">The key's display name; <c>operator</c> for the operator's key of the service's settings.</param>
/// <param name="Roles">The key's roles: <c>read</c>, <c>money</c>, <c>manage</c>.</param>
/// <param name="Id">The key's public id; absent for the operator's key of the service's settings.</param>
/// <param name="Previous">True for the previous key of the service's settings, which a rotation drops at its end.</param>
public sealed record OperatorSelf(string Name, IReadOnlyList<string> Roles, string? Id = null, bool? Previous = null);
