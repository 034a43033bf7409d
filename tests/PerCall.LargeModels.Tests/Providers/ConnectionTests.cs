using System.Collections.Concurrent;
using PerCall.Testing;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>What becomes of a provider's connection when its answer has ended.</summary>
public sealed class ConnectionTests
{
    private const string Events = "data: {}\n\ndata: [DONE]\n\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dispose_AfterTheEnd_LeavesTheConnectionToOtherCalls()
    {
        const int Calls = 5;
        var connections = new ConcurrentBag<string>();
        var disposed = new TaskCompletionSource();
        // The body ends after the caller has read what it wants.
        await using var server = await ScriptedProvider.StartAsync(async http =>
        {
            connections.Add(http.Connection.Id);
            var end = disposed.Task;
            await ScriptedProvider.Stream(Events, _ => end)(http);
        });
        // The rest is read in the background. A call waits for the only connection until that is done, or until it is closed.
        using var fixture = new ProviderFixture(ProviderFixture.Deployments(server.Address), connections: 1);

        for (var i = 0; i < Calls; i++)
        {
            var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);
            await answer.Body.ReadExactlyAsync(new byte[5], Cancellation);
            answer.End();
            answer.Dispose();
            Interlocked.Exchange(ref disposed, new()).SetResult();
        }

        Assert.Equal(Calls, connections.Count);
        Assert.Single(connections.Distinct());
    }

    [Fact]
    public async Task Dispose_AfterTheEndOfABodyThatStaysOpen_ClosesTheConnectionInTime()
    {
        var closed = new TaskCompletionSource();
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Stream(Events, ScriptedProvider.Hang(closed: closed)));
        using var fixture = new ProviderFixture(server);
        var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);

        answer.End();
        answer.Dispose();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
    }

    [Fact]
    public async Task Dispose_AfterTheEndOfABodyThatGoesOn_ClosesTheConnection()
    {
        var closed = new TaskCompletionSource();
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Stream(Events, async http =>
        {
            await using var leaving = http.RequestAborted.Register(() => closed.TrySetResult());
            await http.Response.Body.WriteAsync(new byte[100_000], http.RequestAborted);
            await ScriptedProvider.Hang()(http);
        }));
        using var fixture = new ProviderFixture(server);
        var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);

        answer.End();
        answer.Dispose();

        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
    }
}
