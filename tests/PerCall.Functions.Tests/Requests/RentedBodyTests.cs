using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class RentedBodyTests
{
    private const int Limit = 20_000_000;

    private readonly BodyBudget _budget = new(Options.Create(new RequestOptions { BodyBytes = 4 << 20 }));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_OfBodiesThatOnlyAnnounceTheirLength_TakesNoMemory()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var pipes = Enumerable.Range(0, 46).Select(_ => new Pipe()).ToList();
        var reads = pipes.Select(p => RentedBody.ReadAsync(Announcing(p, Limit), Limit, TooLong, Cancellation)).ToList();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.All(reads, r => Assert.False(r.IsCompleted));
        Assert.Equal(0, _budget.Held);
        Assert.InRange(allocated, 0, 4 << 20);
        foreach (var pipe in pipes)
        {
            await pipe.Writer.CompleteAsync();
        }

        Assert.All(await Task.WhenAll(reads), b => Assert.Equal(0, b.Length));
    }

    [Fact]
    public async Task Read_OfABodyInPieces_HoldsNoMoreThanTwiceWhatHasCome()
    {
        var (pipe, sent, largest) = (new Pipe(), 0, 0L);
        var reading = RentedBody.ReadAsync(Announcing(pipe, 1_000_000), Limit, TooLong, Cancellation);
        var piece = Enumerable.Range(0, 10_000).Select(i => (byte)i).ToArray();
        for (; sent < 1_000_000; sent += piece.Length)
        {
            await pipe.Writer.WriteAsync(piece, Cancellation);
            largest = Math.Max(largest, _budget.Held - (2 * (sent + piece.Length)));
        }

        await pipe.Writer.CompleteAsync();
        using var body = await reading;

        Assert.Equal(0, largest);
        Assert.Equal(1_000_000, body.Length);
        Assert.True(body.Span[990_000..].SequenceEqual(piece));
        Assert.InRange(_budget.Held, 900_000, 1_048_576);
    }

    [Fact]
    public async Task Read_OfMoreThanIsLeft_IsRefusedAndGivesBackWhatItHad()
    {
        using var first = await ReadAsync("one", 1_500_000);
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync("one", 1_500_000));
        // Others have their own half.
        using var other = await ReadAsync("other", 1_500_000);
        var none = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync("third", 2_000_000));

        Assert.Equal((503, "bodies_exceed_memory", "2"), (refusal.Status, refusal.Code, refusal.Headers["Retry-After"]));
        Assert.Contains("this tenant's", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("this tenant's", none.Message, StringComparison.Ordinal);
        first.Dispose();
        other.Dispose();
        Assert.Equal(0, _budget.Held);
    }

    [Fact]
    public async Task Take_OfABody_CountsUntilTheRequestIsAnswered()
    {
        var http = Http("one", new MemoryStream(new byte[200_000]), 200_000);
        using (var body = await RentedBody.ReadAsync(http.Request, Limit, TooLong, Cancellation))
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(body.Take());
        }

        Assert.InRange(_budget.Held, 150_000, 262_144);
        BodyMemory.Of(http)!.Dispose();
        Assert.Equal(0, _budget.Held);
    }

    [Fact]
    public async Task Read_OfABodyThatStopsComing_IsRefusedWhenItsTimeIsOver()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[100], Cancellation);
        await using var body = new TimedBody(pipe.Reader.AsStream(), TimeSpan.FromMilliseconds(50));

        var refusal = await Assert.ThrowsAsync<RefusedException>(
            () => RentedBody.ReadAsync(body, 1000, Limit, TooLong, memory: null, Cancellation));

        Assert.Equal((408, "body_too_slow"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task Read_WhoseCallerGoes_IsNotCalledSlow()
    {
        var pipe = new Pipe();
        using var gone = new CancellationTokenSource();
        await using var body = new TimedBody(pipe.Reader.AsStream(), TimeSpan.FromHours(1));
        var reading = RentedBody.ReadAsync(body, 1000, Limit, TooLong, memory: null, gone.Token);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    private static RefusedException TooLong() => JsonBody.TooLong(Limit);

    private HttpRequest Announcing(Pipe pipe, long length) => Http("one", pipe.Reader.AsStream(), length).Request;

    private Task<RentedBody> ReadAsync(string account, int length) =>
        RentedBody.ReadAsync(Http(account, new MemoryStream(new byte[length]), length).Request, Limit, TooLong, Cancellation);

    private DefaultHttpContext Http(string account, Stream body, long length)
    {
        var http = new DefaultHttpContext { Request = { Body = body, ContentLength = length } };
        var terms = new PlanTerms { Plan = "basic", Version = 1, Currency = "EUR", Prices = [] };
        BodyMemory.Start(http, _budget);
        new Caller(account, account, "key", KeyRoles.Call, terms).AttachTo(http);
        return http;
    }
}
