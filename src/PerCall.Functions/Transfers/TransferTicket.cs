using System.Text.Json.Serialization;

namespace PerCall.Functions.Transfers;

/// <summary>What an address of the service allows: to write or to read one blob, until a time.</summary>
/// <param name="Container">The blob's container.</param>
/// <param name="Blob">The blob's name. Its first segment is the account; concurrent transfers are limited for each.</param>
/// <param name="IsWrite">Whether the blob may be written. If false, it may be read.</param>
/// <param name="Expires">When the address expires.</param>
public sealed record TransferTicket(string Container, string Blob, bool IsWrite, DateTimeOffset Expires)
{
    [JsonIgnore]
    public string Account => Blob.Split('/', 2)[0];
}

/// <summary>The form of a ticket before it is encrypted.</summary>
[JsonSerializable(typeof(TransferTicket))]
internal sealed partial class TransferJson : JsonSerializerContext;
