using PerCall.Client.Wire;

namespace PerCall.Client;

/// <content>Operators' keys.</content>
public sealed partial class PerCallClient
{
    private const string OperatorKeys = "manage/v1/operator-keys";

    /// <summary>Creates an operator's key; requires an operator key with the role manage.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<NewApiKey> CreateOperatorKeyAsync(CreateKeyRequest request, CancellationToken cancellation = default) =>
        SendAsync(
            HttpMethod.Post, OperatorKeys, request, WireJson.Default.CreateKeyRequest, WireJson.Default.NewApiKey, cancellation);

    /// <summary>Lists a page of operators' keys without their secrets; requires an operator key with the role manage or read.</summary>
    /// <exception cref="PerCallException">The service refused the call.</exception>
    public Task<ApiKeyList> ListOperatorKeysAsync(string? after = null, int limit = 50, CancellationToken cancellation = default) =>
        GetAsync($"{OperatorKeys}?limit={limit}{After(after)}", WireJson.Default.ApiKeyList, cancellation);

    /// <summary>Revokes an operator's key; requires an operator key with the role manage.</summary>
    /// <exception cref="PerCallException">There is no such key.</exception>
    public async Task<ApiKey> RevokeOperatorKeyAsync(string key, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{OperatorKeys}/{Segment(key)}");
        return await SendAsync(request, WireJson.Default.ApiKey, cancellation);
    }

    /// <summary>Gets the operator that this client's key belongs to.</summary>
    /// <exception cref="PerCallException">The key is not a valid operator key.</exception>
    public Task<OperatorSelf> GetOperatorAsync(CancellationToken cancellation = default) =>
        GetAsync($"{OperatorKeys}/self", WireJson.Default.OperatorSelf, cancellation);
}
