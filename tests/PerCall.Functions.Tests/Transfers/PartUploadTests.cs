using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using PerCall.Functions.Transfers;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Transfers;

public sealed class PartUploadTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const int Part = 300_000;

    private readonly string _container = $"parts-{Guid.NewGuid():n}";
    private readonly byte[] _file = RandomNumberGenerator.GetBytes((3 * Part) + 17);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Container(new()).CreateAsync(cancellationToken: Cancellation);

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task Receive_KilledAtEveryWrite_KeepsWhatWasAcknowledgedAndEndsWithTheFile()
    {
        var deaths = 0;
        foreach (var isSent in new[] { false, true })
        {
            for (var write = 1; await DiesAsync(write, isSent); write++)
            {
                deaths++;
            }
        }

        // Four blocks and the commit, each before and after.
        Assert.Equal(10, deaths);
    }

    [Fact]
    public async Task Receive_BlocksThatOverlap_AreJoinedByTheWayThatReachesFarthest()
    {
        var blob = Container(new()).GetBlockBlobClient("overlap");
        // A request whose connection broke keeps the first bytes late, beside those of the request that continued.
        foreach (var (offset, length) in new[] { (0, 400_000), (0, Part), (Part, Part), (400_000, 50_000), (800_000, 9) })
        {
            var id = Convert.ToBase64String(Encoding.ASCII.GetBytes(ArrivedParts.Name(offset, length, _file.Length)));
            await blob.StageBlockAsync(id, new MemoryStream(_file, offset, length), new BlockBlobStageBlockOptions(), Cancellation);
        }

        var arrived = await ArrivedParts.ReadAsync(blob, _file.Length, Cancellation);

        Assert.Equal((2 * Part, 2, null), (arrived.Length, arrived.Blocks.Count, arrived.OtherTotal));
        Assert.Equal(_file.Length, (await ArrivedParts.ReadAsync(blob, 5_000_000, Cancellation)).OtherTotal);
        Assert.NotNull(await SendAsync(blob, 0, _file.Length));
        await AssertStoredAsync(blob);
    }

    [Theory]
    [InlineData(300_000, 300_000)]
    [InlineData(262_143, 0)]
    public async Task Receive_BodyThatBreaks_KeepsWhatIsLongEnoughForABlock(int sent, int kept)
    {
        var blob = Container(new()).GetBlockBlobClient($"broken-{sent}");
        await using var body = new BrokenStream(new MemoryStream(_file, 0, sent));

        await Assert.ThrowsAsync<IOException>(
            () => new PartUpload(blob, new(0, _file.Length, _file.Length)).ReceiveAsync(body, memory: null, Cancellation));

        Assert.Equal(kept, (await ArrivedParts.ReadAsync(blob, _file.Length, Cancellation)).Length);
        Assert.NotNull(await SendAsync(blob, kept, _file.Length));
        await AssertStoredAsync(blob);
    }

    [Fact]
    public async Task Receive_AfterAnUploadInOneRequestThatBroke_IsNotDisturbedByItsBlocks()
    {
        var blob = Container(new()).GetBlockBlobClient("whole");
        using (var whole = new BlockUpload(blob))
        {
            await whole.AddAsync(_file.AsMemory(0, Part), Cancellation);
            await whole.FlushAsync(Cancellation);
        }

        Assert.Null(await SendAsync(blob, 0, Part));
        Assert.NotNull(await SendAsync(blob, Part, _file.Length));
        await AssertStoredAsync(blob);
    }

    [Fact]
    public async Task Receive_AnswerOfTheCommitLost_SucceedsWhenTheLibraryRepeatsIt()
    {
        var commits = 0;
        var faults = new StorageFaults
        {
            Decide = r => r.IsWrite && r.Uri.Query.Contains("comp=blocklist", StringComparison.Ordinal)
                && Interlocked.Increment(ref commits) == 1 ? Fault.AfterSending : Fault.None,
        };
        var blob = Container(faults).GetBlockBlobClient("lost");

        Assert.NotNull(await SendAsync(blob, 0, _file.Length));

        Assert.Equal(2, commits);
        await AssertStoredAsync(blob);
    }

    /// <summary>Sends the file in parts, with a death at a write. A later instance asks and continues.</summary>
    /// <returns>False: there were fewer writes.</returns>
    private async Task<bool> DiesAsync(int write, bool isSent)
    {
        var faults = new StorageFaults();
        var name = $"killed-{write}-{isSent}";
        var acknowledged = 0L;
        faults.DieAt(write, isSent);
        var died = await faults.KillsAsync(async () =>
        {
            var dying = Container(faults).GetBlockBlobClient(name);
            for (var from = 0; from < _file.Length; from += Part)
            {
                var to = Math.Min(from + Part, _file.Length);
                await SendAsync(dying, from, to);
                acknowledged = to;
            }
        });
        var blob = Container(new()).GetBlockBlobClient(name);
        var question = new PartUpload(blob, new(null, 0, _file.Length));
        if (await question.ReceiveAsync(Stream.Null, memory: null, Cancellation) is null)
        {
            Assert.InRange(question.Received, acknowledged, _file.Length);
            Assert.NotNull(await SendAsync(blob, (int)question.Received, _file.Length));
        }

        await AssertStoredAsync(blob);
        return died;
    }

    private async Task<ETag?> SendAsync(BlockBlobClient blob, int from, int to) =>
        await new PartUpload(blob, new(from, to - from, _file.Length))
            .ReceiveAsync(new MemoryStream(_file, from, to - from), memory: null, Cancellation);

    private async Task AssertStoredAsync(BlockBlobClient blob)
    {
        var stored = await blob.DownloadContentAsync(Cancellation);
        Assert.True(stored.Value.Content.ToMemory().Span.SequenceEqual(_file));
    }

    private BlobContainerClient Container(StorageFaults faults) =>
        new(azurite.ConnectionString, _container, new BlobClientOptions { Retry = { Delay = TimeSpan.Zero } }.Through(faults));

    /// <summary>A connection that breaks behind its content.</summary>
    private sealed class BrokenStream(Stream content) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await content.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("The connection broke.");

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
