namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST …/keys</c>.</summary>
/// <param name="Name">For people.</param>
/// <param name="Roles"><c>call</c>, <c>admin</c>, or both; <c>call</c> where it is left out.</param>
/// <param name="ExpiresAt">When the key stops; never where it is left out.</param>
public sealed record CreateKeyRequest(string? Name = null, IReadOnlyList<string?>? Roles = null, DateTimeOffset? ExpiresAt = null);

/// <summary>The body of <c>POST …/keys/{key}/rotate</c>.</summary>
/// <param name="OverlapSeconds">How long the old key still works: 0 to 2,592,000; a day where it is left out.</param>
public sealed record RotateKeyRequest(long? OverlapSeconds = null);

/// <summary>A key, without its secret.</summary>
public record ApiKey
{
    /// <summary>The key's public id.</summary>
    public required string Id { get; init; }

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>What it allows: <c>call</c>, <c>admin</c>, or both.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it stops, or has stopped; absent: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked; absent: it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>A key that has just been made: the one answer that shows it.</summary>
public sealed record NewApiKey : ApiKey
{
    /// <summary>What calls send.</summary>
    public required string Key { get; init; }
}

/// <summary>A page of keys, by id.</summary>
/// <param name="Data">The page.</param>
/// <param name="HasMore">Whether more follow after the last id.</param>
public sealed record ApiKeyList(IReadOnlyList<ApiKey> Data, bool HasMore);
