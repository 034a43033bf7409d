using Microsoft.AspNetCore.Http;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>What a provider sends does not fill the memory.</summary>
public sealed class SizeTests
{
    private const int MaxAnswerBytes = 1 << 16;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Send_EndlessAnswer_IsCutAndAnsweredByTheSecond()
    {
        var closed = new TaskCompletionSource();
        await using var first = await ScriptedProvider.StartAsync(Endless(200, "application/json", closed));
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = Fixture(first, second);

        Assert.Equal(ScriptedProvider.Answer, await fixture.AnswerAsync());
        await closed.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Send_EndlessError_IsCut()
    {
        var closed = new TaskCompletionSource();
        await using var first = await ScriptedProvider.StartAsync(Endless(400, "application/json", closed));
        using var fixture = Fixture(first);

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => fixture.SendAsync(cancellation: Cancellation));

        Assert.Equal(400, refusal.Status);
        await closed.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Send_EndlessFirstEvent_IsCutAndAnsweredByTheSecond()
    {
        var closed = new TaskCompletionSource();
        await using var first = await ScriptedProvider.StartAsync(Endless(200, "text/event-stream", closed));
        await using var second = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: {}\n\n"));
        using var fixture = Fixture(first, second);

        Assert.Equal("data: {}\n\n", await fixture.AnswerAsync(stream: true));
        await closed.Task.WaitAsync(Cancellation);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Send_AnswerAtTheLimit_IsPassedOn(int more, bool isAnswered)
    {
        var body = $$"""{"a":"{{new string('x', MaxAnswerBytes - 8 + more)}}"}""";
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Json(body));
        using var fixture = Fixture(first);

        Assert.Equal(isAnswered ? body : "provider_unavailable", await fixture.AnswerAsync());
    }

    [Fact]
    public async Task Send_LongMessage_IsShortened()
    {
        await using var first = await ScriptedProvider.StartAsync(
            ScriptedProvider.Json($$$"""{"error":{"message":"{{{new string('x', 5000)}}}"}}""", 400));
        using var fixture = Fixture(first);

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => fixture.SendAsync(cancellation: Cancellation));

        Assert.Equal(2000, refusal.Message.Length);
    }

    [Fact]
    public async Task Read_SlowReader_HoldsTheProviderBack()
    {
        const int Chunk = 64 << 10;
        const int Chunks = 1024;
        var sent = 0L;
        await using var first = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: {}\n\n", async http =>
        {
            var chunk = new byte[Chunk];
            for (var i = 0; i < Chunks; i++)
            {
                await http.Response.Body.WriteAsync(chunk, http.RequestAborted);
                Interlocked.Add(ref sent, Chunk);
            }
        }));
        using var fixture = new ProviderFixture(first);
        using var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);

        // Until the buffers of both sockets are full.
        var last = -1L;
        await PerCall.Testing.Eventually.HoldsAsync(
            () => Task.FromResult(Interlocked.Exchange(ref last, Interlocked.Read(ref sent)) == Interlocked.Read(ref sent)),
            "the provider waits for the reader");

        Assert.True(last < (long)Chunk * Chunks / 2, $"The provider has sent {last} bytes that nobody read.");
    }

    private static Func<HttpContext, Task> Endless(int status, string type, TaskCompletionSource closed) => async http =>
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        var chunk = new byte[8192];
        Array.Fill(chunk, (byte)' ');
        try
        {
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(chunk, http.RequestAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
        }

        closed.TrySetResult();
    };

    private static ProviderFixture Fixture(params ScriptedProvider[] servers) => new(
        [.. ProviderFixture.Deployments([.. servers.Select(s => s.Address)]), ("MaxAnswerBytes", $"{MaxAnswerBytes}")]);
}
