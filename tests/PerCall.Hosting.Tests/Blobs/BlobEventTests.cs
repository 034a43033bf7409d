using System.Text.Json;
using PerCall.Hosting.Blobs;
using Xunit;

namespace PerCall.Hosting.Tests.Blobs;

public sealed class BlobEventTests
{
    private const string Event =
        """{"eventType": "Microsoft.Storage.BlobCreated", "data": {"url": "https://x.example.com/inbox/a/b%20c.csv", "eTag": "0x8D"}}""";

    [Fact]
    public void Parse_PlainOrBase64_IsTheBlobAndItsVersion()
    {
        var expected = new BlobEvent("inbox", "a/b c.csv", "0x8D");

        Assert.Equal(expected, BlobEvent.Parse(BinaryData.FromString(Event)));
        Assert.Equal(expected, BlobEvent.Parse(BinaryData.FromString(Convert.ToBase64String(BinaryData.FromString(Event)))));
    }

    [Fact]
    public void Parse_NotificationOfTheScanner_IsNoEvent() =>
        Assert.Null(BlobEvent.Parse(BinaryData.FromString("""{"FunctionId": "Host.Functions.X", "BlobName": "a"}""")));

    [Theory]
    [InlineData("""{"eventType": "Microsoft.Storage.BlobDeleted", "data": {}}""")]
    [InlineData("""{"eventType": "Microsoft.Storage.BlobCreated"}""")]
    [InlineData("""{"eventType": "Microsoft.Storage.BlobCreated", "data": {"url": "no address", "eTag": "0x8D"}}""")]
    public void Parse_OtherEvent_IsRefused(string message) =>
        Assert.Throws<JsonException>(() => BlobEvent.Parse(BinaryData.FromString(message)));
}
