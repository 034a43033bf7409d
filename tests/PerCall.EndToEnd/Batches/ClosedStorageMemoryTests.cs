using System.IO.Hashing;
using System.Net;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Files that go through the service are streamed in both directions.</summary>
public sealed class ClosedStorageMemoryTests(Service service)
{
    private const int Parts = 128;
    private const int PartBytes = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Processes", "several")]
    public async Task UploadAndDownload_OfMoreThanTheHeapCanHave_AreStreamed()
    {
        // Less than the file has. The kernel's figures would depend on what else the machine does.
        await using var closed = await service.StartAnotherAsync(
            ("PerCall__Transfers__ThroughService", "true"), ("PerCall__Transfers__MaxBytes", $"{Parts * PartBytes}"),
            ("DOTNET_GCHeapHardLimit", $"{Parts * PartBytes * 3 / 4:x}"));
        using var tenant = await TestTenant.CreateAsync(service);
        var client = tenant.ClientOf(closed);
        using var plain = new HttpClient();

        var upload = await client.CreateUploadAsync(new() { Filename = "large.csv" }, Cancellation);
        using var content = new PartsContent();
        using var request = new HttpRequestMessage(new HttpMethod(upload.Method), upload.Url) { Content = content };
        foreach (var (name, value) in upload.Headers)
        {
            request.Headers.Add(name, value);
        }

        using var answer = await plain.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);

        await using var stored = await client.OpenFileAsync(upload.FileId!, Cancellation);
        var hash = new XxHash64();
        await hash.AppendAsync(stored, Cancellation);
        Assert.Equal(content.Hash.GetCurrentHashAsUInt64(), hash.GetCurrentHashAsUInt64());
    }

    /// <summary>Text in parts of which none is like another, made while it is sent.</summary>
    private sealed class PartsContent : HttpContent
    {
        public XxHash64 Hash { get; } = new();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var part = new byte[PartBytes];
            for (var i = 0; i < Parts; i++)
            {
                part.AsSpan().Fill((byte)('!' + (i % 90)));
                part[^1] = (byte)'\n';
                Hash.Append(part);
                await stream.WriteAsync(part, Cancellation);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = (long)Parts * PartBytes;
            return true;
        }
    }
}
