namespace PerCall.Hosting.Development;

/// <summary>The ports and the account of an Azurite on this machine.</summary>
internal sealed record AzuritePorts(int Blob, int Queue, int Table)
{
    private const string WellKnownKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>Its account. The default account and its key are Azurite's documented, public ones.</summary>
    public string Account { get; init; } = "devstoreaccount1";

    /// <summary>The account's key in base64.</summary>
    public string Key { get; init; } = WellKnownKey;

    /// <summary>A second account with the same key; null: it has none.</summary>
    public string? SecondAccount { get; init; }

    public static AzuritePorts From(int blob) => new(blob, blob + 1, blob + 2);

    public Uri BlobAddress => new($"http://127.0.0.1:{Blob}/{Account}");

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={BlobAddress};" +
        $"QueueEndpoint=http://127.0.0.1:{Queue}/{Account};TableEndpoint=http://127.0.0.1:{Table}/{Account};";
}
